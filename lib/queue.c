#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "graph.h"

void
queue_open(struct queue *q, const char *dir, enum repo_need need)
{
	*q = (struct queue){ 0 };
	repo_open(&q->repo, dir, need);
	config_load(&q->config, q->repo.root, &q->arena);
	layout_load(&q->layout, q->repo.root, &q->config, &q->arena);
	tasks_load(&q->tasks, &q->repo, &q->layout);
	graph_resolve(&q->tasks);
	if (journal_open(&q->journal, q->repo.statefd) < 0)
		die_errno(EXIT_FAIL, "cannot read the journal in '%s'",
		    q->repo.state ? q->repo.state : q->repo.root);
	q->world = (struct world){ .repo = &q->repo, .config = &q->config,
	    .tasks = &q->tasks, .journal = &q->journal, .now = clock_now() };
}

static int
compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
in_dispatch_order(const void *va, const void *vb)
{
	const struct queue_item *a = va, *b = vb;
	const struct task *s = a->task, *t = b->task;
	int r = compare(a->state != TS_READY, b->state != TS_READY);

	if (!r)
		r = compare(s->rank, t->rank);
	if (!r)
		r = compare((int64_t)t->unblocks, (int64_t)s->unblocks);
	if (!r)
		r = compare(b->age, a->age);
	if (!r)
		r = strcmp(s->id, t->id);
	return r ? r : strcmp(s->file, t->file);
}

void
queue_classify(struct queue *q)
{
	struct buf why = BUF_INIT;

	free(q->item);
	q->n = q->tasks.n;
	q->item = xrealloc_array(NULL, q->n, sizeof *q->item);
	for (size_t i = 0; i < q->n; i++) {
		const struct task *t = q->tasks.v[i];
		int64_t age = t->created < 0 ? -1 : q->world.now - t->created;

		q->item[i] = (struct queue_item){ .task = t,
		    .state = state_task(&q->world, t, &why),
		    .age = t->created >= 0 && age < 0 ? 0 : age };
		q->item[i].waits = why.len ?
		    arena_strndup(&q->arena, why.s, why.len) : "";
	}
	buf_release(&why);
	if (q->n > 1)
		qsort(q->item, q->n, sizeof *q->item, in_dispatch_order);
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
	free(q->item);
	journal_close(&q->journal);
	tasks_release(&q->tasks);
	repo_close(&q->repo);
	arena_release(&q->arena);
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

void
queue_record(struct queue *q, const struct queue_item *it, char **v)
{
	const struct task *t = it->task;
	const struct ledger *l = journal_task(&q->journal, t->id);
	struct arena *a = &q->arena;

	memset(v, 0, Q_N * sizeof *v);
	v[Q_ID] = (char *)t->id;
	v[Q_STATE] = (char *)task_state_name(it->state);
	v[Q_PRIORITY] = (char *)t->priority;
	v[Q_STATUS] = (char *)t->status;
	v[Q_WORKSTREAM] = (char *)t->workstream;
	v[Q_MILESTONE] = (char *)t->milestone;
	v[Q_OWNER] = (char *)t->owner;
	if (it->age >= 0)
		v[Q_AGE] = arena_printf(a, "%lld", (long long)it->age);
	v[Q_UNBLOCKS] = arena_printf(a, "%zu", t->unblocks);
	if (*it->waits)
		v[Q_WAITS] = (char *)it->waits;
	if (l && l->newest)
		v[Q_ATTEMPT] = arena_printf(a, "%lld", (long long)l->newest->n);
	v[Q_PATHS] = join(a, t->path, t->n_path);
	v[Q_FILE] = (char *)t->file;
	if (t->hash)
		v[Q_HASH] = arena_printf(a, "%016llx", (unsigned long long)t->hash);
	v[Q_TITLE] = (char *)t->title;
}
