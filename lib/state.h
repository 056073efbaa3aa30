/*
 * The one classifier of tasks, over the one of attempts (runstate): every state
 * that any tool shows is computed by these two.  The table stands in
 * jared-tasks(5).
 */
#ifndef JARED_STATE_H
#define JARED_STATE_H

#include "buf.h"
#include "runstate.h"

enum task_state { TS_READY, TS_WAITING, TS_HELD, TS_BACKOFF, TS_PARKED,
	TS_CLAIMED, TS_RUNNING, TS_EXITED, TS_REVIEW, TS_LANDED, TS_DONE,
	TS_CANCELLED, TS_DRAFT, TS_INVALID, TS_N };
const char *task_state_name(enum task_state s);
int task_state_parse(const char *s, enum task_state *out);     /* 0 or -1 */

/* A task's state; why gets its reasons in machine words, comma-joined, in a
 * fixed order ("dep:x=in_progress,gate:ci=unknown"); empty for none. */
enum task_state state_task(const struct world *w, const struct task *t,
    struct buf *why);

/* A name that somebody wrote, as one machine word. */
void state_add_word(struct buf *b, const char *s);

/* Is a dependency on t satisfied?  Done in the main checkout, or landed. */
bool state_satisfied(const struct world *w, const struct task *t);

/* Does its file say that the task is done or cancelled? */
bool state_closed(const struct world *w, const char *id);

#endif
