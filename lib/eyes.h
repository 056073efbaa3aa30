/*
 * The supervisor's look at its own agent, before it types: by the same evidence
 * as every watcher's, and the screen of its own pane.
 */
#ifndef JARED_EYES_H
#define JARED_EYES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "evidence.h"
#include "runspec.h"

struct eyes {
	int dir;                    /* the run directory */
	const struct profile *profile;  /* NULL: it could not be read */
	struct run_about about;
	const char *socket, *pane;  /* of tmux; NULL: we are in none */
	int64_t started;            /* wall seconds */
	struct arena arena;
};

void eyes_open(struct eyes *e, int dir, const struct run_spec *spec,
    const struct profile *p);
void eyes_close(struct eyes *e);

/* What the agent is doing.  With EYES_SCREEN its screen is looked at, too, which
 * costs a client of tmux and at most EYES_MS. */
enum eyes_how { EYES_FILES, EYES_SCREEN };
enum { EYES_MS = 1000 };
void eyes_look(const struct eyes *e, pid_t agent, enum eyes_how how, struct arena *a,
    struct evidence *out);

#endif
