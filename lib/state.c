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

static const char *const run_names[RS_N] = {
	[RS_CLAIMED] = "claimed", [RS_STARTING] = "starting",
	[RS_WORKING] = "working", [RS_WAITING] = "waiting", [RS_IDLE] = "idle",
	[RS_STALLED] = "stalled", [RS_LINGERING] = "lingering",
	[RS_ORPHAN] = "orphan", [RS_EXITED] = "exited", [RS_KILLED] = "killed",
	[RS_INTERRUPTED] = "interrupted", [RS_RELEASED] = "released",
	[RS_UNKNOWN] = "unknown",
};

static int
find(const char *const *names, int n, const char *s)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return -1;
}

const char *
task_state_name(enum task_state s)
{
	return task_names[s];
}

int
task_state_parse(const char *s, enum task_state *out)
{
	int i = find(task_names, TS_N, s);

	if (i >= 0)
		*out = (enum task_state)i;
	return i < 0 ? -1 : 0;
}

const char *
run_state_name(enum run_state s)
{
	return run_names[s];
}

int
run_state_parse(const char *s, enum run_state *out)
{
	int i = find(run_names, RS_N, s);

	if (i >= 0)
		*out = (enum run_state)i;
	return i < 0 ? -1 : 0;
}

/* --- attempts --- */

/* False only if that process is surely gone: one that ran under another boot
 * is, one in another pid namespace cannot be seen from here. */
static bool
may_live(const struct attempt *at, const struct proc_id *id)
{
	if (id->pid <= 0)
		return false;
	if (strcmp(at->started.boot, clock_boot_id()) != 0)
		return false;
	if (at->pidns && proc_pidns() && at->pidns != proc_pidns())
		return true;
	return proc_lives(id);
}

static void
say(struct run_verdict *v, enum run_state s, const char *evidence, int64_t since)
{
	v->state = s;
	v->evidence = evidence;
	v->since = since;
}

static void
ended(struct run_verdict *v, const char *cause, const char *evidence, int64_t since)
{
	bool person = cause && (strcmp(cause, "closed") == 0 ||
	    strcmp(cause, "stopped") == 0);

	say(v, person ? RS_KILLED : RS_EXITED, evidence, since);
	if (v->alive)
		say(v, RS_LINGERING, "lock", since);
}

static void
from_exit_record(struct run_verdict *v, const struct exit_record *e,
    struct arena *a)
{
	v->code = e->code;
	v->signal = e->signal;
	v->cause = *e->cause ? arena_strdup(a, e->cause) : NULL;
	v->tip = *e->tip ? arena_strdup(a, e->tip) : NULL;
	v->report = *e->report ? arena_strdup(a, e->report) : NULL;
}

/* The supervisor lives and nothing has ended: what does it say? */
static void
from_status(const struct attempt *at, int dir, struct arena *a,
    struct run_verdict *v)
{
	struct run_status st;
	const char *word = NULL, *text = NULL;
	enum run_state s;
	bool lost = at->server.pid > 0 && !may_live(at, &at->server);

	say(v, RS_STARTING, "journal", at->started.wall);
	if (dir < 0 || run_status_read(dir, &st, a) < 0) {
		if (lost)
			say(v, RS_ORPHAN, "process", at->started.wall);
		return;
	}
	v->text = st.text;
	if (lost || strcmp(st.state, "terminal-lost") == 0) {
		say(v, RS_ORPHAN, lost ? "process" : "status-file", st.since);
		return;
	}
	if (run_state_parse(st.state, &s) < 0)
		s = RS_UNKNOWN;
	say(v, s, "status-file", st.since);
	if (run_report_read(dir, &word, &text, a) == 0 &&
	    strcmp(word, "waiting") == 0) {
		v->state = RS_WAITING;
		v->text = text ? text : v->text;
	}
}

/* The journal says running; is it? */
static void
running(const struct attempt *at, int dir, struct arena *a, struct run_verdict *v)
{
	struct exit_record e;
	bool supervised = may_live(at, &at->pid);

	if (dir >= 0 && run_exit_read(dir, &e) == 0) {
		from_exit_record(v, &e, a);
		/* A supervisor that has written its record and not yet gone is
		 * not something left behind. */
		if (supervised)
			v->alive = false;
		ended(v, v->cause, "exit-record", e.time);
	} else if (!v->alive) {
		say(v, RS_INTERRUPTED, "lock", at->started.wall);
	} else if (supervised) {
		from_status(at, dir, a, v);
	} else {
		bool agent = v->agent.pid > 0 && may_live(at, &v->agent);

		say(v, agent ? RS_ORPHAN : RS_LINGERING, "lock", at->started.wall);
	}
}

static void
claimed(const struct world *w, const struct attempt *at, struct run_verdict *v)
{
	enum lock_state disp = run_disp(w->repo->statefd, at->id, at->n);

	if (v->alive)
		say(v, RS_STARTING, "lock", at->claimed.wall);
	else if (disp == LOCK_FREE)
		say(v, RS_UNKNOWN, "lock", at->claimed.wall);
	else
		say(v, RS_CLAIMED, "lock", at->claimed.wall);
}

void
state_run(const struct world *w, const struct attempt *at, struct arena *a,
    struct run_verdict *v)
{
	int dir = run_dir(w->repo->statefd, at->id, at->n, false);
	bool newest = at->task->newest == at;

