/*
 * Trees: worktrees of the repository, as dispatch and jared-worktree make them.
 */
#ifndef JARED_TREE_H
#define JARED_TREE_H

#include "config.h"
#include "mem.h"
#include "proc.h"
#include "repo.h"
#include "taskid.h"

/* lock/git, which stands above lock/journal; waits two minutes.  -1, EAGAIN. */
int tree_lock_git(const struct repo *r);

/* What lies in worktrees, and in each of them is ours, must not show up as
 * untracked: info/exclude, under lock/git.  0 or -1. */
int tree_exclude(const struct repo *r, const struct config *c);

struct tree {
	const char *path;           /* absolute */
	const char *branch, *base;  /* a new branch at that commit; base NULL: a branch that is there */
	const char *reason;         /* of git's lock on it, see tree_reason */
};

/* What the worktree of an attempt is locked for, "jared:ID:N"; N is 0 for one that
 * is being made by hand.  _parse: 0, or -1 if it is not our lock; what comes behind
 * the first line does not count. */
const char *tree_reason(struct arena *a, const char *id, int64_t n);
int tree_reason_parse(const char *s, char id[TASK_ID_MAX + 1], int64_t *n);

/* git worktree add, under lock/git.  0; -1 with *why, errno ETIMEDOUT if it was
 * stopped. */
int tree_add(const struct repo *r, const struct tree *t, struct arena *a,
    const char **why);

/* The same in two steps, for who has something else to do while git writes: p is
 * theirs, and after a tree_add_start that returned 0 tree_add_wait must follow,
 * under the same lock. */
int tree_add_start(const struct repo *r, const struct tree *t, struct arena *a,
    struct proc *p, const char **why);
int tree_add_wait(struct proc *p, struct arena *a, const char **why);

/* The git directory of a worktree, from its .git file, if that is one of the
 * repository's and the two point at each other; NULL if something was tampered
 * with. */
char *tree_gitdir(const struct repo *r, const char *worktree, struct arena *a);

/* What a new worktree gets from the main checkout, copies and links as the
 * configuration says, and the file .worktree-ports.json.  What is there stays.
 * 0; -1 with *why. */
int tree_furnish(const struct repo *r, const struct config *c, const char *worktree,
    int64_t port_lo, int64_t port_hi, struct arena *a, const char **why);

#endif
