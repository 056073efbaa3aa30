/*
 * A new task file, from the template task.md (prefix.h), where the layout has
 * its first kind of files.
 */
#ifndef JARED_NEWTASK_H
#define JARED_NEWTASK_H

#include "taskedit.h"

struct newtask {
	const char *title;
	const char *id;             /* the file's stem; NULL: made from the title */
	const char *workstream;     /* NULL: the only one that there is */
	const char *status, *priority, *owner, *depends_on;  /* NULL: none */
};

/* A title from the n words of a command line, in the arena; one that is not one
 * line of text ends the process with EXIT_USAGE. */
const char *newtask_title(char **word, int n, struct arena *a);

/* Make the text and find the place.  An exit status, said as those of taskedit,
 * which then saves and closes it.  Directories are made when it is saved. */
int newtask_open(struct taskedit *te, struct tasks *ts, const struct newtask *n);

/* Make the directories and open the last one. */
int newtask_place(struct taskedit *te);

#endif
