/*
 * Do two patterns of files, as tasks declare them in `paths`, mean a common
 * file?  Said of the patterns alone; where they leave that open, yes.
 *
 * '*' stands for any characters within a component, '?' for one, "[a-z]" and
 * "[!a-z]" for one of a set, a component "**" for any number of components.
 * A pattern that ends in '/' means all below it.  So does one that ends in a
 * plain name, besides the file of that name, if the name has no dot or if the
 * other pattern goes on below such a name.
 */
#ifndef JARED_OVERLAP_H
#define JARED_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>

bool overlap_patterns(const char *a, const char *b);

/* The first of b's patterns that overlaps one of a's, or NULL. */
const char *overlap_find(const char *const *a, size_t na, const char *const *b,
    size_t nb);

#endif
