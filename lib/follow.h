/*
 * Follow-ups, as those see them who send and list them: can this attempt still
 * be told something, and what became of what it was told.
 */
#ifndef JARED_FOLLOW_H
#define JARED_FOLLOW_H

#include "inbox.h"
#include "rec.h"
#include "repo.h"
#include "runstate.h"

/* The task that a person means, of those that the journal knows; NULL, and said
 * why. */
const struct ledger *follow_task(const struct journal *j, const char *name);

/* Why nothing can be sent to the task's newest attempt (l may be NULL); help
 * is a command that leads on, or NULL. */
struct follow_no { const char *code, *fact, *help; };

/* True if a message of that length can be delivered, by all that is known now;
 * else no says why not.  Under lock/journal the answer stands until unlock. */
bool follow_can(const struct repo *r, const struct ledger *l, const char *id,
    const struct message *m, struct follow_no *no, struct arena *a);

/* What is shown of a message's state: of an attempt that is over, `queued' is
 * refused (over) and what was being handed over is `unsure'. */
const char *follow_state(const struct attempt *at, const struct message *m,
    const char **why);

/* What was sent to an attempt and was not taken: is still on its way, or will not
 * arrive.  Of what was refused while it lived only what is newer than all that it
 * took: after that somebody found another way. */
struct follow_left {
	size_t n;
	int64_t sent;               /* the oldest, in wall seconds */
	const char *by, *text;      /* who sent that, and how it begins, or NULL */
	const char *state, *why;    /* what became of it; why may be NULL */
	size_t bad;                 /* besides: files in the inbox that cannot be read */
};
void follow_left(const struct repo *r, const struct attempt *at,
    enum inbox_part part, struct follow_left *left, struct arena *a);

/* Fill v (M_N pointers, in a); kept is what keeps queued ones, or NULL. */
void follow_record(const struct attempt *at, const struct message *m,
    const char *kept, char **v, struct arena *a);

/* Put a record for each message of the attempt.  The exit status it costs,
 * message printed. */
int follow_list(const struct repo *r, const struct attempt *at,
    struct rec_out *out, struct arena *a);

/* Wait, at most until (as clock_boot_ms), for what becomes of m, which is kept
 * up to date: EXIT_OK when it was taken, EXIT_NONE when it will not be,
 * EXIT_RETRY when it is on its way still. */
int follow_await(const struct repo *r, struct journal *j, const struct attempt *at,
    struct message *m, int64_t until, struct arena *a);

#endif
