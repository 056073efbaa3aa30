/*
 * Tallies: how many tasks are in each state, as records "kind state tasks".
 * States stand in the order of state.h, first of the queue, then of the runs;
 * those that nobody is in are left out.
 */
#ifndef JARED_TALLY_H
#define JARED_TALLY_H

#include "rec.h"
#include "snap.h"

extern const struct rec_kind rec_tally;

void tally_put(const struct snap *s, struct rec_out *out);

#endif
