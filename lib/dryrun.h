/*
 * What jared-dispatch would do with a task, by its own word: a dry run of it,
 * as a program of its own, because it ends where nothing can be started.
 */
#ifndef JARED_DRYRUN_H
#define JARED_DRYRUN_H

#include "repo.h"
#include "task.h"

/* *code: "ok" if it would start t, else why not, with the fact or NULL; memory
 * from a.  "broken" and "retry" are about all tasks. */
void dryrun(const struct repo *r, const struct task *t, struct arena *a,
    const char **code, const char **fact);

#endif
