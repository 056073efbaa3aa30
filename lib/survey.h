/*
 * What lies in a worktree, looked at without git: how much it is, and what must
 * not be moved or thrown away with it.
 */
#ifndef JARED_SURVEY_H
#define JARED_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"

struct survey {
	int64_t bytes;              /* allocated */
	const char *nested;         /* another repository in it, below path, or NULL */
	const char *mount;          /* another file system in it, or NULL */
	const char *unreadable;     /* what could not be looked into, or NULL */
};

/* All below path; memory from a. */
void survey_tree(const char *path, struct survey *s, struct arena *a);

/* Is there any file, however deep, in that directory?  Not if it is none. */
bool survey_has_files(const char *path);

#endif
