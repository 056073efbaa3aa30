/*
 * A herd: the living processes of one attempt, whoever started them and
 * whatever became of their parents.
 *
 * A process belongs to it if it holds a lock (the task's alive), if it was
 * started with certain variables, if it is one that was written down (pid,
 * start time), or if its parent belongs to it.  That is looked up with a
 * pidfd of it in hand, and the process must still live afterwards: so what was
 * read is of the process that the descriptor stands for, and no signal can
 * reach another one that got its number (pidfd_open(2), pidfd_send_signal(2)).
 * Who once belonged to it stays, also when its parent is gone.
 *
 * We ourselves never belong to it.
 */
#ifndef JARED_HERD_H
#define JARED_HERD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "procid.h"

struct herd_mark {
	const char *const *cookie;  /* NAME=VALUE, all of them, NULL-terminated; NULL: not asked */
	int lock;                   /* a descriptor of the locked file; -1: not asked */
	struct proc_id chief;       /* the supervisor: holds it, too; pid 0: unknown */
	struct proc_id leader;      /* a session leader; pid 0: unknown */
	const struct proc_id *spare;    /* n_spare that do not belong, nor as parents */
	size_t n_spare;
};

struct herd_member {
	pid_t pid;
	int fd;                     /* pidfd */
	const char *why;            /* "supervisor", "agent", "lock", "environment", "child" */
	char name[16];              /* proc(5), comm */
};

struct herd {
	struct herd_member *v;
	size_t n, cap;
};

/* Let go of those that have ended; how many are left. */
size_t herd_living(struct herd *h);

/* The same, and find those that belong to it and are not in
 * it yet, until there are no more: how many were new. */
size_t herd_gather(struct herd *h, const struct herd_mark *m);

/* Signal all, but for the supervisor unless with_chief; how many. */
size_t herd_signal(const struct herd *h, int sig, bool with_chief);

/* Stop all but the supervisor, so that none can start another unseen, then end
 * them.  They may need a moment to go. */
void herd_end(struct herd *h, const struct herd_mark *m);

/* The supervisor, or NULL. */
const struct herd_member *herd_chief(const struct herd *h);

void herd_release(struct herd *h);

#endif
