/*
 * What an attempt is called: worktree, branch and session, unique for each
 * attempt that starts anew, so that nothing a dead one left can be in the way.
 */
#ifndef JARED_NAMING_H
#define JARED_NAMING_H

#include "git.h"
#include "state.h"

struct names {
	const char *worktree;       /* relative to the root, unless configured absolute */
	const char *branch, *session;
	const char *base;           /* oid; NULL: a new branch, from wherever it is to start */
};

/* The names for attempt n: those of the last attempt that ran, if its worktree
 * is to be taken up again (base is set then), else new ones. */
void naming_choose(const struct world *w, const char *id, int64_t n, struct arena *a,
    struct names *out);

/* The highest attempt of a task that one of these branches bears witness to; -1
 * if a branch stands in the way of all of them. */
int64_t naming_witnessed(const struct git_branch *branch, int n_branch,
    const char *prefix, const char *id);

/* Is there anything at this path (relative to the root, or absolute)? */
bool naming_taken(const struct world *w, const char *path);

#endif
