/*
 * From a layout's patterns to its task files: each directory is read once, and
 * its files are opened from its descriptor.
 */
#ifndef JARED_WALK_H
#define JARED_WALK_H

#include "index.h"

enum walk_for {
	WALK_TO_READ,
	WALK_TO_INDEX,              /* the tasks get their stat, for index_write */
};

/* Read every task file that the index does not know, in no order; a file twice
 * if two patterns match it.  *out is the caller's to free.  How many there
 * are. */
size_t walk_tasks(const struct repo *r, const struct layout *l,
    const struct index *x, enum walk_for what_for, struct arena *a,
    struct task ***out);

#endif
