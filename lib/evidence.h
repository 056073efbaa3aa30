/*
 * What a live worker is doing, by ranked evidence; used by those who watch and
 * by jared-run before it types.  That it lives was decided before.
 *
 *   OSC 7501 (the status file)   what the agent said last
 *   dialogs on the screen        trust, login, setup, hooks: over all but a
 *                                working or waiting told by OSC 7501
 *   the agent's own status file
 *   the hook log                 its working and waiting are claims that title
 *                                and screen release
 *   title and screen rules, in the order of the profile
 *   the process                  it lives, and shows nothing that could tell
 *
 * Whoever leaves `working` for what the screen shows does so only when nothing
 * was written there for a second: it then looked the same a second ago, which
 * the log's time remembers for every watcher.  A worker whose screen was looked
 * at and says nothing is unknown.
 */
#ifndef JARED_EVIDENCE_H
#define JARED_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "about.h"
#include "procid.h"
#include "profile.h"

struct sight {                      /* of its terminal; NULL: not looked at */
	const char *title;
	const char *screen;         /* the visible lines, as capture-pane -p prints them */
};

struct evidence {
	const char *state;          /* "starting", "working", "waiting", "idle", "stalled", "unknown" */
	const char *reason;         /* "permission", "error", or NULL */
	const char *source;         /* "osc7501", "screen", "status-file", "hook",
	                             * "title", "process", "report", "progress" */
	const char *text;           /* what the agent or the worker says, or NULL */
	int64_t since;              /* wall seconds */
	bool seen;                  /* its screen was looked at */
};

/* dir: the run directory; p NULL: the profile cannot be read; started: when the
 * attempt began to run, wall seconds. */
void evidence_judge(int dir, const struct profile *p, const struct run_about *about,
    const struct proc_id *agent, int64_t started, const struct sight *s,
    struct arena *a, struct evidence *out);

/* True if what is typed now goes into the agent's empty prompt, as far as can
 * be told: idle, by evidence better than the process. */
bool evidence_may_type(const struct evidence *e);

/* True if the verdict on such a worker may depend on its screen. */
bool evidence_wants_screen(const struct profile *p, const struct run_about *about);

#endif
