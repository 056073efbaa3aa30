/*
 * What the supervisor knows of the state of its agent, and says in the status
 * file: by the agent's own reports (OSC 7501), else by the title, else because
 * it lives.  The file is replaced when that changes, not for each frame of a
 * spinner: what turns at the front of a title is left out.
 */
#ifndef JARED_AGENTSTATE_H
#define JARED_AGENTSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "osc.h"
#include "rules.h"

struct agentstate {
	int dir;                    /* the run directory; -1: nobody is told */
	const char *state;          /* "working", "waiting", "idle" */
	const char *source;         /* "osc7501", "title", "process" */
	char reason[32];            /* "" none */
	int64_t since;              /* of state and reason; wall seconds */
	int64_t since_ms;           /* the same as clock_boot_ms */
	bool done;                  /* it said done, and was idle ever since */
	/* The rest is the module's own. */
	const struct rules *rules;  /* NULL: none */
	bool reported, is_read;
	enum osc_state report;
	char kind[32];
	struct reading reading;     /* of the title */
	struct buf msg, title, text;
	int64_t due;
};

/* The agent was started: it works, for all that is known.  The rules, or NULL,
 * must outlive it. */
void agentstate_begin(struct agentstate *a, int dir, const struct rules *rules);
void agentstate_release(struct agentstate *a);

/* Hear what it told; true if the state or the reason is another one now. */
bool agentstate_hear(struct agentstate *a, const struct osc *osc, enum osc_what what);

/* When to call agentstate_turn, as clock_boot_ms; 0: not.  An agent that
 * withdraws its report mostly ends at once, and is then not said to work for a
 * moment. */
int64_t agentstate_due(const struct agentstate *a);
bool agentstate_turn(struct agentstate *a);

/* Say no more: the end is told by others. */
void agentstate_mute(struct agentstate *a);

#endif
