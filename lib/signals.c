#include "signals.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "brake.h"
#include "clock.h"
#include "conflict.h"
#include "drift.h"

static bool
is_code(const char *s)
{
	enum sign_code c;

	return sign_parse(s, &c) == 0;
}

static const struct rec_column columns[G_N] = {
	[G_ID]       = { .name = "id", .type = REC_WORD, .required = true },
	[G_CODE]     = { .name = "code", .type = REC_WORD, .required = true,
	    .valid = is_code },
	[G_TIER]     = { .name = "tier", .type = REC_INT, .show = REC_SPARE,
	    .required = true },
	[G_SINCE]    = { .name = "since", .type = REC_TIME, .required = true },
	[G_EVIDENCE] = { .name = "evidence", .type = REC_WORD, .show = REC_SPARE },
	[G_ATTEMPT]  = { .name = "attempt", .type = REC_INT, .show = REC_SPARE },
	[G_FACT]     = { .name = "fact", .type = REC_TEXT },
	[G_TITLE]    = { .name = "title", .type = REC_TEXT, .show = REC_SPARE },
};

const struct rec_kind rec_signal = { .name = "signal", .column = columns,
	.n = G_N, .n_v1 = G_N, .color_column = G_CODE };

static void
add(struct signals *s, const char *id, const char *title, const struct sign *sign)
{
	GROW(s->v, s->n, s->cap);
	s->v[s->n++] = (struct signal_item){ id, title, *sign };
}

/* --- of attempts --- */

static void
of_runs(struct signals *s, const struct queue *q, const struct fleet *f)
{
	struct sign_hands hands = { .known = false };
	struct sign sign;

	for (size_t i = 0; i < f->n; i++) {
		const struct fleet_item *it = &f->item[i];

		if (!it->landed && sign_of_run(&q->world, &hands, it->at, &it->verdict,
		    &s->arena, &sign))
			add(s, it->at->id, it->at->title, &sign);
	}
}

static void
of_branches(struct signals *s, const struct queue *q)
{
	struct conflict *c;
	size_t n = conflict_find(&q->world, &s->arena, &c);

	for (size_t i = 0; i < n; i++)
		add(s, c[i].at->id, c[i].at->title, &(struct sign){
		    .code = SN_BRANCH_CONFLICT, .tier = SIGN_PERSON,
		    .since = c[i].since, .attempt = c[i].at->n,
		    .evidence = "git", .fact = c[i].fact });
}

/* --- of tasks --- */

