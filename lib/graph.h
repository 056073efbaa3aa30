/*
 * Dependencies between tasks.  Iterative and linear in tasks and edges.
 */
#ifndef JARED_GRAPH_H
#define JARED_GRAPH_H

#include "tasks.h"

/* Fill dep_task, dep_ambiguous, cycle and unblocks of every task.  A name is
 * matched as tasks_find does.  A task is in a cycle if it can reach itself
 * through tasks that are neither done nor cancelled; all members of the
 * strongly connected component are named, from the smallest id on, at most 64
 * of them. */
void graph_resolve(struct tasks *ts);

#endif
