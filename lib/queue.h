/*
 * The queue: every task with its state, in dispatch order, as records.
 * Order: startable first, then priority, unblocks descending, age descending
 * (absent last), id; bytewise, the same in every locale.
 */
#ifndef JARED_QUEUE_H
#define JARED_QUEUE_H

#include "rec.h"
#include "state.h"

struct queue_item {
	const struct task *task;    /* NULL: only the journal knows it */
	enum task_state state;
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
	struct journal journal;
};

/* Open repository, configuration, layout, tasks and journal; classify; sort.
 * Ends the process when that is impossible (see the parts). */
void queue_load(struct queue *q, const char *dir, enum repo_need need);
void queue_release(struct queue *q);

/* The same without classifying and sorting, and those two alone. */
void queue_open(struct queue *q, const char *dir, enum repo_need need);
void queue_classify(struct queue *q);

/* Fill v (Q_N pointers; memory from q->arena). */
void queue_record(struct queue *q, const struct queue_item *it, char **v);

#endif
