/*
 * The fence: what stands between a supervisor and an agent that is not to be
 * started any more.  jared-run may come late, or second; it runs an attempt
 * only while the journal says that this is its task's newest and only claimed,
 * and only after it has taken the task's alive lock.  The journal is asked
 * before the lock, while waiting for it, and once more under the journal's lock
 * in the step that makes it running; whoever does not pass starts nothing.
 */
#ifndef JARED_FENCE_H
#define JARED_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"

struct fence {
	struct journal *journal;    /* open; borrowed, as all of this is */
	const char *id, *name;      /* "t1", "t1.2" */
	int64_t n;
	int rundir;                 /* the attempt's */
	int alive;                  /* the task's lock, from fence_wait on; the caller's */
};

/* Is the attempt still ours to start, by the journal as far as it was read?
 * Says so if not. */
bool fence_passes(const struct fence *f);

/* Take alive, waiting for whoever still works on the task; after that many
 * seconds the claim is released.  EXIT_OK; EXIT_RETRY or EXIT_FAIL, said why. */
int fence_wait(struct fence *f, int64_t seconds);

/* Append running for this process, durably, if it passes; server is what it
 * runs under, pid 0: nothing.  EXIT_OK, EXIT_RETRY or EXIT_FAIL, said why. */
int fence_begin(const struct fence *f, const struct proc_id *server);

#endif
