/*
 * What is known of a task in words, for the facts of jared-why.  Memory from a.
 */
#ifndef JARED_TELL_H
#define JARED_TELL_H

#include "follow.h"
#include "rec.h"
#include "state.h"

/* "tasks/a.md: status not_started"; the word is left out where it is the one
 * that it stands for.  Of a task that is invalid, what is wrong. */
const char *tell_file(const struct task *t, struct arena *a);

/* "by ann at TIME, until TIME" */
const char *tell_mark(const struct ledger *l, struct arena *a);

/* "2: since TIME by exit-record, exit 7" */
const char *tell_attempt(const struct attempt *at, const struct run_verdict *v,
    struct arena *a);

/* "2: 1 in its inbox cannot be read; 3 messages not taken since TIME (over), the
 * first from ann: TEXT" */
const char *tell_left(const struct attempt *at, const struct follow_left *left,
    struct arena *a);

/* As tell_attempt, of a run record. */
const char *tell_run(char *const *v, struct arena *a);

/* "ws-b: dep:ws-c=draft" */
const char *tell_task(const char *id, const char *waits, struct arena *a);

#endif
