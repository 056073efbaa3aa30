/*
 * The supervisor's part of an attempt's life: start the agent, attend to it,
 * see that nothing of it is left.  The order of things around it (fence, locks,
 * journal) is jared-run's.
 *
 * Waits for events; an idle agent costs no wake-up, one that works a few.  What
 * is to be known and done of it while it lives is tend's.  A hang-up of our
 * own terminal never reaches the agent as such: while the tmux server lives
 * somebody closed the pane, and the agent's whole tree is ended; when the
 * server is gone too, the agent goes on without a screen.
 */
#ifndef JARED_SUPER_H
#define JARED_SUPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "relay.h"
#include "run.h"
#include "runspec.h"
#include "tend.h"

enum super_step { SUPER_CALM, SUPER_IS_SERVER_GONE, SUPER_TERM, SUPER_KILL,
	SUPER_GIVEN_UP };

struct super {
	struct relay relay;
	int dir;                    /* the run directory */
	int signals;                /* signalfd */
	int server;                 /* watches the tmux server; -1: there is none */
	pid_t agent;
	bool ended;                 /* the agent's main process, with wait_status */
	bool childless;             /* and nothing that descends from it is left */
	int wait_status;
	const char *cause;          /* "closed", "stopped" or "done": why it had to end; or NULL */
	enum super_step step;
	int64_t due;                /* of the step, as clock_boot_ms; 0: never */
	int kills;
	struct tend tend;           /* what is kept up while the agent lives */
	bool for_mail;              /* it was ended for a message, to go on with that */
};

/* Become able to supervise: take the signals, adopt what loses its parent,
 * open screen, pty and log.  server is our parent.  0, or -1 with errno. */
int super_open(struct super *s, int dir, const struct proc_id *server);
void super_close(struct super *s);

/* Start the agent; it inherits alive as RUN_ALIVE_FD.  0; -1 with a message
 * printed. */
int super_start(struct super *s, const struct run_spec *spec, int alive);

/* Run the commands of spec->setup there one after the other, each in place of
 * the agent: it can be ended as one.  0; -1 when one failed, or somebody ended
 * it: that is then the verdict. */
int super_setup(struct super *s, const struct run_spec *spec, int alive);

/* Until the agent's main process has ended. */
void super_attend(struct super *s);

/* End what it left running (unless keep and nobody ended it by hand), and
 * show and log the last of its output. */
void super_finish(struct super *s, bool keep);

/* How it ended, into code, signal, cause and the resources used. */
void super_verdict(const struct super *s, struct exit_record *e);

/* Tell those who watch, in the status file. */
void super_say(int dir, const char *state, const char *reason);

#endif
