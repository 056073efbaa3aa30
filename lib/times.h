/*
 * Times: how long attempts took from claim to start, from start to end, and
 * from end to landing, by the journal alone; and what half, nine tenths and all
 * of them took at most.
 */
#ifndef JARED_TIMES_H
#define JARED_TIMES_H

#include "journal.h"
#include "rec.h"

extern const struct rec_kind rec_times;

/* A record for each attempt that ran, by its claim; then those of "@p50",
 * "@p90" and "@max", each column by itself.  The number of attempts. */
size_t times_put(const struct journal *j, struct rec_out *out);

#endif
