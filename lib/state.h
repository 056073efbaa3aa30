/*
 * The one classifier.  Every state that any tool shows is computed here, from
 * what the file says (task), what the journal says (ledger) and what locks and
 * run directories show.  The table stands in jared-tasks(5).
 */
#ifndef JARED_STATE_H
#define JARED_STATE_H

#include "buf.h"
#include "config.h"
#include "journal.h"
#include "tasks.h"

enum task_state { TS_READY, TS_WAITING, TS_HELD, TS_BACKOFF, TS_PARKED,
	TS_CLAIMED, TS_RUNNING, TS_EXITED, TS_REVIEW, TS_LANDED, TS_DONE,
	TS_CANCELLED, TS_DRAFT, TS_INVALID, TS_N };
const char *task_state_name(enum task_state s);
int task_state_parse(const char *s, enum task_state *out);     /* 0 or -1 */

enum run_state { RS_CLAIMED, RS_STARTING, RS_WORKING, RS_WAITING, RS_IDLE,
	RS_STALLED, RS_LINGERING, RS_ORPHAN, RS_EXITED, RS_KILLED,
	RS_INTERRUPTED, RS_RELEASED, RS_UNKNOWN, RS_N };
const char *run_state_name(enum run_state s);
int run_state_parse(const char *s, enum run_state *out);

struct world {                      /* what a verdict is computed from */
	const struct repo *repo;
	const struct config *config;
	const struct tasks *tasks;
	const struct journal *journal;
	int64_t now;
};

/* What an attempt is doing, by journal, locks, exit record and status file;
 * no child process.  evidence: lock, exit-record, status-file, process or
 * journal. */
struct run_verdict {
	enum run_state state;
	const char *evidence;
	int64_t since;              /* wall seconds */
	int code, signal;           /* valid when exited or killed; code -1: by signal or unknown */
	const char *cause, *tip, *report;  /* of the exit; NULL: none */
	const char *text;           /* what the worker says, or NULL */
	bool alive;                 /* the lock is held (or cannot be told) */
	struct proc_id agent;       /* pid 0: unknown */
	int64_t last;               /* seconds since its last output, or -1 */
};
void state_run(const struct world *w, const struct attempt *at, struct arena *a,
    struct run_verdict *out);

/* A task's state; why gets its reasons in machine words, comma-joined, in a
 * fixed order ("dep:x=in_progress,gate:ci=unknown"); empty for none. */
enum task_state state_task(const struct world *w, const struct task *t,
    struct buf *why);

/* True if the attempt holds a place under max_workers: from the claim until it
 * is over and alive is free. */
bool state_occupies(const struct world *w, const struct attempt *at);

/* Is a dependency on t satisfied?  Done in the main checkout, or landed. */
bool state_satisfied(const struct world *w, const struct task *t);

#endif
