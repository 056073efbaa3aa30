/*
 * Signals: every sign (sign.h) that is to be seen now, of all tasks, flat: one
 * for each task and code.  Whoever shows them to people groups them by task, and
 * counts tasks.
 *
 * What is about no task has the id "@fleet", which no task can have.
 */
#ifndef JARED_SIGNALS_H
#define JARED_SIGNALS_H

#include "fleet.h"
#include "queue.h"
#include "sign.h"

#define SIGNALS_FLEET "@fleet"

struct signal_item {
	const char *id, *title;
	struct sign sign;
};

struct signals {
	struct signal_item *v;      /* n, by id, then code */
	size_t n, cap;
	struct arena arena;
};

enum signal_col { G_ID, G_CODE, G_TIER, G_SINCE, G_EVIDENCE, G_ATTEMPT, G_FACT,
	G_TITLE, G_N };
extern const struct rec_kind rec_signal;

/* q is classified; f is of the same world, not all. */
void signals_collect(struct signals *s, struct queue *q, const struct fleet *f);
void signals_release(struct signals *s);

/* Fill v (G_N pointers; memory from s's arena). */
void signals_record(struct signals *s, const struct signal_item *it, char **v);

/* How many tasks have that code, and with tier how many a sign of that tier at
 * least (code SN_N: any). */
size_t signals_tasks(const struct signals *s, enum sign_code code, int tier);

#endif
