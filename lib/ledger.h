/*
 * The ledger: what the journal's records mean.  Each task that was ever
 * claimed or marked has one; it holds the task's attempts, newest first, and
 * what a person wants of it.  Which event may follow which, and what it
 * changes, is decided here and nowhere else.
 */
#ifndef JARED_LEDGER_H
#define JARED_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "mem.h"
#include "proc.h"

enum event { EV_CLAIM, EV_RUNNING, EV_RESUMED, EV_EXITED, EV_RELEASED,
	EV_INTERRUPTED, EV_LANDED, EV_UNPARK, EV_QUEUE, EV_HOLD, EV_PARK,
	EV_CLEANED, EV_RESTORED, EV_PURGED, EV_N };
const char *event_name(enum event e);

/* What a person wants of a task, whatever its file says.  The last mark wins. */
enum intent { IN_NONE, IN_QUEUED, IN_HELD, IN_PARKED };
const char *intent_name(enum intent i);

/* Where an attempt stands in the journal; observations are in state.h. */
enum attempt_state { AT_CLAIMED, AT_RUNNING, AT_EXITED, AT_RELEASED,
	AT_INTERRUPTED };

struct stamp {                      /* when */
	int64_t wall;               /* seconds, UTC */
	int64_t boot_ms;
	char boot[9];
};

struct attempt {
	const char *id;
	int64_t n;
	enum attempt_state state;
	struct attempt *older;      /* the task's attempt before this one */
	struct ledger *task;
	struct stamp claimed, started, ended;
	struct stamp began;         /* as started, but of its first agent */
	uint64_t ended_seq;         /* of the record that ended it; 0: none yet */
	/* claim */
	const char *base;           /* oid it was branched from */
	const char *onto;           /* the base branch's name */
	const char *hash, *body;    /* 16 hex digits each */
	const char *agent, *branch, *worktree, *session, *file, *title;
	int64_t port_lo, port_hi;   /* 0: none */
	/* running, resumed */
	int64_t runs;               /* how often the agent was started */
	struct proc_id pid;         /* jared-run */
	struct proc_id server;      /* the tmux server it ran under; pid 0: none */
	const char *pane;           /* tmux's name for where it is shown, or NULL */
	const char *boot_full;      /* boot id of the running record */
	uint64_t pidns;
	/* exited */
	int code, signal;           /* code -1: by signal */
	const char *cause;          /* "exit"; "closed", "stopped": ended by a person */
	const char *tip;            /* the branch's commit at the end, or NULL */
	const char *report;         /* the worker's last report word, or NULL */
	/* landed */
	const char *proof, *landed_oid;
	const char *landed_in;      /* the base branch's commit that had it, or NULL */
	/* cleaned */
	const char *trash;          /* what is left of it, below STATE/trash; NULL: it was
	                             * not taken away, or brought back */
	const char *archive;        /* the reference that keeps its commits */
	struct stamp cleaned;
	bool purged;                /* the trash is gone, or about to be */
	struct stamp landed;
	/* released */
	const char *reason;         /* one word, or NULL */
};

struct ledger {                     /* a task, as the journal knows it */
	const char *id;
	struct attempt *newest;     /* NULL: it was only marked */
	int64_t used;               /* claims since the last unpark, released ones not counted */
	bool unparked;              /* an unpark came, and no attempt ran since */
	enum intent intent;
	int64_t hold_until;         /* seconds; -1: until somebody says otherwise */
	int64_t marked;             /* when and by whom the last mark was made; */
	const char *marked_by;      /* NULL: it was never marked, or not told */
	struct ledger *next;        /* in order of first claim */
};

struct record {                     /* one line of the journal, split */
	uint64_t seq;
	struct stamp when;
	const char *id;
	int64_t n;
	enum event event;
	char **kv;                  /* "key=value", n_kv; some may be NULL */
	size_t n_kv;
};

/* Split a line (no LF, no crc) in place; field is room for TSV_MAXFIELD
 * pointers.  NULL, or what is wrong with it. */
const char *record_parse(char *line, char **field, struct record *r);

struct journal_kv { const char *key, *value; };   /* value NULL or "": left out */

/* Append to b the line that record_parse reads, with its crc and LF, stamped
 * with this moment. */
void record_format(struct buf *b, uint64_t seq, const char *id, int64_t n,
    enum event e, const struct journal_kv *kv, size_t n_kv);

/* May event e come next for attempt n?  t is NULL for a task that the journal
 * does not know.  A mark stands after the newest attempt, which is 0 if there
 * is none. */
bool ledger_allows(const struct ledger *t, int64_t n, enum event e);

/* Let an allowed record change the task; strings are kept by pointer. */
void ledger_apply(struct ledger *t, const struct record *r, struct arena *a);

/* The attempt of that number, or NULL (also when t is NULL). */
struct attempt *ledger_attempt(const struct ledger *t, int64_t n);

/* The journal says so; false of NULL. */
bool attempt_is_over(const struct attempt *at);

/* The newest attempt that has landed, or NULL. */
const struct attempt *ledger_landed(const struct ledger *t);

/* Seconds from a to now: by boot time within one boot, else by wall clock;
 * never negative. */
int64_t stamp_age(const struct stamp *a);

#endif
