/*
 * The file "hooks" of a run directory: what an agent's own hooks told, a line
 * for each event, appended whole by jared-hook.
 *
 *   time event state reason session transcript text
 *
 * State and reason come from the hook templates (share/jared/hooks); a state
 * that is absent leaves what was before.  A line without its LF is not there
 * yet; one that is malformed is passed over.
 */
#ifndef JARED_HOOKLOG_H
#define JARED_HOOKLOG_H

#include <stdint.h>

#include "mem.h"

struct hooklog {
	const char *state, *reason, *text;  /* of the newest line that has a state; NULL: none */
	int64_t since;              /* wall seconds: since when without a break that state */
	int64_t age_ms;             /* since the file was last written */
	const char *session, *transcript;   /* the newest that were told, or NULL */
};

enum { HOOKLOG_LINE_MAX = 4096 };

/* Read the end of the file; 0, or -1 if nothing in it tells a state or a
 * session. */
int hooklog_read(int dirfd, struct hooklog *h, struct arena *a);

struct hook_event {
	const char *event, *state, *reason, *session, *transcript, *text;
};

/* Append a line by one write; 0 or -1. */
int hooklog_append(int dirfd, const struct hook_event *e);

#endif
