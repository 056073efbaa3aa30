/*
 * The fleet: the newest attempt of every task as run records.  At most one
 * tmux and, as all attempts start from one branch, one git process for all of
 * them, plus one `git status` for each attempt that is over and has not landed.
 */
#ifndef JARED_FLEET_H
#define JARED_FLEET_H

#include "rec.h"
#include "state.h"
#include "wake.h"

struct fleet_item {
	const struct attempt *at;
	struct run_verdict verdict;
	const char *pane;           /* "%3" or NULL */
	const char *tip;            /* the branch's commit, or NULL */
	bool landed;                /* an attempt of its task has landed */
	int ahead;                  /* commits its base branch lacks; -1: unknown */
	int dirty;                  /* -1: not asked or unknown */
	const char *signs;          /* what it shows by itself, or NULL */
	size_t messages;            /* sent to it and not taken, or not to be read */
	int64_t sent;               /* the oldest of these; 0: not known */
};

struct fleet {
	struct fleet_item *item;    /* by id */
	size_t n;
	struct arena arena;
	const struct world *world;
	bool no_tmux, no_git;       /* did not answer, and that was said */
};

enum fleet_ask {
	FLEET_JOURNAL = 0, FLEET_TMUX = 1, FLEET_GIT = 2,
	FLEET_SCREENS = 8,          /* what those that live are at: tmux only if it takes that */
	FLEET_TREES = 4,            /* believe nothing that was said of worktrees */
	FLEET_INBOXES = 16,         /* what was not taken */
};

/* Observe every task's newest attempt.  Unless all is set: not those of a task
 * that has landed, and of the others the newest that was not released.  What
 * cannot be asked is unknown, with one warning. */
void fleet_observe(struct fleet *f, const struct world *w, int ask, bool all);
void fleet_release(struct fleet *f);

/* The same, but what git said before about worktrees of attempts that were
 * over already is believed, and no warning is repeated.  old may be NULL. */
void fleet_observe_again(struct fleet *f, const struct fleet *old,
    const struct world *w, int ask, bool all);

/* The world knows the tasks now: what is over of those that are closed shows
 * nothing.  True if that may make a difference, without them. */
bool fleet_wants_tasks(const struct fleet *f);
void fleet_look_for_signs(struct fleet *f);

/* True if the attempt has ended. */
bool fleet_is_over(const struct fleet_item *it);

/* The item of that task, or NULL (also when f is NULL). */
const struct fleet_item *fleet_find(const struct fleet *f, const char *id);

/* The task that a person means, see named.h: its id, from the journal.  NULL
 * and *n 0, or, which a warning tells, more. */
const char *fleet_named(const struct fleet *f, const char *name, size_t *n);

/* What must be asked to fill these n_col columns of run records. */
int fleet_needed(const size_t *col, size_t n_col);

/* Have w told of what may change these records: the journal, run directories,
 * references, and the end of processes. */
void fleet_wake(const struct fleet *f, struct wake *w);

/* Fill v (R_N pointers; memory from f's arena). */
void fleet_record(struct fleet *f, const struct fleet_item *it, char **v);

/* Write it to out, which is of rec_run. */
void fleet_put(struct fleet *f, const struct fleet_item *it, struct rec_out *out);

/* Mark the states of a comma-separated list (-s); an unknown one ends the
 * process with EXIT_USAGE and the valid ones. */
void fleet_parse_states(const char *list, bool set[RS_N]);

#endif
