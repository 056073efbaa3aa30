/*
 * Rebuilding the journal.
 *
 * What is sound of it is kept, in order; what witnesses (witness.h) know of and
 * it lacks is added: that an attempt was made, that it ran, how it ended.  What
 * nobody bears witness to is lost: marks, times, what had landed (settle proves
 * that again).  An attempt of which nothing is known but a branch or a worktree
 * counts as interrupted: its work is kept, and nothing starts by itself.
 *
 * The new journal is written beside the old one, in STATE/repair.PID, by the
 * same code as ever.  Under lock/journal the old one is linked to
 * journal/TIME-PID.old, and the new one renamed over it: killed before that,
 * nothing has happened; killed after it, all has.
 */
#ifndef JARED_REPAIR_H
#define JARED_REPAIR_H

#include "queue.h"
#include "rec.h"
#include "witness.h"

/* id attempt event fact */
extern const struct rec_kind rec_repair;

struct repair_event { const char *id; int64_t n; const char *event, *fact; };

struct repair {
	struct repair_event *v;     /* n that were added, or would be */
	size_t n, cap;
	size_t kept, dropped;       /* records of the old journal */
	const char *aside;          /* where it is now, below STATE; NULL: there was none */
	struct arena arena;
};

/* Do it, or, with write not set, only see what would be done; q is open.
 * EXIT_OK: r->n events and r->dropped records are what had to be done; else a
 * message was printed. */
int repair(struct repair *r, struct queue *q, bool write);
void repair_put(const struct repair *r, struct rec_out *out);
void repair_release(struct repair *r);

#endif
