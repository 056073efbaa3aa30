/*
 * The bytes between our screen, the agent's pty and the log.
 *
 * What the agent writes goes into the log and to the screen.  A screen that is
 * slow slows the agent down, as any terminal does; one that takes nothing for
 * RELAY_STALL_MS (its tmux is stopped) does not hold it up longer: what it
 * does not take then stands in the log alone, and it is told so when it goes
 * on.  What is typed waits in the screen's terminal until the agent reads it.
 *
 * The log is two files, log and before it log.1, of RELAY_LOG bytes each.
 */
#ifndef JARED_RELAY_H
#define JARED_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
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
};

/* Open the screen, a pty like it, and the log in dir.  0; -1 with errno when
 * there can be no pty.  Without a screen or a log it does without. */
int relay_open(struct relay *r, int dir);
void relay_close(struct relay *r);

/* What to poll for, and until when (as clock_boot_ms; 0: for ever); and what to
 * do then.  relay_move is false when the screen has hung up. */
int64_t relay_want(const struct relay *r, struct pollfd pfd[2]);
bool relay_move(struct relay *r, const struct pollfd pfd[2]);

/* Go on without a screen. */
void relay_blind(struct relay *r);

/* After the agent's end: what is still in the pty, and what the screen is
 * owed, for at most ms milliseconds. */
void relay_drain(struct relay *r, int ms);

#endif
