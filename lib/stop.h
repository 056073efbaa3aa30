/*
 * Stop: end attempts for good, all at once.
 *
 *   starting   one that is just being started is waited for
 *   asked      TERM, to the supervisor, which ends all that descends from it
 *              and writes down how; where there is none, to the whole herd
 *   ending     after the time that is allowed: nobody but the supervisor can
 *              fork any more, and all are killed
 *   chief      a supervisor that does not go by itself then is killed too
 *   settling   nobody is left and the alive lock is free: the journal learns
 *              it, from the supervisor's exit record or from one written here
 *
 * A crash in between leaves an attempt that settle brings to its end, or one
 * to stop again.  What the attempt has done stays where it is.
 */
#ifndef JARED_STOP_H
#define JARED_STOP_H

#include "herd.h"
#include "runstate.h"

enum stop_step { STOP_STARTING, STOP_ASKED, STOP_ENDING, STOP_CHIEF,
	STOP_SETTLING, STOP_OVER };

struct stop {
	const char *id;
	int64_t n;
	enum stop_step step;
	int status;                 /* once over: EXIT_OK, or why not: */
	const char *code, *fact;
	/* its own */
	int64_t due;
	int forced;                 /* the signal that the herd was last sent */
	struct herd herd;
	struct herd_mark mark;
	struct arena arena;
};

/* Find what there is of the attempt; nothing is signalled or written.  If there is
 * nothing, status is EXIT_NONE already, and stop_all only settles it. */
void stop_begin(struct stop *s, const struct world *w, struct journal *j,
    const struct attempt *at);

/* Stop all n that are not over yet; TERM has wait_ms to do it. */
void stop_all(struct stop *s, size_t n, const struct world *w, struct journal *j,
    int wait_ms);

void stop_release(struct stop *s);

#endif
