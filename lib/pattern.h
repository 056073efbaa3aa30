/*
 * Patterns of one component of a path: '*' stands for any bytes, none of them
 * the dot of a hidden file, and "[0-9a-f]" for one byte of those.  A '[' that
 * nothing closes is itself.
 */
#ifndef JARED_PATTERN_H
#define JARED_PATTERN_H

#include <stdbool.h>

/* Is it more than a name? */
bool pattern_is(const char *text);

enum pattern_case { PATTERN_CASE, PATTERN_FOLD };
bool pattern_match(const char *pattern, const char *name, enum pattern_case fold);

#endif
