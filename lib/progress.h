/*
 * One line of progress on standard error, only when that is a terminal and
 * only for work that takes longer than a second.
 */
#ifndef JARED_PROGRESS_H
#define JARED_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *what;       /* "starting" */
	int64_t begun;          /* ms; 0: not a terminal, say nothing */
	size_t shown;           /* columns on the line now */
};

void progress_begin(struct progress *p, const char *what);
/* "starting: 3 of 12, ID"; id may be NULL. */
void progress_step(struct progress *p, size_t done, size_t total, const char *id);
/* Take the line away again. */
void progress_end(struct progress *p);

#endif
