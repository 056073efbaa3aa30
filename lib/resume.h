/*
 * The next run of a headless agent, for a message: what its profile says under
 * `resume', in the same worktree, with the same environment.
 */
#ifndef JARED_RESUME_H
#define JARED_RESUME_H

#include "inbox.h"
#include "runspec.h"

enum { RESUME_ARG_MAX = 131000 };       /* the kernel takes 128 KiB, with its NUL */

/* Make of spec what runs the agent for m, into out; the message goes into the
 * run directory's message.md.  NULL; or why it cannot be: one word that says
 * what is wrong with this message ("argument", "session"), or "disk". */
const char *resume_prepare(int rundir, const struct run_spec *spec,
    const struct message *m, struct run_spec *out, struct arena *a);

/* Can it be, for a message of that length, as far as is known now?  NULL, or
 * the word. */
const char *resume_unfit(const char *how, size_t len);

#endif
