/*
 * The inbox of an attempt: follow-ups for its worker, each a file of its own in
 * the run directory.
 *
 *   inbox/000001     filed; nobody has had it in hand
 *   handled/000001   the same, once its supervisor took it in hand, or refused it
 *
 * The first line says who, when, and what became of it; the bytes behind it
 * are the message and never change.  A message counts as delivered when its
 * file is durable, which is before anybody is told so.  It is filed under
 * lock/journal, and only for an attempt that is not over; the supervisor looks
 * under the same lock before it says that the attempt is: no exit can pass a
 * message by.
 *
 * Only the supervisor moves a message on, and says so durably *before* its first
 * byte goes to the agent: what is `typing' or `typed' when everybody dies was
 * perhaps read, perhaps not.  It is shown so, and never handed over again.
 */
#ifndef JARED_INBOX_H
#define JARED_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"

enum { INBOX_TEXT_MAX = 1 << 20 };

enum message_state {
	MESSAGE_QUEUED,         /* to be delivered when the worker can take it */
	MESSAGE_TYPING,         /* it is being handed over */
	MESSAGE_TYPED,          /* all of it was; the worker has not shown that it took it */
	MESSAGE_TAKEN,          /* it has */
	MESSAGE_REFUSED,        /* it cannot be delivered; why says why */
	MESSAGE_N,
};
const char *message_state_name(enum message_state s);
int message_state_parse(const char *s, enum message_state *out);

struct message {
	int64_t number;             /* from 1, in the order of filing */
	enum message_state state;
	int64_t sent, since;        /* wall seconds: filed, in this state */
	bool now;                   /* interrupt the worker for it */
	const char *by;             /* who sent it */
	const char *why;            /* what took or keeps it, one word; or NULL */
	const char *text;           /* len bytes, and a NUL behind them */
	size_t len;
};

/* File it, durably, as the newest: number, state and times are set.  The
 * journal's lock must be held.  0, or -1 with errno. */
int inbox_file(int rundir, struct message *m);

/* It is in this state from now on, durably.  0; -1 with errno: as before. */
int inbox_set(int rundir, struct message *m, enum message_state s,
    const char *why);

/* All of them, by number; how many, or -1 with errno.  A file that is no
 * message is passed over, *bad (may be NULL) counts them.  INBOX_HEADS: long
 * texts are not read, and NULL. */
enum inbox_part { INBOX_HEADS, INBOX_WHOLE };
int inbox_list(int rundir, enum inbox_part part, struct message **list,
    size_t *bad, struct arena *a);

/* The one to deliver next: those that interrupt first, else the oldest.  1; 0
 * if there is none, or -1 with errno. */
int inbox_next(int rundir, struct message *m, struct arena *a);

/* Why a text cannot be sent so that it arrives as it is, or NULL.  An agent's
 * input box and its terminal obey control characters instead of taking them. */
const char *inbox_unfit(const char *text, size_t len, struct arena *a);

/* What keeps queued messages, for those who list them: one word, or NULL.  The
 * supervisor's, not durable. */
void inbox_keep(int rundir, const char *why);
const char *inbox_kept(int rundir, struct arena *a);

#endif
