/*
 * Context packs: what somebody who is called about a task needs to know, as one
 * text: what is wrong, the task, its attempts, what its worker last wrote, what
 * it changed, what each stage says, and the commands that may help.
 *
 * Nothing in it can drive a terminal.
 */
#ifndef JARED_PACK_H
#define JARED_PACK_H

#include "queue.h"
#include "sign.h"

/* "t1: waits for somebody's answer: which colour? (Paint the door)" */
const char *pack_line(const char *id, enum sign_code c, const char *fact,
    const char *title, struct arena *a);

/* Append the pack of a task, or of SIGNALS_FLEET, to b.  c SN_N: of no signal.
 * Asks jared-log, jared-why and git. */
void pack_add(struct buf *b, struct queue *q, const char *id, enum sign_code c,
    const char *fact);

#endif
