#include "graph.h"

#include <stdlib.h>
#include <string.h>

/* As many members of one cycle are named. */
enum { NAMED = 64 };

/* Of a parent whose children wait for it. */
#define FIRST SIZE_MAX

static bool
is_open(const struct task *t)
{
	return !t->error && t->word != ST_DONE && t->word != ST_CANCELLED;
}

struct task *
graph_meant(struct tasks *ts, const struct task *t, const char *name, size_t *n)
{
	struct task *near = NULL;

	if (ts->layout->id_in_workstream && t->place)
		near = tasks_get(ts, taskid_make(&ts->arena,
		    arena_printf(&ts->arena, "%s-%s", t->place, name)));
	*n = 1;
	return near && !near->guessed ? near : tasks_find(ts, name, n);
}

static void
resolve(struct tasks *ts, struct task *t)
{
	size_t n;

	if (t->error)
		return;
	t->n_edge = t->n_dep;
	if (!t->n_dep)
		return;
	t->dep_task = arena_alloc(&ts->arena, t->n_dep * sizeof *t->dep_task);
	t->dep_ambiguous = arena_alloc(&ts->arena, t->n_dep * sizeof *t->dep_ambiguous);
	for (size_t i = 0; i < t->n_dep; i++) {
		t->dep_task[i] = graph_meant(ts, t, t->dep[i], &n);
		t->dep_ambiguous[i] = n > 1;
	}
}

/* Does it say so itself? */
static bool
depends_on(const struct task *t, const struct task *dep)
{
	for (size_t i = 0; t->n_edge && i < t->n_dep; i++)
		if (t->dep_task[i] == dep)
			return true;
	return false;
}

/* A parent of n children waits for them too. */
static void
make_room(struct tasks *ts, struct task *t, size_t n)
{
	struct task **v = arena_alloc(&ts->arena, (t->n_edge + n) * sizeof *v);

	for (size_t i = 0; i < t->n_edge; i++)
		v[i] = t->dep_task[i];
	t->dep_task = v;
}

/* Parents wait for their children, unless one of these waits for the parent:
 * there the parent is meant to go first.  component counts the children. */
static void
wait_for_children(struct tasks *ts)
{
	struct task **parent = xrealloc_array(NULL, ts->n + 1, sizeof *parent);
	size_t n;

	for (size_t i = 0; i < ts->n; i++) {
		struct task *t = ts->v[i];

		parent[i] = t->parent && !t->error ?
		    graph_meant(ts, t, t->parent, &n) : NULL;
		if (!parent[i] || parent[i]->error || parent[i] == t ||
		    t->word == ST_CANCELLED)
			parent[i] = NULL;
		else if (depends_on(t, parent[i]))
			parent[i]->component = FIRST;
		else if (parent[i]->component != FIRST)
			parent[i]->component++;
	}
	for (size_t i = 0; i < ts->n; i++) {
		struct task *p = parent[i];

		if (!p || p->component == FIRST || depends_on(p, ts->v[i]))
			continue;
		if (p->component) {
			make_room(ts, p, p->component);
			p->component = 0;
		}
		p->dep_task[p->n_edge++] = ts->v[i];
	}
	for (size_t i = 0; i < ts->n; i++)
		ts->v[i]->component = 0;
	free(parent);
}

/* Count for each task the open ones that name it; component serves as the mark
 * of the last that did, so that naming it twice counts once. */
static void
count_unblocks(struct tasks *ts)
{
	for (size_t i = 0; i < ts->n; i++) {
		struct task *t = ts->v[i];

		for (size_t d = 0; d < t->n_edge && is_open(t); d++) {
			struct task *dep = t->dep_task[d];

			if (dep && dep != t && dep->component != i + 1) {
				dep->component = i + 1;
				dep->unblocks++;
			}
		}
	}
	for (size_t i = 0; i < ts->n; i++)
		ts->v[i]->component = 0;
}

/* A task on the way of a depth-first walk, and the next edge to take. */
struct step {
	struct task *task;
	size_t dep;
};

/* Tarjan's strongly connected components, with a stack of our own: a chain of
 * 10,000 tasks is not a reason to overflow the C one.  component is the visit
 * number until the component is known, then CLOSED. */
struct tarjan {
	struct tasks *ts;
	struct step *way;
	struct task **stack;
	size_t *low;                /* by visit number */
	size_t n_way, n_stack, visits;
};
#define CLOSED SIZE_MAX

