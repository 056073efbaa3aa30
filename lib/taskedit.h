/*
 * A task file while its front matter is edited: read, changed key by key in
 * memory, saved in one step unless somebody else was faster.
 *
 * Functions that return an exit status have said on standard error what is wrong.
 */
#ifndef JARED_TASKEDIT_H
#define JARED_TASKEDIT_H

#include "team.h"

struct taskedit {
	struct tasks *ts;
	const struct team *team;    /* whose names an owner must be; NULL: any */
	const struct task *task;    /* NULL: a new one */
	const char *file;           /* relative to the root, for messages */
	int dirfd;                  /* where the file really is, */
	char *name;                 /* and its name there */
	struct buf was, now;
	struct arena arena;
	bool force;                 /* what is merely unwise is done too */
};

/* Read t's file, through symbolic links that stay below the root. */
int taskedit_open(struct taskedit *te, struct tasks *ts, const struct task *t);

/* Set a key, which is one of ours, one that the layout has for it, or any other
 * that stands in the file.  Of several that stand for the same the one in the
 * file is taken.  A value that would make the task invalid, a dependency that
 * does not exist, or a key that nobody knows is refused unless forced. */
int taskedit_set(struct taskedit *te, const char *key, const char *value);

/* The word that the layout has for a status, or NULL. */
const char *taskedit_status(const struct layout *l, enum status_word w);

/* Write it, if anything is to be changed. */
int taskedit_save(struct taskedit *te);

void taskedit_close(struct taskedit *te);

#endif
