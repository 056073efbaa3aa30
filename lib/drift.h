/*
 * Drift: where the journal, the files and the processes of this machine tell
 * different stories.  Each finding is one fact about one task; most say what
 * would put it right.  Looking starts no program and writes nothing.
 */
#ifndef JARED_DRIFT_H
#define JARED_DRIFT_H

#include "queue.h"

enum drift_kind { DR_UNSETTLED, DR_INTERRUPTED, DR_UNRECONCILED, DR_LANDED_OPEN,
	DR_METADATA, DR_EDITED, DR_ORPHAN, DR_PORT, DR_DEBRIS, DR_N };
const char *drift_name(enum drift_kind k);

/* What is to be done about a finding: nothing that a program may do, bring the
 * journal up to it, remove a file, end what was left running, or set the task
 * to done. */
enum drift_fix { FIX_NONE, FIX_SETTLE, FIX_REMOVE, FIX_KILL, FIX_DONE };
const char *drift_fix_name(enum drift_fix f);

struct drift {
	enum drift_kind kind;
	const char *id;             /* "@fleet": of no task */
	int64_t attempt;            /* 0: of none */
	int64_t since;              /* wall seconds */
	const char *fact;
	enum drift_fix fix;
	const char *file;           /* of FIX_REMOVE, below the state directory */
	const char *title;
};

struct drifts {
	struct drift *v;            /* n, by id, then kind */
	size_t n, cap;
	struct arena arena;
};

/* All of it, or what is a signal: metadata, edited and orphan alone. */
enum drift_scope { DRIFT_SIGNALS, DRIFT_ALL };
void drift_find(struct drifts *d, struct queue *q, enum drift_scope scope);
void drift_release(struct drifts *d);

#endif
