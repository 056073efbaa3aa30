/*
 * Task files edited with regard to their workers: a worker reads its task while
 * it works, so a task that has one is left alone unless forced.
 *
 * Functions return an exit status and have said what is wrong.
 */
#ifndef JARED_RETASK_H
#define JARED_RETASK_H

#include "newtask.h"
#include "queue.h"
#include "taskedit.h"

enum {
	RETASK_FORCE = 1,       /* a worker or a value that makes no sense is no reason */
	RETASK_DRY = 2,         /* show what would change */
};

/* Set keys, n of "KEY=VALUE". */
int retask_set(struct queue *q, const struct task *t, char **pair, int n, unsigned how);

/* Set the status, unless it means that already, to the layout's word. */
int retask_status(struct queue *q, const struct task *t, enum status_word w,
    unsigned how);

/* Write a new one, or show it; *file, in q's arena, is where. */
int retask_new(struct queue *q, const struct newtask *n, unsigned how,
    const char **file);

/* The queue records of these n files as they are now: the repository at dir is
 * read anew, because an edit may have changed the state of others. */
void retask_put(const char *dir, const char *const *file, size_t n,
    struct rec_out *out);

#endif