	*v = (struct run_verdict){ .code = at->code, .signal = at->signal,
	    .cause = at->cause, .tip = at->tip, .report = at->report,
	    .last = dir < 0 ? -1 : run_log_age(dir) };
	/* Only the newest attempt can be the one that lives. */
	v->alive = newest && run_alive(w->repo->statefd, at->id) != LOCK_FREE;
	if (dir >= 0)
		(void)run_agent_read(dir, &v->agent);
	switch (at->state) {
	case AT_CLAIMED:
		claimed(w, at, v);
		break;
	case AT_RUNNING:
		running(at, dir, a, v);
		break;
	case AT_EXITED:
		/* A supervisor about to go is not something left behind. */
		if (may_live(at, &at->pid))
			v->alive = false;
		ended(v, at->cause, "journal", at->ended.wall);
		break;
	case AT_RELEASED:
		say(v, RS_RELEASED, "journal", at->ended.wall);
		break;
	case AT_INTERRUPTED:
		say(v, v->alive ? RS_LINGERING : RS_INTERRUPTED,
		    v->alive ? "lock" : "journal", at->ended.wall);
		break;
	}
	if (dir >= 0)
		close(dir);
}

bool
state_occupies(const struct world *w, const struct attempt *at)
{
	if (at->state == AT_CLAIMED || at->state == AT_RUNNING)
		return true;
	return run_alive(w->repo->statefd, at->id) != LOCK_FREE;
}

/* --- tasks --- */

static void
because(struct buf *why, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
because(struct buf *why, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die_errno(EXIT_RETRY, "cannot format a message");
	va_end(ap);
	if (why->len)
		buf_addch(why, ',');
	buf_addstr(why, s);
	free(s);
}

/* A name that somebody wrote, as one machine word. */
static void
add_word(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		buf_addch(b, c <= ' ' || c == ',' || c == '=' || c == 0x7f ? '_' : c);
	}
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
	if (t->word != ST_READY && t->word != ST_IN_PROGRESS)
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
	for (const struct attempt *any = at; any; any = any->older)
		if (any->proof)
			return TS_LANDED;
	if (at->state == AT_CLAIMED)
		return TS_CLAIMED;
	if (at->state != AT_RUNNING &&
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
	case RS_CLAIMED: case RS_STARTING: case RS_WORKING: case RS_WAITING:
	case RS_IDLE: case RS_STALLED: case RS_LINGERING: case RS_ORPHAN:
	case RS_UNKNOWN: case RS_RELEASED: case RS_N:
		s = TS_RUNNING;
		break;
	}
	arena_release(&a);
	return s;
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
	for (const struct attempt *at = l ? l->newest : NULL; at; at = at->older)
		if (at->proof)
			return true;
	return false;
}

static const char *
dep_word(const struct world *w, const struct task *dep)
{
	struct buf ignored = BUF_INIT;
	int s;

	if (dep->error)
		return "invalid";
	s = dep->word == ST_DONE || dep->word == ST_CANCELLED ? -1 :
	    from_attempts(w, dep, &ignored);
	buf_release(&ignored);
	return s < 0 ? status_word_name(dep->word) : task_names[s];
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
	for (size_t i = 0; i < t->n_dep; i++) {
		const struct task *dep = t->dep_task ? t->dep_task[i] : NULL;
		struct buf name = BUF_INIT;

		if (dep && (state_satisfied(w, dep) || named_before(t, i)))
			continue;
		/* The cycle has named it. */
		if (dep && t->cycle && dep->cycle && strcmp(t->cycle, dep->cycle) == 0)
			continue;
		add_word(&name, dep ? dep->id : t->dep[i]);
		because(why, "dep:%s=%s", name.s, dep ? dep_word(w, dep) :
		    t->dep_ambiguous && t->dep_ambiguous[i] ? "ambiguous" : "missing");
		buf_release(&name);
	}
}

static enum task_state
from_file(const struct world *w, const struct task *t, bool tried, struct buf *why)
{
	char until[CLOCK_TEXT];

	switch (t->word) {
	case ST_DRAFT:     return TS_DRAFT;
	case ST_DONE:      return TS_DONE;
	case ST_CANCELLED: return TS_CANCELLED;
	case ST_BLOCKED:
		because(why, "status:blocked");
		return TS_HELD;
	case ST_IN_PROGRESS:
		/* With an attempt of ours it is our worker's own word. */
		if (tried)
			break;
		because(why, "status:in_progress");
		return TS_HELD;
	case ST_READY:
	case ST_NWORDS:
		break;
	}
	if (t->hold_until > w->now) {
		because(why, "hold:until=%s", clock_format(t->hold_until, until));
		return TS_HELD;
	}
	dependencies(w, t, why);
	for (size_t i = 0; i < t->n_gate; i++) {
		struct buf name = BUF_INIT;

		add_word(&name, t->gate[i]);
		because(why, "gate:%s=unknown", name.s);
		buf_release(&name);
	}
	return why->len ? TS_WAITING : TS_READY;
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
	s = from_attempts(w, t, why);
	if (s >= 0)
		return (enum task_state)s;
	return from_file(w, t, l && l->newest, why);
}
