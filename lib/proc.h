/*
 * Child processes.
 *
 * The only module that starts programs (but for pty's fork): by argv through
 * posix_spawnp, never a shell; standard input from a given string or
 * /dev/null; every descriptor from 3 on closed; an environment without GIT_*
 * and TMUX*; a deadline; bounded capture; its own process group, which is
 * ended (TERM, a second later KILL) at the deadline.  Unless the caller gives the
 * environment, LC_ALL=C, GIT_OPTIONAL_LOCKS=0 and GIT_TERMINAL_PROMPT=0 are set.
 */
#ifndef JARED_PROC_H
#define JARED_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "procid.h"

struct proc {
	const char *const *argv; /* in: NULL-terminated; argv[0] is looked up in PATH */
	const char *const *env;  /* in: NULL-terminated, taken as it is; NULL: ours, scrubbed as said above */
	const char *dir;         /* in: run there; NULL: here */
	const char *in;          /* in: standard input, in_len bytes; NULL: /dev/null */
	size_t in_len;
	bool show;               /* in: what it writes goes to our standard error, nothing is captured,
	                          * and it stays in our process group: C-c ends both */
	int timeout_ms;          /* in: 0 is 60 s */
	size_t max_out;          /* in: capture at most this much of each; 0 is 64 MB */
	struct buf out, err;     /* out: captured; release with proc_release */
	int code;                /* out: exit status, or -1 */
	int signal;              /* out: the signal that ended it, or 0 */
	struct {
		pid_t pid;
		int pidfd;
		int out, err;    /* our ends of its pipes; -1 once at their end */
		int64_t end;     /* the deadline, by clock_boot_ms */
	} child;                 /* proc's own, between proc_start and proc_wait */
};

/* Start it, feed it, wait for it.  0 when it ran to an end (see code and
 * signal); -1 with errno when it could not be started, ETIMEDOUT when it was
 * killed at the deadline, EFBIG when it wrote too much. */
int proc_run(struct proc *p);

/* The same in two steps, for who has something else to do meanwhile.  After a
 * proc_start that did not fail, proc_wait must follow; until then the child may
 * stand still once it has written what a pipe holds.  What argv, env, dir and in
 * point at is not looked at any more. */
int proc_start(struct proc *p);
int proc_wait(struct proc *p);

void proc_release(struct proc *p);

/* The first line of p->err (or of out), for a message; "no output" if none.
 * Points into p or to static text. */
const char *proc_complaint(struct proc *p);

/* Our environment without what proc_run drops: a NULL-terminated array to
 * free; its strings are environ's. */
const char **proc_scrubbed_env(void);

#endif
