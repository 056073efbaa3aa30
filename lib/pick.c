#include "pick.h"

#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "overlap.h"

static const char valid_columns[] =
    "valid columns: priority, status, workstream, milestone, owner";

void
pick_no_limits(struct pick_limits *l)
{
	l->self = NULL;
	l->count = l->workers = -1;
	for (size_t i = 0; i < Q_N; i++)
		l->by[i] = -1;
}

/* A column that several tasks can share a value of, or 0. */
static size_t
shared_column(const char *name)
{
	int c = rec_column(&rec_queue, name);

	return c > Q_STATE && c != Q_HASH &&
	    rec_queue.column[c].type == REC_WORD ? (size_t)c : 0;
}

int
pick_limit_by(struct pick_limits *l, const char *text, const char **why)
{
	const char *eq = strchr(text, '=');
	char *name;
	size_t col;

	*why = "valid: COLUMN=NUMBER, 0 to 1000";
	if (!eq)
		return -1;
	name = xstrndup(text, (size_t)(eq - text));
	col = shared_column(name);
	free(name);
	if (!col) {
		*why = valid_columns;
		return -1;
	}
	return num_parse(eq + 1, 0, PICK_MAX, &l->by[col]);
}

void
pick_configure(struct pick_limits *l, const struct config *c)
{
	if (l->workers < 0)
		l->workers = c->max_workers;
	for (size_t i = 0; i < c->n_max_by; i++) {
		size_t col = shared_column(c->max_by[i].column);

		if (!col)
			die(EXIT_FAIL, "max_by: bad column '%s', %s",
			    c->max_by[i].column, valid_columns);
		if (l->by[col] < 0)
			l->by[col] = c->max_by[i].n;
	}
}

static void
take(struct pick *p, struct pick_item *it)
{
	GROW(p->taken, p->n_taken, p->cap_taken);
	p->taken[p->n_taken++] = it;
}

/* The elements of a list as they stand in a record. */
static void
split_paths(struct pick *p, struct pick_item *it)
{
	char *list = arena_strdup(&p->arena, it->v[Q_PATHS]), *one;
	size_t n = 1;

	for (const char *c = list; *c; c++)
		n += *c == ',';
	it->path = arena_alloc(&p->arena, n * sizeof *it->path);
	while ((one = strsep(&list, ",")))
		it->path[it->n_path++] = one;
}

void
pick_add(struct pick *p, char *const *v)
{
	struct pick_item *it = arena_alloc(&p->arena, sizeof *it);

	it->state = TS_INVALID;
	(void)task_state_parse(v[Q_STATE], &it->state);
	for (size_t i = 0; i < Q_N; i++)
		if (v[i])
			it->v[i] = arena_strdup(&p->arena, v[i]);
	if (it->v[Q_PATHS])
		split_paths(p, it);
	GROW(p->item, p->n, p->cap);
	p->item[p->n++] = it;
	if (it->state == TS_CLAIMED || it->state == TS_RUNNING)
		take(p, it);
}

void
pick_read(struct pick *p, FILE *f, const char *name, bool all)
{
	enum task_state state = TS_INVALID;
	struct rec_in in;

	*p = (struct pick){ 0 };
	rec_in_init(&in, &rec_queue, f, name);
	while (rec_read(&in)) {
		task_state_parse(in.v[Q_STATE], &state);
		if (all || state == TS_READY || state == TS_CLAIMED ||
		    state == TS_RUNNING)
			pick_add(p, in.v);
	}
	rec_in_release(&in);
}

/* What is said when max places are taken; NULL while one is free. */
static const char *
full(struct pick *p, int64_t max, size_t running, size_t picked)
{
	if (max < 0 || (int64_t)(running + picked) < max)
		return NULL;
	if (picked == 0)
		return arena_printf(&p->arena, "%zu of %lld running", running,
		    (long long)max);
	return arena_printf(&p->arena, "%zu running and %zu picked of %lld", running,
	    picked, (long long)max);
}

/* The same for one column.  Records without a value there share it with none. */
static const char *
full_by(struct pick *p, const struct pick_item *it, size_t col, int64_t max)
{
	const char *value = it->v[col], *fact;
	size_t running = 0, picked = 0;

	if (max < 0 || !value)
		return NULL;
	for (size_t i = 0; i < p->n_taken; i++) {
		const char *other = p->taken[i]->v[col];

		if (other && strcmp(other, value) == 0)
			i < p->n_running ? running++ : picked++;
	}
	fact = full(p, max, running, picked);
	return !fact ? NULL : arena_printf(&p->arena, "%s for %s %s", fact,
	    rec_queue.column[col].name, value);
}

/* What is said when a task at work, or picked to be, has one of the files. */
static const char *
in_use(struct pick *p, const struct pick_item *it)
{
	for (size_t i = 0; i < p->n_taken && it->n_path; i++) {
		const struct pick_item *other = p->taken[i];
		const char *path = overlap_find(it->path, it->n_path, other->path,
		    other->n_path);

		if (path)
			return arena_printf(&p->arena, "%s is in use by %s", path,
			    other->v[Q_ID]);
	}
	return NULL;
}

static void
refuse(struct pick_item *it, const char *stage, const char *code, const char *fact)
{
	it->stage = stage;
	it->code = code;
	it->fact = fact;
}

/* Why it is somebody else's, here or where the queue was made; NULL: it is not. */
static const char *
not_ours(struct pick *p, const struct pick_item *it, const char *self)
{
	const char *person = it->v[Q_OWNER], *waits = it->v[Q_WAITS];

	if (!team_may_start(self, person))
		return arena_printf(&p->arena, "%s, not %s", person, self);
	while (waits && strncmp(waits, "owner:", 6) != 0) {
		waits = strchr(waits, ',');
		waits += waits != NULL;
	}
	return waits && person ? person : NULL;
}

static void
decide(struct pick *p, struct pick_item *it, const struct pick_limits *l)
{
	size_t picked = p->n_taken - p->n_running;
	const char *fact;

	if (it->state != TS_READY) {
		refuse(it, "state", task_state_name(it->state), it->v[Q_WAITS]);
		return;
	}
	fact = not_ours(p, it, l->self);
	if (fact) {
		refuse(it, "owner", "owner", fact);
		return;
	}
	if (l->count >= 0 && (int64_t)picked >= l->count) {
		refuse(it, "count", "count", arena_printf(&p->arena,
		    "%zu of %lld picked", picked, (long long)l->count));
		return;
	}
	fact = full(p, l->workers, p->n_running, picked);
	if (fact) {
		refuse(it, "cap", "cap", fact);
		return;
	}
	for (size_t col = 0; col < Q_N; col++) {
		fact = full_by(p, it, col, l->by[col]);
		if (fact) {
			refuse(it, "cap-by", "cap", fact);
			return;
		}
	}
	fact = in_use(p, it);
	if (fact) {
		refuse(it, "path", "path", fact);
		return;
	}
	take(p, it);
}

void
pick_decide(struct pick *p, const struct pick_limits *l)
{
	p->n_running = p->n_taken;
	for (size_t i = 0; i < p->n; i++)
		decide(p, p->item[i], l);
}

void
pick_release(struct pick *p)
{
	free(p->item);
	free(p->taken);
	arena_release(&p->arena);
}

const struct pick_item *
pick_get(const struct pick *p, const char *id)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->item[i]->v[Q_ID], id) == 0)
			return p->item[i];
	return NULL;
}
