/*
 * The fleet: the newest attempt of every task as run records.  At most one
 * tmux and one git process for all of them, plus one `git status` for each
 * attempt that is over and has not landed.
 */
#ifndef JARED_FLEET_H
#define JARED_FLEET_H

#include "rec.h"
#include "state.h"

struct fleet_item {
	const struct attempt *at;
	struct run_verdict verdict;
	const char *pane;           /* "%3" or NULL */
	int ahead;                  /* -1: unknown */
	int dirty;                  /* -1: not asked or unknown */
};

struct fleet {
	struct fleet_item *item;    /* by id */
	size_t n;
	struct arena arena;
	const struct world *world;
};

enum fleet_ask { FLEET_JOURNAL = 0, FLEET_TMUX = 1, FLEET_GIT = 2 };

/* Observe every task's newest attempt (one that ended for good, landed or
 * released, only if all is set).  What cannot be asked is unknown, with one
 * warning. */
void fleet_observe(struct fleet *f, const struct world *w, int ask, bool all);
void fleet_release(struct fleet *f);

/* Fill v (R_N pointers). */
void fleet_record(struct fleet *f, const struct fleet_item *it, char **v);

#endif
