#include "overview.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "num.h"
#include "setup.h"

enum { RECENT = 86400 };

static const char *const group_names[GROUP_N] = {
	[GROUP_ATTENTION] = "attention", [GROUP_ACTIVE] = "active",
	[GROUP_MERGE] = "merge", [GROUP_READY] = "ready",
	[GROUP_WAITING] = "waiting", [GROUP_FINISHED] = "finished",
	[GROUP_OTHER] = "other",
};

const char *
group_name(enum group g)
{
	return group_names[g];
}

/* --- one task --- */

/* Its signals of at least that tier, comma-joined, and since when the oldest is
 * seen; NULL: none.  They are in the order of ids. */
static const char *
signals_of(struct overview *o, const struct snap *s, const char *id, int64_t least,
    int64_t *since)
{
	const char *all = NULL;
	int64_t tier, when;

	for (size_t i = 0; i < s->signal.n; i++) {
		char *const *v = s->signal.v[i];

		if (strcmp(v[G_ID], id) != 0 || num_parse(v[G_TIER], 0, 9, &tier) < 0 ||
		    tier < least)
			continue;
		if (clock_parse(v[G_SINCE], &when) == 0 && (!all || when < *since))
			*since = when;
		all = all ? arena_printf(&o->arena, "%s,%s", all, v[G_CODE]) : v[G_CODE];
	}
	return all;
}

/* Waits for what will not come by itself. */
static bool
waits_in_vain(const char *waits)
{
	static const char *const words[] = { "cycle:", "=missing", "=ambiguous",
		"=cancelled", "=invalid" };

	for (size_t i = 0; waits && i < sizeof words / sizeof *words; i++)
		if (strstr(waits, words[i]))
			return true;
	return false;
}

/* urgent: it has a signal that only a person can answer. */
static enum group
group_of(enum task_state s, const char *waits, bool urgent)
{
	switch (s) {
	case TS_INVALID: case TS_EXITED:
		return GROUP_ATTENTION;
	case TS_LANDED: case TS_DONE:
		return GROUP_FINISHED;
	case TS_CANCELLED: case TS_DRAFT: case TS_N:
		return GROUP_OTHER;
	case TS_CLAIMED: case TS_RUNNING: case TS_REVIEW: case TS_READY:
	case TS_PARKED: case TS_WAITING: case TS_HELD: case TS_BACKOFF:
		break;
	}
	if (urgent || (s == TS_WAITING && waits_in_vain(waits)))
		return GROUP_ATTENTION;
	if (s == TS_CLAIMED || s == TS_RUNNING)
		return GROUP_ACTIVE;
	if (s == TS_REVIEW)
		return GROUP_MERGE;
	return s == TS_READY ? GROUP_READY : GROUP_WAITING;
}

static bool
has(const char *list, const char *word)
{
	return list && strstr(list, word);
}

static bool
is(const char *value, const char *word)
{
	return value && strcmp(value, word) == 0;
}

/* Did its last attempt end with commits of its own? */
static bool
has_commits(const struct journal *j, const char *id)
{
	const struct ledger *l = j ? journal_task(j, id) : NULL;
	const struct attempt *at = l ? l->newest : NULL;

	while (at && at->state == AT_RELEASED)
		at = at->older;
	return at && at->tip && at->base && strcmp(at->tip, at->base) != 0;
}

/* There is nothing to merge where nothing was committed, or all is merged: then
 * the next beat will say that it has landed. */
static const char *
remedy_of_review(struct overview *o, const struct overview_row *r, char *const *run,
    const struct journal *j)
{
	struct arena *a = &o->arena;

	if (!run || !run[R_BRANCH])
		return NULL;
	if (!is(run[R_AHEAD], "0"))
		return arena_printf(a, "git merge %s", run[R_BRANCH]);
	if (has_commits(j, r->id))
		return "jared heartbeat";
	if (!is(run[R_DIRTY], "1"))
		return arena_printf(a, "jared task done %s", r->id);
	return run[R_WORKTREE] ? setup_shown((const char *const[]){ "git", "-C",
	    run[R_WORKTREE], "status", NULL }, a) : arena_printf(a, "jared log %s", r->id);
}

