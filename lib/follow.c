#include "follow.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "about.h"
#include "clock.h"
#include "named.h"
#include "resume.h"
#include "run.h"
#include "wake.h"

enum { SHOWN_MAX = 200, LOOK_MS = 1000, SETTLE_MS = 20 };

const struct ledger *
follow_task(const struct journal *j, const char *name)
{
	struct named m;
	const struct ledger *found;

	named_begin(&m, name);
	for (const struct ledger *t = j->first; t; t = t->next)
		named_offer(&m, t->id, t->newest ? t->newest->file : NULL, t);
	found = named_end(&m);
	if (!found && m.n == 0)
		warn("%s: no task of that name was ever started", name);
	return found;
}

static bool
no_because(struct follow_no *no, const char *code, const char *fact,
    const char *help)
{
	*no = (struct follow_no){ code, fact, help };
	return false;
}

/* Is somebody on the way to run it? */
static bool
is_starting(const struct repo *r, const struct attempt *at)
{
	return run_disp(r->statefd, at->id, at->n) != LOCK_FREE ||
	    run_alive(r->statefd, at->id) != LOCK_FREE;
}

/* Can a headless agent be run again with it? */
static bool
fits(const struct repo *r, const struct attempt *at, const struct message *m,
    struct follow_no *no, struct arena *a)
{
	int dir = run_dir(r->statefd, at->id, at->n, false);
	struct run_about about;
	int known = dir < 0 ? -1 : run_about_read(dir, &about, a);

	if (dir >= 0)
		close(dir);
	/* Not written yet: the supervisor will tell. */
	if (known < 0 || strcmp(about.mode, "headless") != 0)
		return true;
	if (!about.resume)
		return no_because(no, "no-resume", arena_printf(a, "agent '%s' is "
		    "headless, and its profile does not tell how to resume it",
		    about.agent), NULL);
	if (resume_unfit(about.resume, m->len))
		return no_because(no, "argument", arena_printf(a, "%zu bytes, and agent "
		    "'%s' is given it as an argument, of which the system takes %d; "
		    "put the text into a file and name that", m->len, about.agent,
		    RESUME_ARG_MAX), NULL);
	return true;
}

bool
follow_can(const struct repo *r, const struct ledger *l, const char *id,
    const struct message *m, struct follow_no *no, struct arena *a)
{
	const struct attempt *at = l ? l->newest : NULL;
	const char *again = arena_printf(a, "jared-mark unpark %s && "
	    "jared-dispatch %s", id, id);

	if (!at)
		return no_because(no, "never-started", "it was never started",
		    arena_printf(a, "jared-dispatch %s", id));
	if (attempt_is_over(at))
		return no_because(no, "over", arena_printf(a, "attempt %lld is over",
		    (long long)at->n), at->proof ? NULL : again);
	if (at->state == AT_CLAIMED && !is_starting(r, at))
		return no_because(no, "gone", "its start was given up",
		    "jared-dispatch --reap");
	if (at->state == AT_RUNNING && !state_supervised(at))
		return no_because(no, "gone", "its supervisor is gone, so nobody "
		    "could hand it over", "jared-dispatch --reap");
	return fits(r, at, m, no, a);
}

const char *
follow_state(const struct attempt *at, const struct message *m, const char **why)
{
	bool done = attempt_is_over(at) || (at->state == AT_RUNNING && !state_supervised(at));

	*why = m->why;
	if (done && m->state == MESSAGE_QUEUED) {
		*why = "over";
		return message_state_name(MESSAGE_REFUSED);
	}
	if (done && (m->state == MESSAGE_TYPING || m->state == MESSAGE_TYPED)) {
		*why = m->state == MESSAGE_TYPING ? "cut-off" : "unconfirmed";
		return "unsure";
	}
	return message_state_name(m->state);
}

/* The beginning of a message, as characters. */
static char *
beginning(const struct message *m, struct arena *a)
{
	size_t n = m->len < SHOWN_MAX ? m->len : SHOWN_MAX;

	while (n > 0 && n < m->len && ((unsigned char)m->text[n] & 0xc0) == 0x80)
		n--;
	return arena_strndup(a, m->text, n);
}

void
follow_left(const struct repo *r, const struct attempt *at, enum inbox_part part,
    struct follow_left *left, struct arena *a)
{
	int dir = run_dir(r->statefd, at->id, at->n, false), n;
	const struct message *oldest = NULL;
	struct message *m;
	bool took = false;

