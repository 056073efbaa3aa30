/*
 * Settle: bring the journal up to what happened.  For each open attempt whose
 * disp and alive locks are both free: a whole exit record → exited; it never
 * ran → released, which costs no budget; it ran → interrupted, its worktree is
 * kept and nothing restarts by itself.  And landed, where git proved it.  Then
 * the debris that a killed `git worktree add` of ours left in git's own
 * directory is moved to trash/, because it breaks fetch and gc for everybody.
 */
#ifndef JARED_SETTLE_H
#define JARED_SETTLE_H

#include "state.h"

/* Number of records appended, or -1 with the exit status in *status (message
 * printed).  With out not NULL each one is told as "id attempt event". */
int settle(const struct world *w, struct journal *j, int *status);

/* Under lock/git, which the caller holds. */
int settle_debris(const struct world *w, const struct journal *j);

#endif
