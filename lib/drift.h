/*
 * Drift: where the journal, the files and the processes of this machine tell
 * different stories.  Each finding is one fact about one task; most say what
 * would put it right.  Looking writes nothing, and starts no program but, for
 * DRIFT_ALL and seldom, tmux (tombs.h).
 */
#ifndef JARED_DRIFT_H
#define JARED_DRIFT_H

#include "queue.h"
#include "tombs.h"

enum drift_kind { DR_UNSETTLED, DR_INTERRUPTED, DR_UNRECONCILED, DR_LANDED_OPEN,
	DR_METADATA, DR_EDITED, DR_ORPHAN, DR_PORT, DR_DEBRIS, DR_N };
const char *drift_name(enum drift_kind k);

/* What is to be done about a finding: nothing that a program may do, bring the
 * journal up to it, remove a file or a session, end what was left running, or set
 * the task to done. */
enum drift_fix { FIX_NONE, FIX_SETTLE, FIX_REMOVE, FIX_CLOSE, FIX_KILL, FIX_DONE };
const char *drift_fix_name(enum drift_fix f);

struct drift {
	enum drift_kind kind;
	const char *id;             /* "@fleet": of no task */
	int64_t attempt;            /* 0: of none */
	int64_t since;              /* wall seconds */
	const char *fact;
	enum drift_fix fix;
	const char *file;           /* of FIX_REMOVE, below the state directory */
	const char *session;        /* of FIX_CLOSE */
	const char *title;
};

struct drifts {
	struct drift *v;            /* n, by id, then kind */
	size_t n, cap;
	struct tombs tombs;
	struct arena arena;
};

/* All of it, or what is a signal: metadata, edited and orphan alone. */
enum drift_scope { DRIFT_SIGNALS, DRIFT_ALL };
void drift_find(struct drifts *d, struct queue *q, enum drift_scope scope);
void drift_release(struct drifts *d);

/* Its parts: one more finding, and what belongs to no attempt that is at work
 * (drift_debris.c). */
struct drift *drift_add(struct drifts *d, enum drift_kind kind, const char *id,
    int64_t attempt, int64_t since, const char *fact);
void drift_look_around(struct drifts *d, struct queue *q, enum drift_scope scope);

#endif
