/*
 * Does an edited task file still say what it said, but for one key?  The proof
 * that edit needs of its own work.
 */
#ifndef JARED_EDITED_H
#define JARED_EDITED_H

#include <stdbool.h>
#include <stddef.h>

#include "front.h"

/* Do they say the same, in the same order?  Lines do not count. */
bool yaml_same(const struct yaml *a, const struct yaml *b);

struct edited {
	const char *was, *now;  /* the whole files, n_was and n_now bytes */
	size_t n_was, n_now;
	const char *key;
	const struct yaml *want;
};

/* The same keys in the same order with the same values, but for key, which says
 * want and is the last if it is new; the same to the plain parser; and the same
 * bytes before the front matter and after it. */
bool edited_alone(const struct edited *d, struct arena *a);

#endif
