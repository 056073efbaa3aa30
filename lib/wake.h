/*
 * Waiting until something may have changed: an entry of some directories
 * (inotify(7)), the end of a process (pidfd_open(2)), the reader of our output
 * gone.  It is a hint and no more: whoever waits looks at everything again.
 */
#ifndef JARED_WAKE_H
#define JARED_WAKE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "proc.h"

struct wake {
	int inotify;                /* -1: not available */
	int newest;                 /* the highest watch so far */
	bool grown;                 /* a directory is watched that was not before */
	struct pollfd *end;         /* n pidfds */
	size_t n, cap;
};

void wake_init(struct wake *w);
void wake_release(struct wake *w);

/* Entries made, moved in, or closed after writing; or written to at all, where
 * the writer keeps its file open.  No such directory: nothing. */
enum wake_on { WAKE_CLOSED, WAKE_WRITTEN };
void wake_dir(struct wake *w, const char *path, enum wake_on on);

/* The end of that very process, until wake_forget.  Gone already: nothing. */
void wake_process(struct wake *w, const struct proc_id *id);
void wake_forget(struct wake *w);

/* Wait at most ms; not at all if a directory is new, because what happened in
 * it before is not told.  What comes within settle_ms counts as one.
 * 0, or -1 if nobody will read out_fd any more. */
int wake_wait(struct wake *w, int ms, int settle_ms, int out_fd);

#endif