static const char *
remedy(struct overview *o, const struct overview_row *r, char *const *run,
    const char *waits, const struct journal *j)
{
	struct arena *a = &o->arena;

	if (r->group == GROUP_MERGE)
		return remedy_of_review(o, r, run, j);
	if (r->group != GROUP_ATTENTION)
		return NULL;
	if (strcmp(r->state, "invalid") == 0)
		return "jared task check";
	if (has(r->why, "status:done") || has(r->why, "status:cancelled"))
		return arena_printf(a, "jared kill %s", r->id);
	if (has(r->why, "waiting_for_input") || has(r->why, "stalled"))
		return arena_printf(a, "jared attach %s", r->id);
	if (has(waits, "interrupted:"))
		return arena_printf(a, "jared mark unpark %s", r->id);
	if (has(waits, "unreconciled:") || has(waits, "attempts:"))
		return arena_printf(a, "jared log %s; jared mark unpark %s", r->id, r->id);
	return arena_printf(a, "jared why %s", r->id);
}

/* When it landed, or else when its last attempt ended; -1: not known. */
static int64_t
finished_at(const struct journal *j, const char *id)
{
	const struct ledger *l = j ? journal_task(j, id) : NULL;
	int64_t when = -1;

	for (const struct attempt *at = l ? l->newest : NULL; at; at = at->older) {
		if (at->proof)
			return at->landed.wall;
		if (when < 0 && at->ended.wall > 0)
			when = at->ended.wall;
	}
	return when;
}

static int
by_id(const void *key, const void *item)
{
	return strcmp(key, (*(char ***)item)[R_ID]);
}

static char **
run_of(const struct snap *s, const char *id)
{
	char ***v = s->run.n ? bsearch(id, s->run.v, s->run.n, sizeof *s->run.v, by_id) :
	    NULL;

	return v ? *v : NULL;
}

static const char *
both(struct overview *o, const char *a, const char *b)
{
	size_t n = a ? strlen(a) : 0;

	if (!a || !b)
		return a ? a : b;
	/* "unreconciled" and "unreconciled:1" */
	if (strncmp(a, b, n) == 0 && b[n] == ':')
		return b;
	return arena_printf(&o->arena, "%s,%s", a, b);
}

static void
set_time(struct overview *o, struct overview_row *r, int64_t now, int64_t since)
{
	char text[CLOCK_TEXT];

	r->since = arena_strdup(&o->arena, clock_format(since, text));
	r->age = now > since ? now - since : 0;
}

static bool
lives(char *const *run)
{
	enum run_state s;

	return run && run_state_parse(run[R_STATE], &s) == 0 && !run_state_is_over(s);
}

/* "messages:2:since=TIME" */
static const char *
messages_of(struct overview *o, char *const *run)
{
	if (!run || !run[R_MESSAGES])
		return NULL;
	return arena_printf(&o->arena, "messages:%s%s%s", run[R_MESSAGES],
	    run[R_SENT] ? ":since=" : "", run[R_SENT] ? run[R_SENT] : "");
}

static void
fill(struct overview *o, struct overview_row *r, const struct snap *s,
    const struct journal *j, char *const *q)
{
	char **run = run_of(s, q[Q_ID]);
	int64_t when, seen = 0;
	const char *urgent = signals_of(o, s, q[Q_ID], SIGN_PERSON, &seen);
	enum task_state state = TS_N;
	bool closed;

	(void)task_state_parse(q[Q_STATE], &state);
	closed = (state == TS_DONE || state == TS_CANCELLED) && lives(run);
	/* What its file says does not end a worker. */
	if (closed)
		state = TS_RUNNING;
	*r = (struct overview_row){ .id = q[Q_ID], .state = q[Q_STATE],
	    .title = q[Q_TITLE], .attempt = q[Q_ATTEMPT], .age = -1 };
	r->group = group_of(state, q[Q_WAITS], urgent != NULL);
	if (q[Q_AGE])
		(void)num_parse(q[Q_AGE], 0, INT64_MAX, &r->age);
	r->why = both(o, signals_of(o, s, q[Q_ID], SIGN_LOOP, &when), q[Q_WAITS]);
	if (closed)
		r->why = both(o, r->why, arena_printf(&o->arena, "status:%s", q[Q_STATE]));
	r->why = both(o, r->why, messages_of(o, run));
	switch (state) {
	case TS_CLAIMED: case TS_RUNNING: case TS_EXITED: case TS_REVIEW:
	case TS_PARKED: case TS_BACKOFF:
		if (!run)
			break;
		/* What the worker is doing says more than that it runs. */
		if (state == TS_RUNNING)
			r->state = run[R_STATE];
		if (run[R_SINCE] && clock_parse(run[R_SINCE], &when) == 0)
			set_time(o, r, s->name.time, when);
		break;
	case TS_LANDED: case TS_DONE:
		when = finished_at(j, r->id);
		if (when >= 0)
			set_time(o, r, s->name.time, when);
		if (when < 0 || s->name.time - when > RECENT)
			r->group = GROUP_OTHER;
		break;
	case TS_READY: case TS_WAITING: case TS_HELD: case TS_CANCELLED:
	case TS_DRAFT: case TS_INVALID: case TS_N:
		break;
	}
	/* How long a person is waited for. */
	if (urgent && r->group == GROUP_ATTENTION)
		set_time(o, r, s->name.time, seen);
	if (r->group == GROUP_MERGE && run && is(run[R_DIRTY], "1"))
		r->why = both(o, r->why, "uncommitted");
	r->remedy = remedy(o, r, run, q[Q_WAITS], j);
}