/* The next dependency of the step's task through which it can wait; or NULL. */
static struct task *
next_open(struct step *s)
{
	const struct task *t = s->task;

	while (s->dep < t->n_edge) {
		struct task *dep = t->dep_task[s->dep++];

		if (dep && is_open(dep))
			return dep;
	}
	return NULL;
}

/* The members in the order of a walk from the smallest id: that of the cycle,
 * when it is a simple one. */
static size_t
walk_members(struct tarjan *g, struct task *first, struct task **out)
{
	size_t n = 0, depth = 0;
	struct task *dep;

	first->cycle = "";
	out[n++] = first;
	g->way[g->n_way + depth++] = (struct step){ first, 0 };
	while (depth) {
		dep = next_open(&g->way[g->n_way + depth - 1]);
		if (!dep) {
			depth--;
		} else if (dep->component == first->component && !dep->cycle) {
			dep->cycle = "";
			out[n++] = dep;
			g->way[g->n_way + depth++] = (struct step){ dep, 0 };
		}
	}
	return n;
}

/* Name the cycle of the n tasks that lie together on the stack. */
static void
name_cycle(struct tarjan *g, struct task **member, size_t n)
{
	struct task *first = member[0];
	struct buf b = BUF_INIT;
	char *text;

	for (size_t i = 1; i < n; i++)
		if (strcmp(member[i]->id, first->id) < 0)
			first = member[i];
	n = walk_members(g, first, member);
	for (size_t i = 0; i < n && i < NAMED; i++)
		buf_addf(&b, "%s>", member[i]->id);
	if (n > NAMED)
		buf_addf(&b, "+%zu>", n - NAMED);
	buf_addstr(&b, first->id);
	text = arena_strndup(&g->ts->arena, b.s, b.len);
	buf_release(&b);
	for (size_t i = 0; i < n; i++)
		member[i]->cycle = text;
}

static void
enter(struct tarjan *g, struct task *t)
{
	t->component = ++g->visits;
	g->low[g->visits] = g->visits;
	g->stack[g->n_stack++] = t;
	g->way[g->n_way++] = (struct step){ t, 0 };
}

/* All that t reaches is known: when nothing leads back over it, what lies on
 * the stack from t on is one component. */
static void
leave(struct tarjan *g, struct task *t)
{
	size_t low = g->low[t->component], n = 0;

	if (--g->n_way) {
		size_t *up = &g->low[g->way[g->n_way - 1].task->component];

		*up = low < *up ? low : *up;
	}
	if (low != t->component)
		return;
	while (g->stack[g->n_stack - 1 - n++] != t)
		;
	g->n_stack -= n;
	for (size_t i = 0; i < n; i++)
		g->stack[g->n_stack + i]->component = low;
	if (n > 1 || depends_on(t, t))
		name_cycle(g, g->stack + g->n_stack, n);
	for (size_t i = 0; i < n; i++)
		g->stack[g->n_stack + i]->component = CLOSED;
}

static void
find_cycles(struct tarjan *g, struct task *from)
{
	enter(g, from);
	while (g->n_way) {
		struct step *s = &g->way[g->n_way - 1];
		struct task *dep = next_open(s);

		if (!dep) {
			leave(g, s->task);
		} else if (!dep->component) {
			enter(g, dep);
		} else if (dep->component != CLOSED) {
			size_t *low = &g->low[s->task->component];

			*low = dep->component < *low ? dep->component : *low;
		}
	}
}

void
graph_resolve(struct tasks *ts)
{
	struct tarjan g = { .ts = ts };
	size_t n = ts->n + 1;

	ts->resolved = true;
	if (index_recall(&ts->index, ts->v, ts->n, &ts->arena))
		return;
	for (size_t i = 0; i < ts->n; i++)
		resolve(ts, ts->v[i]);
	if (ts->layout->children_first)
		wait_for_children(ts);
	count_unblocks(ts);
	/* A cycle is walked again while the way to it is still there. */
	g.way = xrealloc_array(NULL, 2 * n, sizeof *g.way);
	g.stack = xrealloc_array(NULL, n, sizeof *g.stack);
	g.low = xrealloc_array(NULL, n, sizeof *g.low);
	for (size_t i = 0; i < ts->n; i++)
		if (is_open(ts->v[i]) && !ts->v[i]->component)
			find_cycles(&g, ts->v[i]);
	free(g.way);
	free(g.stack);
	free(g.low);
}
