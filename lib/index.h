/*
 * The queue's index, STATE/snap/index: what the task files said when they were
 * last read, so that who finds a file unchanged need not read it.
 *
 * It is a cache.  Whoever loads tasks looks into it, only jared-snap and
 * jared-dispatch write it, and without it every answer is the same.  One that
 * is absent, damaged, of another layout, version or machine is passed over in
 * silence.
 *
 * A file is unchanged if device, inode, size, mtime and ctime are.  That proves
 * it only if a later change would have shown: an entry is written only for a
 * file whose times were older than the clock when the reading began.  A file
 * system stamps with the same clock, so that whatever is changed after that
 * gets another time, also within the same tick.
 */
#ifndef JARED_INDEX_H
#define JARED_INDEX_H

#include "task.h"

struct index {
	const struct index_head *head;      /* the mapping, or NULL: it is empty */
	const struct index_entry *entry;
	const uint32_t *slot, *word;
	const char *text;
	size_t size;
};

/* Map it.  identity is the layout's. */
void index_open(struct index *x, int statefd, uint64_t identity);
void index_close(struct index *x);

/* How many tasks it knows: none has a higher rank_of_id. */
size_t index_count(const struct index *x);

/* What FILE, which is st now, said: a task in a whose strings are in the
 * mapping, or NULL.  *near is where the next file of a walk may be found. */
struct task *index_get(const struct index *x, const char *file,
    const struct task_stat *st, size_t *near, struct arena *a);

/* If these n tasks, in order, are all that the index knows and knew of: give
 * them what graph_resolve found out about them. */
bool index_recall(const struct index *x, struct task **v, size_t n,
    struct arena *a);

#endif
