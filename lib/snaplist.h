/*
 * The list of snapshots, as records "name time seq tasks runs".
 */
#ifndef JARED_SNAPLIST_H
#define JARED_SNAPLIST_H

#include "rec.h"
#include "snapdir.h"

extern const struct rec_kind rec_snapshot;

/* Puts a record for each, the oldest first.  One that cannot be read has no
 * numbers, and a warning says why. */
void snaplist_put(const struct snapdir *d, struct rec_out *out);

#endif
