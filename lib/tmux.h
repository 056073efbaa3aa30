/*
 * tmux: a server of our own for each state directory, never the operator's.
 *
 * Socket /tmp/jared-UID/HASH, the directory 0700 and ours; HASH is 16 hex
 * digits of the state directory's real path, so that cron and a login shell
 * meet; JARED_TMUX_SOCKET overrides.  Always -u (a client that is not UTF-8
 * turns TAB into '_') and our own configuration.  Never -c or -e: tmux expands
 * formats in them, and "#(…)" runs a shell.
 */
#ifndef JARED_TMUX_H
#define JARED_TMUX_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "proc.h"

struct tmux {
	char *socket;
	char *conf;             /* share/jared/tmux.conf */
	int statefd;            /* where "server" (pid, start time) is kept; -1: read only use */
};

/* Choose the socket for a state directory.  create: make its directory, check
 * that it is ours and 0700.  0, or -1 with *why (static or in the arena). */
int tmux_init(struct tmux *t, const char *state, int statefd, bool create,
    struct arena *a, const char **why);
void tmux_release(struct tmux *t);

/* Write into out what tmux must be given so that one word of a command's argv
 * reaches the program as it is.  tmux executes two words or more without a
 * shell and expands nothing in them, but takes a ';' at the end of a word as
 * its own separator. */
void tmux_quote(struct buf *out, const char *word);

/* Start the detached session NAME running argv (two words or more).  A server
 * is started if none lives; when the recorded server lives but its socket is
 * gone, it is asked to make it anew (SIGUSR1), and there is never a second
 * one.  0; -1 with *why; errno EEXIST if a session has that name already,
 * ETIMEDOUT if it cannot be known whether it started. */
int tmux_new_session(struct tmux *t, const char *name, const char *const *argv,
    struct arena *a, const char **why);

struct tmux_pane {
	const char *session;    /* name */
	const char *id;         /* "%3" */
	pid_t pid;
	bool dead;
	const char *title;
};

struct tmux_shot {
	const char *target;     /* in: a pane id, or the exact name of a session */
	const char *screen;     /* out: its visible lines; NULL: there is no such pane */
};

/* Every pane of our server, and these n screens, by one client: the number of
 * panes, 0 when there is no server, -1 with *why when it does not answer. */
int tmux_look(struct tmux *t, struct arena *a, struct tmux_pane **out,
    struct tmux_shot *shot, size_t n, const char **why);

/* A line in that format for every pane of our server; NULL when there is none,
 * or it does not answer. */
const char *tmux_list(struct tmux *t, const char *format, struct arena *a);

/* End the session of that exact name; 0, or -1. */
int tmux_kill_session(struct tmux *t, const char *name);

/* The server's identity from the state directory's file "server"; 0 or -1. */
int tmux_server(int statefd, struct proc_id *id);

#endif
