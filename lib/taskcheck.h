/*
 * What is wrong with tasks, beyond what makes a file unreadable: dependencies,
 * priorities, owners; and what a body leaves empty.
 */
#ifndef JARED_TASKCHECK_H
#define JARED_TASKCHECK_H

#include "team.h"

/* Append a line "FILE:LINE: what, valid choices" for each fault of t.  How many. */
size_t taskcheck(struct tasks *ts, const struct team *team, const struct task *t,
    struct buf *out);

/* The same for the files of people and roles. */
size_t taskcheck_team(const struct team *team, struct buf *out);

/* Append "FILE:LINE: advice: …" for each section of its body in which nothing
 * stands but blanks and comments. */
void taskcheck_body(const struct tasks *ts, const struct task *t, struct buf *out);

#endif
