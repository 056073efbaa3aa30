/*
 * What an agent writes on its terminal besides text, read as it passes by:
 * reports of its state (OSC 7501, program status), titles, notifications,
 * bells, and whether it wants pasted text bracketed.
 *
 * The stream may be cut anywhere.  It passes on unchanged but for OSC 7501,
 * which is between the agent and us: a terminal that knows it would answer a
 * second time.  A sequence that may yet become one is held back, a few bytes.
 *
 * Texts are valid UTF-8 without anything that a terminal obeys.
 */
#ifndef JARED_OSC_H
#define JARED_OSC_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

enum { OSC_MAX = 4096 };        /* bytes of a report or title; a longer one is ignored */

enum osc_state { OSC_IDLE, OSC_WORKING, OSC_DONE, OSC_BLOCKED, OSC_ERROR,
	OSC_CLEAR, OSC_STATES };
const char *osc_state_name(enum osc_state s);

enum osc_what {
	OSC_NOTHING,                /* all bytes were taken */
	OSC_REPORT,                 /* state, kind and text (its message) */
	OSC_ASKS,                  /* text is the answer; the agent must have it before
	                             * it gets anything that follows */
	OSC_TITLE,                  /* text; OSC 0 and 2 */
	OSC_NOTIFY,                 /* text; OSC 9 and 777 */
	OSC_BELL,
	OSC_PASTE,                  /* paste has changed */
};

struct osc {                    /* zero-initialised is valid */
	enum osc_state state;
	char kind[32];              /* of a report: a word, or "" */
	char text[OSC_MAX + 16];    /* "" none */
	bool paste;                 /* mode 2004: bracketed paste */
	/* The rest is the parser's own. */
	unsigned char mode, ours;
	bool dcs, over, broke;
	char held[8], body[OSC_MAX + 8];
	size_t n_held, n;
};

/* Take bytes up to the first that tells something, or all n; append to out
 * what is for the screen.  Returns how many were taken; *what is what they
 * told, and its fields stand until the next call. */
size_t osc_take(struct osc *o, const char *data, size_t n, struct buf *out,
    enum osc_what *what);

/* The stream has ended: append what was held back. */
void osc_rest(struct osc *o, struct buf *out);

#endif
