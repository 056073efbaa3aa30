/*
 * How a run ended: what is around it then, and the word of it in the journal.
 */
#ifndef JARED_EXITS_H
#define JARED_EXITS_H

#include <stdbool.h>

#include "journal.h"
#include "run.h"
#include "runspec.h"

/* The branch's commit and the worker's last word, as they are now, into e. */
void exits_look(int rundir, const struct run_spec *spec, struct exit_record *e);

/* Append exited; later: somebody else tells it, who says when it was.  0; -1
 * with errno. */
int exits_append(struct journal *j, const char *id, int64_t n,
    const struct exit_record *e, bool later);

#endif
