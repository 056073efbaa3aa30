/*
 * Which of several tasks does a person mean, where no task files are read: by
 * the id, the stem or the path of the file, or what makes that id, in this
 * order.
 */
#ifndef JARED_NAMED_H
#define JARED_NAMED_H

#include <stddef.h>

#include "buf.h"
#include "mem.h"

struct named {
	const char *name, *id;      /* as given, and the id that it makes */
	const void *found;          /* what is meant in the best way so far, n times */
	size_t n;
	int way;
	struct buf all;             /* their files, for a message */
	struct arena arena;
};

void named_begin(struct named *m, const char *name);

/* Consider what stands for that task. */
void named_offer(struct named *m, const char *id, const char *file,
    const void *what);

/* What is meant.  NULL: nothing, or, which a warning tells, more than one. */
const void *named_end(struct named *m);

#endif
