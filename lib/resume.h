/*
 * The next run of a headless agent, for a message: what its profile says under
 * `resume', in the same worktree, with the same environment.
 */
#ifndef JARED_RESUME_H
#define JARED_RESUME_H

#include "inbox.h"
#include "journal.h"
#include "runspec.h"

enum { RESUME_ARG_MAX = 131000 };       /* the kernel takes 128 KiB, with its NUL */

/* Under lock/journal, when an attempt's agent has ended: take the next message in
 * hand, and record in the journal that the attempt goes on with it, as its
 * run-th run.  True, with what is to run in out; the message is also in the run
 * directory's message.md.  Messages that no run can be given are refused. */
bool resume_take(struct journal *j, const char *id, int64_t n, int rundir,
    const struct run_spec *spec, int64_t run, struct message *m,
    struct run_spec *out, struct arena *a);

/* Can it be, for a message of that length, as far as is known now?  NULL, or
 * the word. */
const char *resume_unfit(const char *how, size_t len);

#endif
