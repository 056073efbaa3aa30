/*
 * Signs: codes that say that a task needs attention, and those that an attempt
 * shows by itself.  What takes more than the attempt (the task's file, its
 * place in the queue) is added by signals.h; both together are all that any
 * tool shows, so that no two can disagree.
 *
 * Tier 1: the loop sees to it, or it passes.  Tier 2: a person, or an agent in
 * a person's place, has to.  An episode of a sign is told by `since`, which does
 * not move while it lasts.
 */
#ifndef JARED_SIGN_H
#define JARED_SIGN_H

#include "runstate.h"

enum sign_code { SN_WAITING_FOR_INPUT, SN_WORKER_GONE, SN_STALLED, SN_UNRECONCILED,
	SN_PARKED, SN_DISPATCH_FAILED, SN_PICKUP_OVERDUE, SN_BRANCH_CONFLICT,
	SN_METADATA_DRIFT, SN_REGISTER_ORPHAN, SN_ROOT_TASK_EDITED,
	SN_INVALID_TASK, SN_BRAKE, SN_N };
const char *sign_name(enum sign_code c);
int sign_parse(const char *s, enum sign_code *out);     /* 0 or -1 */

/* What it means, for people: "waits for somebody's answer". */
const char *sign_meaning(enum sign_code c);

enum { SIGN_LOOP = 1, SIGN_PERSON = 2 };

struct sign {
	enum sign_code code;
	int tier;
	int64_t since;              /* wall seconds */
	int64_t attempt;            /* 0: it is about no attempt */
	const char *evidence;       /* as of a run record; file, queue or git */
	const char *fact;           /* or NULL */
};

/* The worktrees in which people go on by hand, listed when they are first asked
 * for; zero at the beginning of a look, and of the arena of that look. */
struct sign_hands {
	bool known;
	struct lease *lease;
	size_t n;
};

/* What attempt at, with its verdict v, shows; facts are in a.  False: nothing.
 * Not for one of a task that has landed; nothing of one that is over and that a
 * person goes on with in a worktree from jared-worktree, or whose task's file
 * says that it is done or cancelled, where w has tasks: that is the last word.
 * One that lives shows what it shows. */
bool sign_of_run(const struct world *w, struct sign_hands *hands,
    const struct attempt *at, const struct run_verdict *v, struct arena *a,
    struct sign *out);

/* Was it claimed and given back, or did it end before its agent ran, and nothing
 * else since the last attempt whose agent did?  For a task whose newest attempt
 * was given back; of others sign_of_run knows. */
bool sign_of_releases(const struct ledger *l, struct arena *a, struct sign *out);

#endif
