/*
 * Capacity: places, files and ports, all leased with the claim and given back when
 * the attempt is over and nothing of it lives (state_occupies).
 */
#ifndef JARED_CAPACITY_H
#define JARED_CAPACITY_H

#include "state.h"

/* NULL if there is a place for one more worker, on task t: max_workers, and
 * max_by for what t has in those columns.  Else the fact: "3 of 3 running". */
const char *capacity_full(const struct world *w, const struct task *t, struct arena *a);

/* NULL if no task at work declares a file that t declares too.  Else the fact:
 * "src/a.c is in use by t4". */
const char *capacity_path(const struct world *w, const struct task *t, struct arena *a);

/* The first port of the lowest bundle of port_step ports, from port_base on,
 * that no attempt and no worktree made by hand holds and in which nobody has a
 * port open; 0 when all up to 65535 are out.  Under lock/journal, until the
 * lease is written down. */
int64_t capacity_ports(const struct world *w);

#endif