/* A worker whose task's file is gone, which the queue does not know. */
static void
fill_lost(struct overview *o, struct overview_row *r, const struct snap *s,
    char *const *run)
{
	int64_t when;

	*r = (struct overview_row){ .group = GROUP_ATTENTION, .id = run[R_ID],
	    .state = run[R_STATE], .title = run[R_TITLE],
	    .attempt = run[R_ATTEMPT], .age = -1 };
	if (run[R_SINCE] && clock_parse(run[R_SINCE], &when) == 0)
		set_time(o, r, s->name.time, when);
	r->why = both(o, signals_of(o, s, r->id, SIGN_LOOP, &when), "file:gone");
	r->why = both(o, r->why, messages_of(o, run));
	r->remedy = arena_printf(&o->arena, "jared kill %s", r->id);
}

static bool
is_lost(const struct snap *s, char *const *run)
{
	if (!lives(run))
		return false;
	for (size_t i = 0; i < s->queue.n; i++)
		if (strcmp(s->queue.v[i][Q_ID], run[R_ID]) == 0)
			return false;
	return true;
}

/* Group by group; within one as they are in the queue, what was finished last
 * first. */
static int
by_group(const void *a, const void *b)
{
	const struct overview_row *const *x = a, *const *y = b;

	if ((*x)->group != (*y)->group)
		return (*x)->group < (*y)->group ? -1 : 1;
	if ((*x)->group == GROUP_FINISHED && (*x)->age != (*y)->age)
		return (*x)->age < (*y)->age ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static void
sort(struct overview *o)
{
	struct overview_row *rows = arena_alloc(&o->arena, (o->n + 1) * sizeof *rows);
	struct overview_row **at = arena_alloc(&o->arena, (o->n + 1) * sizeof *at);

	for (size_t i = 0; i < o->n; i++)
		at[i] = &o->row[i];
	qsort(at, o->n, sizeof *at, by_group);
	for (size_t i = 0; i < o->n; i++)
		rows[i] = *at[i];
	o->row = rows;
}

static void
build(struct overview *o, const struct snap *s, const struct journal *j)
{
	*o = (struct overview){ .n = 0 };
	o->row = arena_alloc(&o->arena, (s->queue.n + s->run.n + 1) * sizeof *o->row);
	for (; o->n < s->queue.n; o->n++)
		fill(o, &o->row[o->n], s, j, s->queue.v[o->n]);
	for (size_t i = 0; i < s->run.n; i++)
		if (is_lost(s, s->run.v[i]))
			fill_lost(o, &o->row[o->n++], s, s->run.v[i]);
	sort(o);
	for (size_t i = 0; i < o->n; i++)
		o->count[o->row[i].group]++;
}

/* --- all of it --- */

static const char *
last_beat(struct overview *o, int statefd)
{
	char age[CLOCK_TEXT];
	struct stat st;

	if (statefd < 0 || fstatat(statefd, "beat/last", &st, 0) < 0)
		return "no beat yet";
	return arena_printf(&o->arena, "last beat %s ago",
	    clock_age(clock_now() - (int64_t)st.st_mtim.tv_sec, age));
}

void
overview_now(struct overview *o, const struct scene *now)
{
	const struct queue *q = &now->q;
	int64_t work = 0;

	build(o, &now->s, &q->journal);
	for (size_t i = 0; i < now->f.n; i++)
		work += state_occupies(&q->world, now->f.item[i].at);
	o->head = arena_printf(&o->arena, "%s: %" PRId64 " of %" PRId64 " at work, %s",
	    q->repo.root, work, q->config.max_workers, last_beat(o, q->repo.statefd));
	overview_notices(o, now);
}

void
overview_then(struct overview *o, const struct snap *s, const struct journal *j)
{
	char time[CLOCK_TEXT];

	build(o, s, j);
	o->head = arena_printf(&o->arena, "as it was at %s",
	    clock_format(s->name.time, time));
}

void
overview_release(struct overview *o)
{
	arena_release(&o->arena);
	*o = (struct overview){ .n = 0 };
}
