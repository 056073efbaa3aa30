/*
 * The files of a run directory that are there before its supervisor starts:
 * the prompt, the agent's hooks, about, spec, and room for the exit record.
 */
#ifndef JARED_RUNFILES_H
#define JARED_RUNFILES_H

#include "claim.h"

/* Step 3 of claim.h, for a worktree whose git directory is gitdir.  0; -1, and
 * the claim is refused with the reason. */
int runfiles_write(struct dispatcher *d, struct claim *c, const char *gitdir);

/* The absolute path of something that is named from the root, in d's arena. */
const char *claim_path(struct dispatcher *d, const char *path);

#endif
