/*
 * The brake: when one attempt after another fails alike, whatever the task, the
 * fault is not the tasks': a quota, a login, a full disk.  Then the loop starts
 * nothing for a while.
 *
 * STATE/brake, one line "until sig seq times why": while it is there
 * jared-heartbeat starts nothing.  A file without that line is a person's and
 * stays until a person removes it.  STATE/brake.last is the same line, kept
 * after the time is up or a person let the brake go: what failed before it is
 * not counted again, but the next failure of that kind pulls at once, and for
 * twice as long.  A success ends that.
 */
#ifndef JARED_BRAKE_H
#define JARED_BRAKE_H

#include "runstate.h"

struct brake {
	bool on;
	int64_t since;              /* when it was pulled */
	int64_t until;              /* -1: until a person removes it */
	int64_t times;              /* in a row */
	uint64_t seq;               /* of the journal, then */
	const char *sig;            /* how they failed: "claude: exit 7" */
	const char *why;            /* for people, or NULL */
};

/* Is it pulled?  Memory from a. */
void brake_read(struct brake *b, int statefd, struct arena *a);

/* After what has ended is in the journal: let it go when its time is up, pull
 * it when it is time to, and say so.  An exit status, message printed. */
int brake_settle(const struct world *w);

#endif
