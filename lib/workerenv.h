/*
 * The environment a worker gets, whole: an allow list of ours, what the agent
 * profile and pass_env name, and Jared's own variables (jared-dispatch(1),
 * ENVIRONMENT).  Nothing else of the dispatcher's environment reaches it.
 */
#ifndef JARED_WORKERENV_H
#define JARED_WORKERENV_H

#include "claim.h"

/* NAME=VALUE strings, NULL-terminated, in d's arena. */
const char **worker_env(struct dispatcher *d, const struct claim *c);

#endif
