/*
 * Changes: what differs between two snapshots, as change records.
 *
 * A record names the task, the kind of record that differs ("queue", "run" or
 * "signal"), the column, and its value before and after.  A record that is only in one of
 * the two gives one change, in the field "state" ("code" of a signal), with the
 * other side absent.
 */
#ifndef JARED_CHANGE_H
#define JARED_CHANGE_H

#include <stdbool.h>

#include "rec.h"
#include "snap.h"

/* Put a record for each change worth telling: of the queue by id, then of the
 * runs by id, then of the signals; with out NULL, none.  True if anything but an age or a worker's
 * last words differs. */
bool change_put(const struct snap *from, const struct snap *to,
    struct rec_out *out);

#endif
