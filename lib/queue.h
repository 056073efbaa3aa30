/*
 * The queue: every task with its state, in dispatch order, as records.
 * Order: startable first, then priority, unblocks descending, age descending
 * (absent last), id; bytewise, the same in every locale.
 */
#ifndef JARED_QUEUE_H
#define JARED_QUEUE_H

#include "pick.h"
#include "rec.h"
#include "state.h"
#include "team.h"

struct queue_item {
	const struct task *task;    /* NULL: only the journal knows it */
	enum task_state state;
	bool others;                /* not self's */
	const char *waits;          /* "" for none */
	int64_t age;                /* seconds, or -1 */
};

struct queue {
	struct queue_item *item;
	size_t n;
	struct arena arena;
	struct world world;
	/* owned, so that one call opens all that a reading tool needs */
	struct repo repo;
	struct config config;
	struct layout layout;
	struct tasks tasks;
	struct team team;
	struct journal journal;
	const char *self;           /* whose tasks are to be started; NULL: everybody's */
};

/* Open repository, configuration, layout, tasks and journal; classify; sort.
 * Ends the process when that is impossible (see the parts). */
void queue_load(struct queue *q, const char *dir, enum repo_need need);
void queue_release(struct queue *q);

/* The same without classifying and sorting, and those two alone. */
void queue_open(struct queue *q, const char *dir, enum repo_need need);
void queue_classify(struct queue *q);

/* From here on tasks of other people, though ready, are not to be started:
 * self is as team_self tells.  Before queue_classify. */
void queue_for(struct queue *q, const char *asked);

/* What would be picked of it now, under the limits that are configured. */
void queue_pick(struct queue *q, struct pick *p);

/* Why a task is not self's: "alice, not bob"; NULL if it may be started. */
const char *queue_not_ours(const struct queue *q, const struct task *t,
    struct arena *a);

/* Fill v (Q_N pointers; memory from q->arena) with an item of q's. */
void queue_record(struct queue *q, const struct queue_item *it, char **v);

/* Write it to out, which is of rec_queue. */
void queue_put(struct queue *q, const struct queue_item *it, struct rec_out *out);

/* What an operand means: a task, with what was done for it (*l, or NULL); or one
 * whose file is gone and that was worked on (NULL, and *l).  Both are NULL, with a
 * message, if it means none, or several. */
const struct task *queue_operand(const struct queue *q, const char *name,
    const struct ledger **l);

/* Has what the operand means a worker, from the claim to the end of its last
 * process?  As queue_operand. */
bool queue_is_active(const struct queue *q, const char *name);

#endif
