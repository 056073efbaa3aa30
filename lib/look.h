/*
 * Look at live attempts: their verdicts (runstate.h), which say that they live,
 * come to say what they are at, by evidence.h.  Each profile is read once, and
 * all screens that are needed are asked for by one tmux client.
 */
#ifndef JARED_LOOK_H
#define JARED_LOOK_H

#include "runstate.h"

struct look {
	const struct attempt *at;
	struct run_verdict *verdict;
	const char *pane;           /* out: "%3", or NULL */
};

enum look_ask { LOOK_FILES, LOOK_SCREENS, LOOK_PANES };

/* FILES: without tmux, so that an interactive agent may be unknown; SCREENS: ask
 * it where a verdict may depend on a screen; PANES: ask it where they all are.
 * 0; -1 with *why when tmux did not answer, and what needs it is unknown. */
int look_at(struct look *l, size_t n, const struct world *w, enum look_ask ask,
    struct arena *a, const char **why);

#endif
