/*
 * A task's id: [a-z0-9][a-z0-9-]*, at most 120 bytes.  The grammar is closed, so
 * that an id is a file name, a branch component and a tmux name unchanged.
 */
#ifndef JARED_TASKID_H
#define JARED_TASKID_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"

enum { TASK_ID_MAX = 120 };

/* The id that a text makes: letters in lower case, each run of characters that
 * no id may have as one '-', none in front.  "" if nothing is left; it may be
 * longer than TASK_ID_MAX. */
char *taskid_make(struct arena *a, const char *text);

/* An id for the record of a file whose own is not known: that of its stem, or,
 * where that is none or too long, with the hash of the path to tell it from
 * others. */
const char *taskid_stand_in(struct arena *a, const char *stem, const char *file);

bool taskid_valid(const char *s);

/* "ID<sep>N" as an attempt is named: its id, and N, from 0; 0, or -1 if it is no
 * such name. */
int taskid_split(const char *s, char sep, char id[TASK_ID_MAX + 1], int64_t *n);

#endif
