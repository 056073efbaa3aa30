/*
 * Worktrees by hand: one that a person asked for gets the ports, the files and
 * the setup commands that a worker's gets.
 *
 *   1  lock journal; choose ports; write the lease, locked; unlock
 *   2  lock git; git worktree add; unlock
 *   3  copies, links, the ports file, the setup commands
 *   4  let go of the lease's lock: from here on it holds while the worktree is
 *      there
 *
 * Killed at 1 it leaves a lease that the next one sweeps out; at 2, debris that
 * settle moves aside, or, where git goes on alone, a worktree that settle
 * unlocks; that one and what is left at 3 are worktrees that are not complete.
 */
#ifndef JARED_BYHAND_H
#define JARED_BYHAND_H

#include "lease.h"
#include "queue.h"

/* Choose ports for it: lo and hi.  EXIT_OK; EXIT_NONE, said, if there are none
 * left.  They are free only as long as the caller has lock/journal. */
int byhand_ports(const struct queue *q, struct lease *l);

/* All four steps; l has all but its ports, base is where a new branch starts,
 * NULL: the branch is there.  told: the setup commands are told, too.  EXIT_OK
 * with the ports in l, or how to end, said why; a lease is given back whose
 * worktree could not be made, and a worktree that was made stays. */
int byhand_make(struct queue *q, struct lease *l, const char *base, bool told);

#endif
