/*
 * The environment a worker gets, whole: an allow list of ours, what the agent
 * profile and pass_env name, and Jared's own variables (jared-dispatch(1),
 * ENVIRONMENT).  Nothing else of the dispatcher's environment reaches it.
 */
#ifndef JARED_WORKERENV_H
#define JARED_WORKERENV_H

#include "claim.h"

/* End the process with EXIT_FAIL if the profile's program is nowhere in the PATH
 * that a worker gets: to start it would only use up attempts. */
void worker_need_program(const struct profile *p);

/* What tells its ports: JARED_PORT and one for each of port_names, NAME=VALUE,
 * NULL-terminated, in the arena. */
const char **worker_ports(const struct config *c, int64_t lo, int64_t hi,
    struct arena *a);

/* NAME=VALUE strings, NULL-terminated, in d's arena; own: those of the profile,
 * filled in, or NULL. */
const char **worker_env(struct dispatcher *d, const struct claim *c, const char **own);

#endif
