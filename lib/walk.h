/*
 * From a layout's patterns to its task files: each directory is read once, and
 * its files are opened from its descriptor.
 */
#ifndef JARED_WALK_H
#define JARED_WALK_H

#include "task.h"

/* Read every task file, in no order; a file twice if two patterns match it.
 * *out is the caller's to free.  How many there are. */
size_t walk_tasks(const struct repo *r, const struct layout *l, struct arena *a,
    struct task ***out);

#endif
