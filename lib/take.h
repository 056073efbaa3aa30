/*
 * Taking a snapshot.
 *
 * Under lock/snap: observe, compare with the newest snapshot, write the new
 * one, and only then tell the changes.  Killed before the rename nothing was
 * written, and the next one tells them; killed after it, they can be told again
 * with jared-snap --diff.  If nothing changed the newest one goes on standing,
 * and the time of its file tells until when it did.  STATE/signals, signal
 * records, is there while there are signals.
 */
#ifndef JARED_TAKE_H
#define JARED_TAKE_H

#include "rec.h"

enum { TAKE_DRY = 1, TAKE_QUIET = 2, TAKE_VERBOSE = 4 };

/* Put a change record for each change; returns the exit status. */
int snap_take(const char *dir, unsigned how, struct rec_out *out);

#endif
