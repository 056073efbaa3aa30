/*
 * Launch: what lies between a claim and a running worker: the worktree, the
 * files of the run directory, the tmux session.
 */
#ifndef JARED_LAUNCH_H
#define JARED_LAUNCH_H

#include "claim.h"

/* Steps 2 to 4 of claim.h.  On success c->waiting; on a failure that surely
 * started nothing the claim is released, a worktree just made for it removed,
 * and c says why; where it cannot be known (tmux did not answer in time) it is left to settle, EXIT_RETRY. */
void launch(struct dispatcher *d, struct claim *c);

#endif
