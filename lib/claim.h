/*
 * Claims: the dispatch side of the protocol by which a task has at most one
 * live worker.
 *
 *   0  no lock: branches, base commit                           dispatcher_init
 *   1  lock journal; replay; the task must still be startable; take disp(n);
 *      append claim(n); unlock                                  claim_take
 *   2  lock git; debris; git worktree add --lock; unlock        launch
 *   3  prompt, spec, exit record: all durable                   launch
 *   4  tmux new-session … jared-run STATE ID N                  launch
 *   5  wait until the journal says running(n) or released(n)    claim_wait
 *
 * A crash after 1 leaves an open claim whose disp lock is free: settle releases
 * it.  A supervisor that comes late finds the fence (the journal says that n is
 * over) and ends.  Success is told only after running(n) is durable.
 */
#ifndef JARED_CLAIM_H
#define JARED_CLAIM_H

#include "dispatcher.h"
#include "naming.h"

struct want {
	const struct task *task;
	const char *hash;           /* of its record when it was queued; NULL: whatever it is */
};

/* What became of one. */
struct claim {
	const struct task *task;
	int64_t n;                  /* the attempt; 0: refused before there was one */
	int disp;                   /* lock disp(n), or -1; its descriptor is kept until the process ends */
	int status;                 /* EXIT_OK, or why not: EXIT_NONE, EXIT_RETRY, EXIT_FAIL */
	const char *code, *fact;    /* of a refusal: "cap", "3 of 3 running" */
	struct names name;
	bool resume;                /* in the worktree of an earlier attempt */
	bool made;                  /* its worktree was made here */
	const char *text;           /* the task file, as it was at the claim */
	size_t text_len;
	int64_t port_lo, port_hi;
	bool waiting;               /* launched; running(n) not yet seen */
};

/* Step 1, or, dry, all its checks with nothing written.  c->status says what came
 * of it. */
void claim_take(struct dispatcher *d, const struct want *w, bool dry,
    struct claim *c);

/* Refuse c: after a claim was appended it is released with that code. */
void claim_refuse(struct dispatcher *d, struct claim *c, int status,
    const char *code, const char *fact);

/* The run record a claim would have (R_N pointers, in d's arena). */
void claim_record(struct dispatcher *d, const struct claim *c, char **v);

/* Step 5 for all claims that are waiting, at most start_timeout. */
void claim_wait(struct dispatcher *d, struct claim *c, size_t n);

#endif
