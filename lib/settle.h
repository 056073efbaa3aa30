/*
 * Settle: bring the journal up to what happened.
 *
 * For each open attempt whose disp and alive locks are both free: a whole exit
 * record → exited; it never ran → released, which costs no budget; it ran and
 * nobody carries its JARED_ATTEMPT → interrupted: its worktree is kept and
 * nothing restarts by itself.  And landed, where it is proven that the attempt's
 * work is in its base branch (landed.h).
 *
 * Then the debris that a killed `git worktree add` of ours left in git's own
 * directory is moved aside, because it breaks fetch and gc for everybody
 * (git-worktree(1), DETAILS: what an entry of worktrees/ must hold), and a
 * worktree by hand that git made to its end without us is unlocked.
 */
#ifndef JARED_SETTLE_H
#define JARED_SETTLE_H

#include "state.h"

struct settled {
	const struct attempt **at;  /* n attempts that got a record; free(3) it */
	size_t n;
};

/* Do all of it.  EXIT_OK, or the exit status to end with, message printed. */
int settle(const struct world *w, struct journal *j, struct settled *out);

/* Bring that attempt alone to its end, git not asked: EXIT_OK when it is over,
 * EXIT_RETRY while something of it lives, else the status to end with. */
int settle_attempt(const struct world *w, struct journal *j, const char *id, int64_t n);

/* The debris alone, under lock/git, which the caller holds; how many entries
 * were moved, or -1 with errno. */
int settle_debris(const struct world *w, const struct journal *j);

#endif
