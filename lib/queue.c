#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "graph.h"
#include "num.h"
#include "order.h"

void
queue_open(struct queue *q, const char *dir, enum repo_need need)
{
	*q = (struct queue){ 0 };
	repo_open(&q->repo, dir, need);
	config_load(&q->config, q->repo.root, &q->arena);
	layout_load(&q->layout, q->repo.root, &q->config, &q->arena);
	tasks_load(&q->tasks, &q->repo, &q->layout,
	    need == REPO_STATE ? WALK_TO_INDEX : WALK_TO_READ);
	team_load(&q->team, &q->repo, &q->layout, &q->arena);
	team_route(&q->team, &q->tasks);
	graph_resolve(&q->tasks);
	if (journal_open(&q->journal, q->repo.statefd) < 0)
		die_errno(EXIT_FAIL, "cannot read the journal in '%s'",
		    q->repo.state ? q->repo.state : q->repo.root);
	q->world = (struct world){ .repo = &q->repo, .config = &q->config,
	    .tasks = &q->tasks, .journal = &q->journal, .now = clock_now() };
}

/* What can be started comes first; then rank, unblocks descending, age
 * descending, and the order of ids in which the items are. */
static struct order
place(const struct queue_item *it, size_t i)
{
	uint64_t open = it->task->unblocks;

	open = open < UINT32_MAX ? UINT32_MAX - open : 0;
	return (struct order){ .item = i, .key = {
	    (uint64_t)(it->state != TS_READY || it->others) << 63 |
	    (uint64_t)it->task->rank << 32 | open, (uint64_t)INT64_MAX - (uint64_t)it->age } };
}

static void
put_in_order(struct queue *q)
{
	struct arena mine = { 0 };
	struct queue_item *item = arena_alloc(&q->arena, q->n * sizeof *item);
	struct order *v = arena_alloc(&mine, q->n * sizeof *v);

	for (size_t i = 0; i < q->n; i++)
		v[i] = place(&q->item[i], i);
	order_sort(v, q->n);
	for (size_t i = 0; i < q->n; i++)
		item[i] = q->item[v[i].item];
	arena_release(&mine);
	q->item = item;
}

void
queue_for(struct queue *q, const char *asked)
{
	q->self = team_self(&q->team, asked, &q->config);
}

const char *
queue_not_ours(const struct queue *q, const struct task *t, struct arena *a)
{
	return team_may_start(q->self, t->person) ? NULL :
	    arena_printf(a, "%s, not %s", t->person, q->self);
}

/* What a ready task of somebody else waits for. */
static void
add_owner(struct buf *why, const char *person)
{
	if (why->len)
		buf_addch(why, ',');
	buf_addstr(why, "owner:");
	state_add_word(why, person);
}

void
queue_classify(struct queue *q)
{
	enum { SOON = 8 };
	struct buf why = BUF_INIT;

	q->n = q->tasks.n;
	q->item = arena_alloc(&q->arena, q->n * sizeof *q->item);
	for (size_t i = 0; i < q->n; i++) {
		const struct task *t = q->tasks.v[i];
		const struct task *soon = q->tasks.v[i + SOON < q->n ? i + SOON : i];
		int64_t age = t->created < 0 ? -1 : q->world.now - t->created;

		/* What it depends on lies all over memory. */
		if (soon->n_edge)
			__builtin_prefetch(soon->dep_task[0]);

		q->item[i] = (struct queue_item){ .task = t,
		    .state = state_task(&q->world, t, &why),
		    .others = !team_may_start(q->self, t->person),
		    .age = t->created >= 0 && age < 0 ? 0 : age };
		if (q->item[i].state == TS_READY && q->item[i].others)
			add_owner(&why, t->person);
		q->item[i].waits = why.len ?
		    arena_strndup(&q->arena, why.s, why.len) : "";
	}
	buf_release(&why);
	put_in_order(q);
}

void
queue_load(struct queue *q, const char *dir, enum repo_need need)
{
	queue_open(q, dir, need);
	queue_classify(q);
}

void
queue_release(struct queue *q)
{
	journal_close(&q->journal);
	tasks_release(&q->tasks);
	team_release(&q->team);
	repo_close(&q->repo);
	arena_release(&q->arena);
}

