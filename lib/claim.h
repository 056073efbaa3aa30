/*
 * Starting one task: the dispatch side of the claim protocol.
 *
 *   0  no lock: branches, base oid
 *   1  lock journal; replay; the task must still be startable; take disp(n);
 *      append claim(n); unlock
 *   2  lock git; debris; git worktree add --lock; unlock
 *   3  prompt, spec, exit record: all durable
 *   4  tmux new-session … jared-run STATE ID N
 *   5  wait until the journal says running(n) or released(n)
 *
 * A crash after 1 leaves an open claim whose disp lock is free: settle releases
 * it.  A supervisor that comes late finds the fence (journal: n is over) and
 * ends.  Success is told only after running(n) is durable.
 */
#ifndef JARED_CLAIM_H
#define JARED_CLAIM_H

#include "profile.h"
#include "queue.h"
#include "tmux.h"

struct dispatcher {
	struct queue *q;            /* tasks, config, journal */
	struct profile profile;
	struct tmux tmux;
	char base[65];              /* oid */
	const char *onto;           /* branch name */
	struct git_branch *branch;
	int n_branch;
	struct arena arena;
};

/* What became of one task. */
struct claim {
	const struct task *task;
	int64_t n;                  /* the attempt; 0: refused before there was one */
	int disp;                   /* the lock's descriptor, kept until the process ends */
	int status;                 /* EXIT_OK, or why not: EXIT_NONE, EXIT_RETRY, EXIT_FAIL */
	const char *code, *fact;    /* of a refusal: "cap", "3 of 3 running" */
	const char *worktree, *branch, *session;
	int64_t port_lo, port_hi;
	bool resume;
};

/* Step 0; ends the process with EXIT_FAIL when nothing can be started here. */
void dispatcher_init(struct dispatcher *d, struct queue *q);

/* Step 1 (or, dry, all its checks and nothing written).  want_hash: as in the
 * record, or NULL. */
void claim_take(struct dispatcher *d, const struct task *t, const char *want_hash,
    bool dry, struct claim *c);

/* Steps 2 to 4.  On a failure the claim is released and c says why. */
void claim_start(struct dispatcher *d, struct claim *c);

/* Step 5 for all of them, at most start_timeout. */
void claim_wait(struct dispatcher *d, struct claim *c, size_t n);

#endif
