/*
 * Follow-ups, the supervisor's part while its agent lives: one at a time is
 * typed into the agent's terminal when it is idle at its prompt and nobody
 * types there; then Enter; then it must show that it took it.
 *
 * Nothing is typed twice.  That a message is in hand is durable before its
 * first byte is typed, and what then goes wrong is told, not mended.
 *
 * A headless agent reads nothing: it gets its messages after its end (resume),
 * and is ended here for one that interrupts.
 */
#ifndef JARED_MAIL_H
#define JARED_MAIL_H

#include "eyes.h"
#include "inbox.h"
#include "relay.h"

enum {
	MAIL_PERSON_MS = 5000,  /* after a person's last Enter, */
	MAIL_DRAFT_MS = 30000,  /* or after the last key of something unfinished */
	MAIL_PAUSE_MS = 500,    /* from the text to Enter: agents take a key that comes
	                         * with a paste as a part of it */
	MAIL_ANSWER_MS = 10000, /* for the agent to show that it took it */
};

struct mail {
	int dir;                    /* the run directory */
	bool typed, resumed;        /* how messages get to this agent: typed, or by a new run; or not */
	bool look;                  /* the inbox may hold something */
	enum mail_step { MAIL_NONE, MAIL_TEXT, MAIL_PAUSE, MAIL_ANSWER } step;
	int64_t due;                /* as clock_boot_ms; 0: not */
	struct eyes eyes;
	/* The rest is the module's own. */
	struct message m;
	struct arena arena;
	int64_t entered, moved;
	bool interrupted, late;
	const char *took, *kept;
};

/* The agent was started; p is its profile or NULL.  news: an inotify(7) descriptor that is told of the
 * inbox, or -1. */
void mail_begin(struct mail *m, int dir, const struct run_spec *spec,
    const struct profile *p, int news);
void mail_end(struct mail *m);

/* Something came, or has changed. */
void mail_ring(struct mail *m);

/* The agent told by its terminal that it works now. */
void mail_works(struct mail *m);

/* True while a message waits or is in hand. */
bool mail_waits(const struct mail *m);

/* Do what is due.  True: the agent is to be ended for a message. */
bool mail_turn(struct mail *m, struct relay *r, pid_t agent);

#endif
