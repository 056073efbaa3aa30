/*
 * The overview: every task, and every worker whose task is gone, in exactly one
 * group, by what it asks of a person.
 * It is made of the records of a snapshot, whether that was taken now or long
 * ago, so that jared-status and jared-snap --summary cannot differ.  Counts are
 * of tasks, however many reasons there are to look at one.
 */
#ifndef JARED_OVERVIEW_H
#define JARED_OVERVIEW_H

#include "rec.h"
#include "snap.h"
#include "term.h"

/* In the order in which they are shown; of the last only the number is. */
enum group { GROUP_ATTENTION, GROUP_ACTIVE, GROUP_MERGE, GROUP_READY,
	GROUP_WAITING, GROUP_FINISHED, GROUP_OTHER, GROUP_N };
const char *group_name(enum group g);       /* "attention" */

struct overview_row {
	enum group group;
	const char *id, *state, *title;
	const char *attempt;        /* its number, or NULL */
	const char *since;          /* RFC 3339, or NULL */
	int64_t age;                /* seconds in this state, else since it was created; or -1 */
	const char *why;            /* signals and reasons in machine words, or NULL */
	const char *remedy;         /* the command that a person would look at or run, or NULL */
};

struct overview {
	struct overview_row *row;   /* n of them, group by group */
	size_t n, count[GROUP_N];
	const char *head;           /* where, when, how much is at work */
	const char **notice;        /* n_notice lines about all of it: "paused: …" */
	size_t n_notice;
	struct arena arena;
};

/* rec_overview: id group state attempt since age why remedy title */
extern const struct rec_kind rec_overview;

/* What was observed now, with pause, brake, the last beat and the like. */
void overview_now(struct overview *o, const struct scene *now);

/* Its lines about all of it (overview_notice.c). */
void overview_notices(struct overview *o, const struct scene *now);

/* A snapshot; j tells when things were finished. */
void overview_then(struct overview *o, const struct snap *s, const struct journal *j);

void overview_release(struct overview *o);

/* Every task as a record (overview_text.c, too). */
void overview_put(const struct overview *o, struct rec_out *out);

/* As text (overview_text.c): where t is given, such that it fits. */
void overview_text(const struct overview *o, const struct term *t, struct buf *out);

/* The text on standard output, which may be a terminal. */
void overview_show(const struct overview *o);

#endif
