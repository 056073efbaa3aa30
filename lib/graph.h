/*
 * Dependencies between tasks.  Iterative and linear in tasks and edges.
 */
#ifndef JARED_GRAPH_H
#define JARED_GRAPH_H

#include "tasks.h"

/* Fill dep_task, dep_ambiguous, n_edge, cycle and unblocks of every task.  A
 * name is matched as tasks_find does, where the layout makes ids of workstream
 * and stem first within the workstream.  With children_first a task waits also
 * for those that name it as parent and are not cancelled, unless one of them
 * depends on it.
 * A task is in a cycle if it can reach itself through tasks that are neither
 * done nor cancelled; all members of the strongly connected component are
 * named, from the smallest id on, at most 64 of them. */
void graph_resolve(struct tasks *ts);

/* The task that t means by a name: as tasks_find, but where the workstream is a
 * part of the id, rather one of its own. */
struct task *graph_meant(struct tasks *ts, const struct task *t, const char *name,
    size_t *n);

#endif
