/*
 * The fleet: the newest attempt of every task as run records.  At most one
 * tmux and, as all attempts start from one branch, one git process for all of
 * them, plus one `git status` for each attempt that is over and has not landed.
 */
#ifndef JARED_FLEET_H
#define JARED_FLEET_H

#include "rec.h"
#include "state.h"

struct fleet_item {
	const struct attempt *at;
	struct run_verdict verdict;
	const char *pane;           /* "%3" or NULL */
	const char *tip;            /* the branch's commit, or NULL */
	int ahead;                  /* commits its base branch lacks; -1: unknown */
	int dirty;                  /* -1: not asked or unknown */
	int64_t last;               /* seconds since its last output, or -1 */
};

struct fleet {
	struct fleet_item *item;    /* by id */
	size_t n;
	struct arena arena;
	const struct world *world;
	bool blind;                 /* tmux did not answer, and that was said */
};

enum fleet_ask { FLEET_JOURNAL = 0, FLEET_TMUX = 1, FLEET_GIT = 2 };

/* Observe every task's newest attempt.  Unless all is set: not those of a task
 * that has landed, and of the others the newest that was not released.  What
 * cannot be asked is unknown, with one warning. */
void fleet_observe(struct fleet *f, const struct world *w, int ask, bool all);
void fleet_release(struct fleet *f);

/* The same, but what git said before about worktrees of attempts that were
 * over already is believed.  old may be NULL. */
void fleet_observe_again(struct fleet *f, const struct fleet *old,
    const struct world *w, int ask, bool all);

/* True if the attempt has ended. */
bool fleet_is_over(const struct fleet_item *it);

/* True if an attempt of this item's task has landed. */
bool fleet_is_landed(const struct fleet_item *it);

/* Fill v (R_N pointers; memory from f's arena). */
void fleet_record(struct fleet *f, const struct fleet_item *it, char **v);

#endif