	*left = (struct follow_left){ .n = 0 };
	if (dir < 0)
		return;
	n = inbox_list(dir, part, &m, &left->bad, a);
	if (n < 0)
		left->bad = 1;
	while (n-- > 0) {
		took |= m[n].state == MESSAGE_TAKEN;
		if (m[n].state == MESSAGE_TAKEN || (m[n].state == MESSAGE_REFUSED && took))
			continue;
		oldest = &m[n];
		left->n++;
	}
	if (oldest) {
		left->sent = oldest->sent;
		left->by = oldest->by;
		left->text = oldest->text ? beginning(oldest, a) : NULL;
		left->state = follow_state(at, oldest, &left->why);
		if (oldest->state == MESSAGE_QUEUED && !left->why)
			left->why = inbox_kept(dir, a);
	}
	close(dir);
}

static char *
when(int64_t t, struct arena *a)
{
	char text[CLOCK_TEXT];

	return t ? arena_strdup(a, clock_format(t, text)) : NULL;
}

void
follow_record(const struct attempt *at, const struct message *m, const char *kept,
    char **v, struct arena *a)
{
	const char *why, *state = follow_state(at, m, &why);

	if (m->state == MESSAGE_QUEUED && !why)
		why = kept;
	v[M_ID] = arena_strdup(a, at->id);
	v[M_ATTEMPT] = arena_printf(a, "%lld", (long long)at->n);
	v[M_MESSAGE] = m->number ?
	    arena_printf(a, "%lld", (long long)m->number) : NULL;
	v[M_STATE] = arena_strdup(a, state);
	v[M_SINCE] = when(m->since, a);
	v[M_WHEN] = arena_strdup(a, m->now ? "now" : "idle");
	v[M_SENT] = when(m->sent, a);
	v[M_BY] = arena_strdup(a, m->by);
	v[M_BYTES] = arena_printf(a, "%zu", m->len);
	v[M_WHY] = why ? arena_strdup(a, why) : NULL;
	v[M_TEXT] = beginning(m, a);
}

int
follow_list(const struct repo *r, const struct attempt *at, struct rec_out *out,
    struct arena *a)
{
	int n, dir = run_dir(r->statefd, at->id, at->n, false);
	struct message *m;
	size_t bad = 0;
	char *v[M_N];

	if (dir < 0 && errno == ENOENT)
		return EXIT_OK;
	n = dir < 0 ? -1 : inbox_list(dir, INBOX_WHOLE, &m, &bad, a);
	if (n < 0)
		warn_errno("%s.%lld: cannot read its inbox", at->id, (long long)at->n);
	if (bad)
		warn("%s.%lld: %zu files in its inbox are no messages", at->id,
		    (long long)at->n, bad);
	for (int i = 0; i < n; i++) {
		follow_record(at, &m[i], inbox_kept(dir, a), v, a);
		rec_put(out, v);
	}
	if (dir >= 0)
		close(dir);
	return n < 0 || bad ? EXIT_FAIL : EXIT_OK;
}

/* As it is on the disk now.  True if all has become of it that will. */
static bool
look_again(const struct repo *r, const struct attempt *at, struct message *m,
    struct arena *a)
{
	int dir = run_dir(r->statefd, at->id, at->n, false);
	struct message *all;
	const char *why;

	for (int n = dir < 0 ? 0 : inbox_list(dir, INBOX_WHOLE, &all, NULL, a); n > 0; n--)
		if (all[n - 1].number == m->number)
			*m = all[n - 1];
	if (dir >= 0)
		close(dir);
	return m->state == MESSAGE_TAKEN || m->state == MESSAGE_REFUSED ||
	    strcmp(follow_state(at, m, &why), message_state_name(m->state)) != 0;
}

int
follow_await(const struct repo *r, struct journal *j, const struct attempt *at,
    struct message *m, int64_t until, struct arena *a)
{
	char *handled = arena_printf(a, "%s/run/%s.%lld/handled", r->state, at->id,
	    (long long)at->n);
	struct wake w;
	int64_t left;
	bool settled;

	wake_init(&w);
	do {
		wake_dir(&w, handled, WAKE_CLOSED);
		(void)journal_refresh(j);
		settled = look_again(r, at, m, a);
		left = until - clock_boot_ms();
	} while (!settled && left > 0 && wake_wait(&w,
	    left < LOOK_MS ? (int)left : LOOK_MS, SETTLE_MS, STDOUT_FILENO) == 0);
	wake_release(&w);
	return m->state == MESSAGE_TAKEN ? EXIT_OK : settled ? EXIT_NONE : EXIT_RETRY;
}
