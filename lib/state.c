#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "run.h"

static const char *const task_names[TS_N] = {
	[TS_READY] = "ready", [TS_WAITING] = "waiting", [TS_HELD] = "held",
	[TS_BACKOFF] = "backoff", [TS_PARKED] = "parked",
	[TS_CLAIMED] = "claimed", [TS_RUNNING] = "running",
	[TS_EXITED] = "exited", [TS_REVIEW] = "review", [TS_LANDED] = "landed",
	[TS_DONE] = "done", [TS_CANCELLED] = "cancelled", [TS_DRAFT] = "draft",
	[TS_INVALID] = "invalid",
};

const char *
task_state_name(enum task_state s)
{
	return task_names[s];
}

int
task_state_parse(const char *s, enum task_state *out)
{
	for (int i = 0; i < TS_N; i++)
		if (strcmp(task_names[i], s) == 0) {
			*out = (enum task_state)i;
			return 0;
		}
	return -1;
}

static void
because(struct buf *why, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
because(struct buf *why, const char *fmt, ...)
{
	va_list ap;

	if (why->len)
		buf_addch(why, ',');
	va_start(ap, fmt);
	buf_vaddf(why, fmt, ap);
	va_end(ap);
}

void
state_add_word(struct buf *b, const char *s)
{
	size_t n = strlen(s);
	char *out = buf_room(b, n);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		out[i] = c <= ' ' || c == ',' || c == '=' || c == 0x7f ? '_' : s[i];
	}
	buf_setlen(b, b->len + n);
}

static bool
edited_since(const struct world *w, const struct task *t, const struct attempt *at)
{
	char now[17];
	uint64_t h;

	if (!at->body || task_body_hash(w->tasks, t, &h) < 0)
		return false;
	snprintf(now, sizeof now, "%016llx", (unsigned long long)h);
	return strcmp(now, at->body) != 0;
}

/* Seconds to wait after k failures. */
static int64_t
backoff(const struct config *c, int64_t k)
{
	int64_t s = c->backoff_base;

	while (--k > 0 && s < c->backoff_max)
		s *= 2;
	return s < c->backoff_max ? s : c->backoff_max;
}

/* What a person marked the task with, as far as that holds now. */
static enum intent
intent_of(const struct world *w, const struct ledger *l)
{
	if (!l || (l->hold_until >= 0 && l->hold_until <= w->now))
		return IN_NONE;
	return l->intent;
}

/* The file's word, or the one that a mark put in its place. */
static enum status_word
word_of(const struct world *w, const struct task *t, const struct ledger *l)
{
	return intent_of(w, l) == IN_QUEUED ? ST_READY : t->word;
}

/* After a failed attempt: parked, in back-off, or free to go (-1). */
static int
after_failure(const struct world *w, const struct task *t,
    const struct attempt *at, int64_t failed, struct buf *why)
{
	/* No boot id: the exit record has only wall time. */
	struct stamp when = at->state == AT_EXITED ? at->ended :
	    (struct stamp){ .wall = failed };
	int64_t used = at->task->used, wait = backoff(w->config, used);
	char until[CLOCK_TEXT];

	if (edited_since(w, t, at))
		return -1;
	if (used >= w->config->attempts) {
		because(why, "attempts:%lld/%lld", (long long)used,
		    (long long)w->config->attempts);
		return TS_PARKED;
	}
	if (stamp_age(&when) >= wait)
		return -1;
	because(why, "backoff:until=%s", clock_format(when.wall + wait, until));
	return TS_BACKOFF;
}

/* An attempt that is over, as v shows it: the task's state, or -1 when the
 * file decides again. */
static int
after_end(const struct world *w, const struct task *t, const struct attempt *at,
    const struct run_verdict *v, struct buf *why)
{
	if (at->task->unparked)
		return -1;
	if (v->state == RS_INTERRUPTED || v->state == RS_KILLED) {
		because(why, "interrupted:%lld", (long long)at->n);
		return TS_EXITED;
	}
	if (v->code == 0 && v->signal == 0) {
		bool commits = v->tip && at->base && strcmp(v->tip, at->base) != 0;

		if (commits || (v->report && strcmp(v->report, "done") == 0))
			return TS_REVIEW;
		because(why, "unreconciled:%lld", (long long)at->n);
		return TS_EXITED;
	}
	if (t->word != ST_IN_PROGRESS && word_of(w, t, at->task) != ST_READY)
		return -1;
	return after_failure(w, t, at, v->since, why);
}

/* What the attempts say about the task's state; -1: nothing, the file decides. */
static int
from_attempts(const struct world *w, const struct task *t, struct buf *why)
{
	const struct ledger *l = journal_task(w->journal, t->id);
	const struct attempt *at = l ? l->newest : NULL;
	struct arena a = { 0 };
	struct run_verdict v;
	int s = -1;

	if (!at)
		return -1;
	if (ledger_landed(l))
		return TS_LANDED;
	if (at->state == AT_CLAIMED)
		return TS_CLAIMED;
	if (at->state == AT_RELEASED &&
	    run_alive(w->repo->statefd, at->id) != LOCK_FREE) {
		because(why, "alive:%lld", (long long)at->n);
		return TS_RUNNING;
	}
	/* One that never ran says nothing; the one before it may. */
	while (at && at->state == AT_RELEASED)
		at = at->older;
	if (!at)
		return -1;
	state_run(w, at, &a, &v);
	switch (v.state) {
	case RS_EXITED:
	case RS_KILLED:
	case RS_INTERRUPTED:
		s = after_end(w, t, at, &v, why);
		break;
	case RS_LINGERING:
		because(why, "alive:%lld", (long long)at->n);
		s = TS_RUNNING;
		break;
	case RS_CLAIMED: case RS_STARTING: case RS_WORKING: case RS_WAITING:
	case RS_IDLE: case RS_STALLED: case RS_ORPHAN: case RS_UNKNOWN:
	case RS_RELEASED: case RS_N:
		s = TS_RUNNING;
		break;
	}
	arena_release(&a);
	return s;
}

