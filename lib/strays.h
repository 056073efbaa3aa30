/*
 * Strays: commits of a worktree that no reference holds, only its HEAD or the
 * logs of its HEAD and its branch: amended ones, those before a rebase, and work
 * done on a detached HEAD.
 */
#ifndef JARED_STRAYS_H
#define JARED_STRAYS_H

#include "git.h"

struct strays {
	const char **oid;           /* the newest of each line of them, n */
	size_t n;
	const char *detached;       /* one that was committed on no branch, or NULL */
};

/* gitdir: git's directory of the worktree; branch: its branch, whose commit is
 * tip ("" unknown).  One process of git; memory from a.  0; -1 if git cannot
 * tell. */
int strays_find(const char *root, const char *common, const char *gitdir,
    const char *branch, const char *tip, struct strays *out, struct arena *a);

#endif
