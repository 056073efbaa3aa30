#include "tell.h"

#include <string.h>

#include "clock.h"

static const char *
keep(struct buf *b, struct arena *a)
{
	const char *s = arena_strndup(a, b->s, b->len);

	buf_release(b);
	return s;
}

const char *
tell_file(const struct task *t, struct arena *a)
{
	if (t->error)
		return t->error;
	if (!t->status || strcmp(t->status, status_word_name(t->word)) == 0)
		return t->file;
	return arena_printf(a, "%s: status %s", t->file, t->status);
}

const char *
tell_mark(const struct ledger *l, struct arena *a)
{
	char time[CLOCK_TEXT];
	struct buf b = BUF_INIT;

	buf_addf(&b, "by %s at %s", l->marked_by ? l->marked_by : "?",
	    clock_format(l->marked, time));
	if (l->hold_until >= 0)
		buf_addf(&b, ", until %s", clock_format(l->hold_until, time));
	return keep(&b, a);
}

const char *
tell_attempt(const struct attempt *at, const struct run_verdict *v, struct arena *a)
{
	bool over = v->state == RS_EXITED || v->state == RS_KILLED;
	char since[CLOCK_TEXT];
	struct buf b = BUF_INIT;

	buf_addf(&b, "%lld: since %s by %s", (long long)at->n,
	    clock_format(v->since, since), v->evidence);
	if (v->reason && !over)
		buf_addf(&b, ", %s", v->reason);
	if (over && v->signal)
		buf_addf(&b, ", exit sig%d", v->signal);
	else if (over && v->code >= 0)
		buf_addf(&b, ", exit %d", v->code);
	if (v->reason && over)
		buf_addf(&b, " (%s)", v->reason);
	if (v->report)
		buf_addf(&b, ", reported %s", v->report);
	if (v->text)
		buf_addf(&b, ", says %s", v->text);
	if (at->proof)
		buf_addf(&b, ", landed by %s", at->proof);
	return keep(&b, a);
}

const char *
tell_left(const struct attempt *at, const struct follow_left *left, struct arena *a)
{
	char sent[CLOCK_TEXT];
	struct buf b = BUF_INIT;

	buf_addf(&b, "%lld: ", (long long)at->n);
	if (left->bad)
		buf_addf(&b, "%zu in its inbox cannot be read%s", left->bad,
		    left->n ? "; " : "");
	if (left->n)
		buf_addf(&b, "%zu message%s not taken since %s%s%s%s, %sfrom %s: %s",
		    left->n, left->n == 1 ? "" : "s", clock_format(left->sent, sent),
		    left->why ? " (" : "", left->why ? left->why : "",
		    left->why ? ")" : "", left->n == 1 ? "" : "the first ",
		    left->by, left->text);
	return keep(&b, a);
}

const char *
tell_run(char *const *v, struct arena *a)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b, v[R_ATTEMPT]);
	if (v[R_SINCE])
		buf_addf(&b, ": since %s", v[R_SINCE]);
	if (v[R_EVIDENCE])
		buf_addf(&b, " by %s", v[R_EVIDENCE]);
	if (v[R_EXIT])
		buf_addf(&b, ", exit %s", v[R_EXIT]);
	if (v[R_MESSAGES])
		buf_addf(&b, ", messages not taken: %s", v[R_MESSAGES]);
	if (v[R_SENT])
		buf_addf(&b, ", since %s", v[R_SENT]);
	return keep(&b, a);
}

const char *
tell_task(const char *id, const char *waits, struct arena *a)
{
	return *waits ? arena_printf(a, "%s: %s", id, waits) : id;
}