static void
held_until(struct buf *why, int64_t t)
{
	char until[CLOCK_TEXT];

	because(why, "hold:until=%s", clock_format(t, until));
}

/* A mark that keeps a task that could start from it; -1: there is none. */
static int
from_mark(const struct world *w, const struct ledger *l, struct buf *why)
{
	switch (intent_of(w, l)) {
	case IN_HELD:
		if (l->hold_until >= 0)
			held_until(why, l->hold_until);
		else
			because(why, "hold:marked");
		return TS_HELD;
	case IN_PARKED:
		because(why, "park:marked");
		return TS_PARKED;
	case IN_NONE: case IN_QUEUED:
		break;
	}
	return -1;
}

/* What the journal says about the task's state; -1: the file decides. */
static int
from_journal(const struct world *w, const struct task *t, struct buf *why)
{
	int s = from_attempts(w, t, why), marked;

	/* A mark is about the next attempt, not about what became of the last. */
	if (s >= 0 && s != TS_BACKOFF && s != TS_PARKED)
		return s;
	marked = from_mark(w, journal_task(w->journal, t->id), why);
	return marked >= 0 ? marked : s;
}

bool
state_closed(const struct world *w, const char *id)
{
	return tasks_closed(w->tasks, id);
}

bool
state_satisfied(const struct world *w, const struct task *t)
{
	const struct ledger *l;

	if (t->error)
		return false;
	if (t->word == ST_DONE)
		return true;
	l = journal_task(w->journal, t->id);
	return l && ledger_landed(l);
}

static const char *
dep_word(const struct world *w, const struct task *dep)
{
	struct buf ignored = BUF_INIT;
	int s;

	if (dep->error)
		return "invalid";
	if (dep->word == ST_DONE || dep->word == ST_CANCELLED)
		return status_word_name(dep->word);
	s = from_journal(w, dep, &ignored);
	buf_release(&ignored);
	if (s >= 0)
		return task_names[s];
	return status_word_name(word_of(w, dep, journal_task(w->journal, dep->id)));
}

/* A task may be named twice, in two ways. */
static bool
named_before(const struct task *t, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (t->dep_task[k] == t->dep_task[i])
			return true;
	return false;
}

static void
dependencies(const struct world *w, const struct task *t, struct buf *why)
{
	if (t->cycle)
		because(why, "cycle:%s", t->cycle);
	for (size_t i = 0; i < t->n_edge; i++) {
		const struct task *dep = t->dep_task[i];

		if (dep && (state_satisfied(w, dep) || named_before(t, i)))
			continue;
		/* The cycle has named it. */
		if (dep && t->cycle && dep->cycle && strcmp(t->cycle, dep->cycle) == 0)
			continue;
		because(why, "dep:");
		state_add_word(why, dep ? dep->id : t->dep[i]);
		buf_addch(why, '=');
		buf_addstr(why, dep ? dep_word(w, dep) :
		    t->dep_ambiguous[i] ? "ambiguous" : "missing");
	}
}

static enum task_state
from_file(const struct world *w, const struct task *t, const struct ledger *l,
    struct buf *why)
{
	bool queued = intent_of(w, l) == IN_QUEUED;
	enum task_state s;

	switch (word_of(w, t, l)) {
	case ST_DRAFT:     return TS_DRAFT;
	case ST_DONE:      return TS_DONE;
	case ST_CANCELLED: return TS_CANCELLED;
	case ST_BLOCKED:
		because(why, "status:blocked");
		return TS_HELD;
	case ST_IN_PROGRESS:
		/* With an attempt of ours it is our worker's own word. */
		if (l && l->newest)
			break;
		because(why, "status:in_progress");
		return TS_HELD;
	case ST_READY:
	case ST_NWORDS:
		break;
	}
	if (t->hold_until > w->now && !queued) {
		held_until(why, t->hold_until);
		return TS_HELD;
	}
	dependencies(w, t, why);
	for (size_t i = 0; i < t->n_gate; i++) {
		struct buf name = BUF_INIT;

		state_add_word(&name, t->gate[i]);
		because(why, "gate:%s=unknown", name.s);
		buf_release(&name);
	}
	s = why->len ? TS_WAITING : TS_READY;
	if (queued)
		because(why, "mark:queued");
	return s;
}

enum task_state
state_task(const struct world *w, const struct task *t, struct buf *why)
{
	const struct ledger *l = journal_task(w->journal, t->id);
	int s;

	buf_reset(why);
	if (t->error) {
		because(why, "invalid:%s", t->fault);
		return TS_INVALID;
	}
	if (t->word == ST_DONE)
		return TS_DONE;
	if (t->word == ST_CANCELLED)
		return TS_CANCELLED;
	s = from_journal(w, t, why);
	return s >= 0 ? (enum task_state)s : from_file(w, t, l, why);
}
