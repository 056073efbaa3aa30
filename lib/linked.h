/*
 * What git's directory of a linked worktree, COMMON/worktrees/NAME, says; see
 * git-worktree(1), DETAILS.  Read from its files, without git.
 */
#ifndef JARED_LINKED_H
#define JARED_LINKED_H

#include "mem.h"

/* The first line of a file there, in the arena; NULL if it cannot be read. */
const char *linked_line(const char *gitdir, const char *file, struct arena *a);

/* The one that names this worktree, which need not be there any more; or NULL. */
const char *linked_find(const char *common, const char *worktree, struct arena *a);

/* The sign of a rebase, a merge or the like that is in progress in it, or of git
 * at work; or NULL. */
const char *linked_operation(const char *gitdir, struct arena *a);

/* Where that branch is checked out besides there: "in the main checkout"; or
 * NULL.  gitdir may be NULL. */
const char *linked_elsewhere(const char *common, const char *gitdir,
    const char *branch, struct arena *a);

#endif