static char *
number(struct arena *a, uint64_t n)
{
	char text[NUM_TEXT];

	return arena_strdup(a, num_text(n, text));
}

static char *
hex(struct arena *a, uint64_t n)
{
	char *s = arena_alloc(a, 17);

	for (size_t i = 16; i-- > 0; n >>= 4)
		s[i] = "0123456789abcdef"[n & 15];
	return s;
}

/* A list as one field. */
static char *
join(struct arena *a, const char **v, size_t n)
{
	struct buf b = BUF_INIT;
	char *s;

	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s", i ? "," : "", v[i]);
	s = n ? arena_strndup(a, b.s, b.len) : NULL;
	buf_release(&b);
	return s;
}

/* Tasks lie all over memory: of those that come soon the parts are fetched
 * while this one is dealt with. */
static void
fetch_ahead(const struct queue *q, const struct queue_item *it)
{
	enum { LINE = 64, SOON = 4, LATER = 8 };
	size_t left = (size_t)(q->item + q->n - it);
	const struct task *t;

	if (left <= LATER)
		return;
	for (size_t at = 0; at < sizeof *t; at += LINE)
		__builtin_prefetch((const char *)it[LATER].task + at);
	t = it[SOON].task;
	__builtin_prefetch(t->id);
	__builtin_prefetch(t->id + LINE);
	__builtin_prefetch(t->title);
	__builtin_prefetch(t->file);
	__builtin_prefetch(t->file + LINE);
}

void
queue_record(struct queue *q, const struct queue_item *it, char **v)
{
	const struct task *t = it->task;
	const struct ledger *l = journal_task(&q->journal, t->id);
	struct arena *a = &q->arena;

	fetch_ahead(q, it);
	memset(v, 0, Q_N * sizeof *v);
	v[Q_ID] = (char *)t->id;
	v[Q_STATE] = (char *)task_state_name(it->state);
	v[Q_PRIORITY] = (char *)t->priority;
	v[Q_STATUS] = (char *)t->status;
	v[Q_WORKSTREAM] = (char *)t->workstream;
	v[Q_MILESTONE] = (char *)t->milestone;
	v[Q_OWNER] = (char *)t->person;
	v[Q_OWNER_RAW] = (char *)t->owner;
	if (it->age >= 0)
		v[Q_AGE] = number(a, (uint64_t)it->age);
	v[Q_UNBLOCKS] = number(a, t->unblocks);
	if (*it->waits)
		v[Q_WAITS] = (char *)it->waits;
	if (l && l->newest)
		v[Q_ATTEMPT] = number(a, (uint64_t)l->newest->n);
	v[Q_PATHS] = join(a, t->path, t->n_path);
	v[Q_FILE] = (char *)t->file;
	if (t->hash)
		v[Q_HASH] = hex(a, t->hash);
	v[Q_TITLE] = (char *)t->title;
}

void
queue_pick(struct queue *q, struct pick *p)
{
	struct pick_limits limits;
	char *v[Q_N];

	pick_no_limits(&limits);
	pick_configure(&limits, &q->config);
	limits.self = q->self;
	*p = (struct pick){ 0 };
	for (size_t i = 0; i < q->n; i++) {
		queue_record(q, &q->item[i], v);
		pick_add(p, v);
	}
	pick_decide(p, &limits);
}

void
queue_put(struct queue *q, const struct queue_item *it, struct rec_out *out)
{
	char *v[Q_N];

	queue_record(q, it, v);
	rec_put(out, v);
}

const struct task *
queue_operand(const struct queue *q, const char *name, const struct ledger **l)
{
	const struct task *t;
	size_t n;

	*l = journal_task(&q->journal, name);
	if (*l && (*l)->newest && !tasks_meant(&q->tasks, name, &n) && n == 0)
		return NULL;
	t = tasks_operand(&q->tasks, name);
	*l = t ? journal_task(&q->journal, t->id) : NULL;
	return t;
}

bool
queue_is_active(const struct queue *q, const char *name)
{
	const struct ledger *l;

	(void)queue_operand(q, name, &l);
	return l && l->newest && state_occupies(&q->world, l->newest);
}
