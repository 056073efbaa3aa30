/*
 * The one classifier of attempts: what a worker is doing, from what the journal
 * says (ledger) and what locks and run directories show.
 */
#ifndef JARED_RUNSTATE_H
#define JARED_RUNSTATE_H

#include "config.h"
#include "journal.h"
#include "tasks.h"

enum run_state { RS_CLAIMED, RS_STARTING, RS_WORKING, RS_WAITING, RS_IDLE,
	RS_STALLED, RS_LINGERING, RS_ORPHAN, RS_EXITED, RS_KILLED,
	RS_INTERRUPTED, RS_RELEASED, RS_UNKNOWN, RS_N };
const char *run_state_name(enum run_state s);
int run_state_parse(const char *s, enum run_state *out);

/* Nothing of the attempt is at work any more. */
bool run_state_is_over(enum run_state s);

struct world {                      /* what a verdict is computed from */
	const struct repo *repo;
	const struct config *config;
	const struct tasks *tasks;
	const struct journal *journal;
	int64_t now;
};

/* What an attempt is doing, by journal, locks, exit record and processes; no
 * child process.  evidence: lock, exit-record, status-file, process or journal.
 * What one that lives is at, working, waiting or idle, look.h tells. */
struct run_verdict {
	enum run_state state;
	const char *evidence;
	int64_t since;              /* wall seconds */
	int code, signal;           /* valid when exited or killed; code -1: by signal or unknown */
	const char *cause, *tip, *report;  /* of the exit; NULL: none */
	const char *text;           /* what the worker says, or NULL */
	const char *reason;         /* of the state, or NULL */
	bool alive;                 /* the lock is held (or cannot be told) */
	bool live;                  /* supervised, with its terminal: look */
	struct proc_id agent;       /* pid 0: unknown */
	int64_t last;               /* seconds since its last output, or -1 */
};
void state_run(const struct world *w, const struct attempt *at, struct arena *a,
    struct run_verdict *out);

/* True while it runs and its supervisor lives (or cannot be seen from here). */
bool state_supervised(const struct attempt *at);

/* True if the attempt holds a place under max_workers: from the claim until it
 * is over and alive is free. */
bool state_occupies(const struct world *w, const struct attempt *at);

#endif
