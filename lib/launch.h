/*
 * Launch: from what is wanted to running workers, by the steps of claim.h.
 */
#ifndef JARED_LAUNCH_H
#define JARED_LAUNCH_H

#include "claim.h"

/* Claim and start n of them (at least one) and wait until they run; c[i] says what
 * became of w[i].  One for which surely nothing was started is released, and a
 * worktree just made for it removed; where it cannot be known (tmux did not answer in
 * time) it is left to settle, EXIT_RETRY.
 *
 * What takes longest is git's writing of worktrees, one after the other.
 * Meanwhile the worker before it is started and the claim after it taken. */
void launch(struct dispatcher *d, const struct want *w, size_t n, struct claim *c);

#endif
