/*
 * What the supervisor keeps up for its agent while that lives: what is said of
 * its state (agentstate), the clock of its progress (pace), the messages for it
 * (mail), and its leave when it is done (linger).  What others write into the
 * run directory wakes it.
 */
#ifndef JARED_TEND_H
#define JARED_TEND_H

#include "agentstate.h"
#include "linger.h"
#include "mail.h"
#include "pace.h"
#include "profile.h"
#include "relay.h"
#include "runspec.h"

struct tend {
	struct relay *relay;
	int dir;                    /* the run directory */
	int news;                   /* inotify(7) on it; -1: none */
	const struct run_spec *spec;    /* NULL: the agent was not started yet */
	pid_t agent;
	struct profile profile;     /* of the agent; name NULL: it cannot be read */
	struct agentstate state;
	struct pace pace;
	struct linger linger;
	struct mail mail;
	int64_t said_done;          /* the worker's report says done since; 0: not */
	struct arena arena;
};

void tend_open(struct tend *t, int dir, struct relay *r);
void tend_close(struct tend *t);

/* The agent runs: listen to it from its first byte on; and it has ended. */
void tend_begin(struct tend *t, const struct run_spec *spec, pid_t agent);
void tend_over(struct tend *t);

/* news is readable: the worker or a hook of its agent wrote a line, or there is
 * a message. */
void tend_news(struct tend *t);

/* When to call tend_turn, as clock_boot_ms; 0: not.  calm: nothing else is being
 * done about the agent. */
int64_t tend_due(const struct tend *t, bool calm);

/* Do what is due; what is wished is that the agent is ended: because it is done,
 * or for a message to go on with. */
enum tend_wish { TEND_NOTHING, TEND_DONE, TEND_MAIL };
enum tend_wish tend_turn(struct tend *t, bool calm);

#endif