/* When a file was last written. */
static int64_t
written(const struct queue *q, const struct task *t)
{
	struct stat st;

	if (!t->file || fstatat(q->repo.rootfd, t->file, &st, 0) < 0)
		return q->world.now;
	return st.st_mtim.tv_sec;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Since when nothing has kept a ready task from its start. */
static int64_t
ready_since(const struct queue *q, const struct task *t)
{
	const struct ledger *l = journal_task(&q->journal, t->id);
	int64_t since = later(written(q, t), t->hold_until);

	if (l) {
		since = later(since, later(l->marked, l->hold_until));
		if (l->newest)
			since = later(since, later(l->newest->ended.wall,
			    l->newest->claimed.wall));
	}
	for (size_t i = 0; i < t->n_edge; i++) {
		const struct task *dep = t->dep_task[i];
		const struct ledger *d = dep ? journal_task(&q->journal, dep->id) : NULL;

		if (!dep)
			continue;
		if (dep->word == ST_DONE)
			since = later(since, written(q, dep));
		for (const struct attempt *at = d ? d->newest : NULL; at; at = at->older)
			since = later(since, at->landed.wall);
	}
	return since;
}

/* Tasks that would be started if somebody did, and nobody has for too long.
 * Where no beat ever was, people start them as they like. */
static void
overdue(struct signals *s, struct queue *q)
{
	int64_t limit = q->config.pickup_overdue;
	struct pick p;

	if (!limit || q->repo.statefd < 0 ||
	    faccessat(q->repo.statefd, "beat/last", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	queue_pick(q, &p);
	for (size_t i = 0; i < p.n; i++) {
		const struct task *t;
		struct sign sign = { .code = SN_PICKUP_OVERDUE, .tier = SIGN_PERSON,
		    .evidence = "queue" };

		if (p.item[i]->state != TS_READY || p.item[i]->stage)
			continue;
		t = tasks_get(&q->tasks, p.item[i]->v[Q_ID]);
		sign.since = ready_since(q, t);
		if (q->world.now - sign.since < limit)
			continue;
		sign.since += limit;
		sign.fact = "ready, and within every limit";
		add(s, t->id, t->title, &sign);
	}
	pick_release(&p);
}

static void
of_tasks(struct signals *s, const struct queue *q)
{
	for (size_t i = 0; i < q->n; i++) {
		const struct queue_item *it = &q->item[i];
		const struct ledger *l = journal_task(&q->journal, it->task->id);
		struct sign sign = { .tier = SIGN_PERSON, .evidence = "file" };

		if (it->state == TS_INVALID) {
			sign.code = SN_INVALID_TASK;
			sign.since = written(q, it->task);
			sign.fact = it->task->error;
			add(s, it->task->id, it->task->title, &sign);
		} else if (it->state == TS_PARKED && l && l->newest &&
		    l->intent != IN_PARKED) {
			sign.code = SN_PARKED;
			sign.since = l->newest->ended.wall;
			sign.attempt = l->newest->n;
			sign.evidence = "journal";
			sign.fact = it->waits;
			add(s, it->task->id, it->task->title, &sign);
		}
		if (it->state == TS_READY && sign_of_releases(l, &s->arena, &sign))
			add(s, it->task->id, it->task->title, &sign);
	}
}

static void
of_drift(struct signals *s, struct queue *q)
{
	static const struct { enum drift_kind kind; enum sign_code code; int tier; } as[] = {
		{ DR_METADATA, SN_METADATA_DRIFT, SIGN_PERSON },
		{ DR_EDITED, SN_ROOT_TASK_EDITED, SIGN_LOOP },
		{ DR_ORPHAN, SN_REGISTER_ORPHAN, SIGN_PERSON },
	};
	struct drifts d;

	drift_find(&d, q, DRIFT_SIGNALS);
	for (size_t i = 0; i < d.n; i++)
		for (size_t k = 0; k < sizeof as / sizeof *as; k++)
			if (d.v[i].kind == as[k].kind)
				add(s, d.v[i].id, d.v[i].title, &(struct sign){
				    .code = as[k].code, .tier = as[k].tier,
				    .since = d.v[i].since, .attempt = d.v[i].attempt,
				    .evidence = "file", .fact = d.v[i].fact });
	/* What they point to is in there. */
	arena_join(&s->arena, &d.arena);
	drift_release(&d);
}

static void
of_fleet(struct signals *s, const struct queue *q)
{
	struct sign sign = { .code = SN_BRAKE, .tier = SIGN_PERSON,
	    .evidence = "journal" };
	char until[CLOCK_TEXT];
	struct brake b;

	brake_read(&b, q->repo.statefd, &s->arena);
	if (!b.on || (b.until >= 0 && b.until <= q->world.now))
		return;
	sign.since = b.since;
	sign.fact = !b.why ? "until it is removed" :
	    arena_printf(&s->arena, "%s (%s), until %s", b.why, b.sig,
	    clock_format(b.until, until));
	add(s, SIGNALS_FLEET, NULL, &sign);
}

static int
compare(const struct signal_item *x, const struct signal_item *y)
{
	int r = strcmp(x->id, y->id);

	return r ? r : (int)x->sign.code - (int)y->sign.code;
}

/* Of one task and code, that of the newest attempt is the first. */
static int
in_order(const void *a, const void *b)
{
	const struct signal_item *x = a, *y = b;
	int r = compare(x, y);

	return r ? r : x->sign.attempt > y->sign.attempt ? -1 :
	    x->sign.attempt < y->sign.attempt;
}

/* Of two files with one id both are invalid; of a task whose agent never ran, the
 * start may have failed in two ways. */
static void
each_once(struct signals *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || compare(&s->v[n - 1], &s->v[i]) != 0)
			s->v[n++] = s->v[i];
	s->n = n;
}

void
signals_collect(struct signals *s, struct queue *q, const struct fleet *f)
{
	*s = (struct signals){ 0 };
	of_fleet(s, q);
	of_runs(s, q, f);
	of_branches(s, q);
	of_tasks(s, q);
	overdue(s, q);
	of_drift(s, q);
	if (s->n)
		qsort(s->v, s->n, sizeof *s->v, in_order);
	each_once(s);
}

void
signals_release(struct signals *s)
{
	free(s->v);
	arena_release(&s->arena);
	*s = (struct signals){ 0 };
}

static const char *
number(struct arena *a, int64_t n)
{
	return n ? arena_printf(a, "%" PRId64, n) : NULL;
}

void
signals_record(struct signals *s, const struct signal_item *it, char **v)
{
	char since[CLOCK_TEXT];
	const char *text[G_N] = {
		[G_ID] = it->id,
		[G_CODE] = sign_name(it->sign.code),
		[G_TIER] = number(&s->arena, it->sign.tier),
		[G_SINCE] = arena_strdup(&s->arena, clock_format(it->sign.since, since)),
		[G_EVIDENCE] = it->sign.evidence,
		[G_ATTEMPT] = number(&s->arena, it->sign.attempt),
		[G_FACT] = it->sign.fact,
		[G_TITLE] = it->title,
	};

	for (size_t i = 0; i < G_N; i++)
		v[i] = (char *)text[i];
}

size_t
signals_tasks(const struct signals *s, enum sign_code code, int tier)
{
	const char *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct signal_item *it = &s->v[i];

		if ((code != SN_N && it->sign.code != code) || it->sign.tier < tier ||
		    (last && strcmp(last, it->id) == 0))
			continue;
		last = it->id;
		n++;
	}
	return n;
}
