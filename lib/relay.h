/*
 * The bytes between our screen, the agent's pty and the log, and what the agent
 * tells by them.
 *
 * What the agent writes goes into the log and to the screen.  A screen that is
 * slow slows the agent down, as any terminal does; one that takes nothing for
 * RELAY_STALL_MS (its tmux is stopped) does not hold it up longer: what it
 * does not take then stands in the log alone, and it is told so when it goes
 * on.  What is typed waits in the screen's terminal until the agent reads it.
 *
 * The log holds what the agent wrote, the screen gets that without the reports
 * that are for us (osc).  Their query is answered before anything that follows
 * is passed on, because agents go by the first answer that they get.
 *
 * The log is two files, log and before it log.1, of RELAY_LOG bytes each.
 */
#ifndef JARED_RELAY_H
#define JARED_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "osc.h"
#include "pty.h"

enum { RELAY_MAX = 64 * 1024, RELAY_STALL_MS = 2000, RELAY_LOG = 4 << 20 };

struct relay_queue {
	struct buf b;
	size_t at;                  /* sent so far */
};

struct relay {
	struct screen screen;
	struct pty pty;
	int dir;                    /* the run directory */
	int log;                    /* -1: none */
	size_t log_size;
	int log_errno;              /* why the log is incomplete, or 0 */
	struct relay_queue out, in;
	int64_t took;               /* when the screen last took something */
	bool stalled;               /* it is being left out */
	uint64_t left_out;          /* bytes it did not get */
	struct osc osc;             /* what the agent told; osc.paste: it wants pastes bracketed */
	struct buf shown;           /* of one read, what is for the screen */
	/* Called for each thing that the agent tells, in order, but for queries;
	 * NULL: nobody wants to know. */
	void (*told)(void *arg, enum osc_what what);
	void *told_arg;
	int64_t wrote;              /* when the agent last wrote, as clock_boot_ms; 0: never */
	int64_t typed;              /* when a person last typed; 0: never */
	bool draft;                 /* and it was not Enter that came last */
	bool held;                  /* what is typed on the screen waits there */
};

/* Open the screen, a pty like it, and the log in dir.  0; -1 with errno when
 * there can be no pty.  Without a screen or a log it does without. */
int relay_open(struct relay *r, int dir);
void relay_close(struct relay *r);

/* What to poll for, and until when (as clock_boot_ms; 0: for ever); and what to
 * do then.  relay_move is false when the screen has hung up. */
int64_t relay_want(const struct relay *r, struct pollfd pfd[2]);
bool relay_move(struct relay *r, const struct pollfd pfd[2]);

/* Type this for the agent, behind what it is owed already; and how much it has
 * not taken yet.  No person's typing: typed stays. */
void relay_type(struct relay *r, const void *data, size_t n);
size_t relay_untaken(const struct relay *r);
/* The same, with what stands in its terminal unread. */
size_t relay_unread(const struct relay *r);

/* Go on without a screen. */
void relay_blind(struct relay *r);

/* After the agent's end: what is still in the pty, and what the screen is
 * owed, for at most ms milliseconds. */
void relay_drain(struct relay *r, int ms);

#endif
