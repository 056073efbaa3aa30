/*
 * Tombs: sessions of our tmux server in which all is dead and at which nobody
 * will look again.  A worker that ended stays to be looked at while its attempt
 * is the task's last; once the task goes on, has landed or is closed, or if the
 * journal knows no such attempt, its session is debris.
 *
 * Ours is what our own supervisor of that very attempt was started in, by what
 * tmux says that it started there; a pane that somebody made beside it and that
 * lives, or somebody who looks, keeps it.  tmux is not asked when nothing can
 * have become debris since it was asked last (STATE/tombs).
 */
#ifndef JARED_TOMBS_H
#define JARED_TOMBS_H

#include "runstate.h"

struct tomb {
	const char *session;
	const char *id;             /* of its attempt */
	int64_t n;
	const struct attempt *at;   /* NULL: the journal does not know it */
};

struct tombs {
	struct tomb *v;             /* n of them, memory from the arena given */
	size_t n;
	bool asked, live;           /* one of them may become debris by itself */
	uint64_t sum;               /* of what could be debris */
};

/* j, which is w's journal, is read on once the sessions are known. */
void tombs_find(struct tombs *t, const struct world *w, struct journal *j,
    struct arena *a);

/* End one; true if it is gone. */
bool tombs_end(const struct world *w, const char *session, struct arena *a);

/* All that were found are gone: nothing to ask until there is something new. */
void tombs_remember(const struct tombs *t, const struct world *w);

#endif
