#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fs.h"
#include "hash.h"
#include "indexer.h"

/* --- order and names --- */

static int
by_id(const void *va, const void *vb)
{
	const struct task *a = *(struct task *const *)va;
	const struct task *b = *(struct task *const *)vb;
	int r = strcmp(a->id, b->id);

	return r ? r : strcmp(a->file, b->file);
}

/* Tasks that the index knows come in order; only the others have to be
 * compared. */
static void
sort(struct tasks *ts)
{
	size_t ranks = index_count(&ts->index), n_fresh = 0, n = 0, f = 0;
	struct arena mine = { 0 };
	struct task **known = arena_alloc(&mine, ranks * sizeof(struct task *));
	struct task **fresh = arena_alloc(&mine, ts->n * sizeof(struct task *));

	for (size_t i = 0; i < ts->n; i++) {
		struct task *t = ts->v[i];

		if (t->rank_of_id && !known[t->rank_of_id - 1])
			known[t->rank_of_id - 1] = t;
		else
			fresh[n_fresh++] = t;
	}
	if (n_fresh > 1)
		qsort(fresh, n_fresh, sizeof *fresh, by_id);
	for (size_t i = 0; i < ranks; i++) {
		if (!known[i])
			continue;
		while (f < n_fresh && by_id(&fresh[f], &known[i]) < 0)
			ts->v[n++] = fresh[f++];
		ts->v[n++] = known[i];
	}
	while (f < n_fresh)
		ts->v[n++] = fresh[f++];
	arena_release(&mine);
}

static bool
same_id(const struct task *a, const struct task *b)
{
	return a->name_hash[NAME_ID] == b->name_hash[NAME_ID] &&
	    strcmp(a->id, b->id) == 0;
}

/* Two patterns may meet in one file. */
static void
drop_doubles(struct tasks *ts)
{
	size_t n = 0;

	for (size_t i = 0; i < ts->n; i++)
		if (n == 0 || !same_id(ts->v[n - 1], ts->v[i]) ||
		    strcmp(ts->v[n - 1]->file, ts->v[i]->file) != 0)
			ts->v[n++] = ts->v[i];
	ts->n = n;
}

static void
refuse_duplicate(struct tasks *ts, struct task *t, const struct task *other)
{
	if (t->error)
		return;
	t->fault = "duplicate-id";
	t->error = arena_printf(&ts->arena, "%s:1: id '%s' is also that of %s",
	    t->file, t->id, other->file);
}

/* Two files with one id: neither is "the first".  A file that says nothing
 * about its id takes no part in this. */
static void
refuse_duplicates(struct tasks *ts)
{
	struct task *first = NULL;

	for (size_t i = 0; i < ts->n; i++) {
		struct task *t = ts->v[i];

		if (t->guessed)
			continue;
		if (!first || !same_id(first, t)) {
			first = t;
			continue;
		}
		refuse_duplicate(ts, t, first);
		refuse_duplicate(ts, first, t);
	}
}

struct task_names {
	struct arena arena;
	struct task_name {
		uint32_t hash;
		uint32_t index;     /* in v, plus 1; 0: free */
	} *slot;
	size_t n_slot;
};

static void
add_hash(struct task_names *names, uint32_t h, size_t index)
{
	size_t i = h & (names->n_slot - 1);

	while (names->slot[i].index)
		i = (i + 1) & (names->n_slot - 1);
	names->slot[i] = (struct task_name){ h, (uint32_t)index + 1 };
}

/* An entry for each hash under which a task may be looked for. */
static const struct task_names *
names_of(const struct tasks *ts)
{
	struct task_names *names = ts->names;

	if (names->slot)
		return names;
	names->n_slot = 16;
	while (names->n_slot < ts->n * 5)
		names->n_slot *= 2;
	names->slot = arena_alloc(&names->arena, names->n_slot * sizeof *names->slot);
	for (size_t i = 0; i < ts->n; i++) {
		const struct task *t = ts->v[i];
		uint32_t id = t->name_hash[NAME_ID], stem = t->name_hash[NAME_STEM];
		uint32_t raw = t->name_hash[NAME_RAW_ID];

		add_hash(names, id, i);
		if (raw != id)
			add_hash(names, raw, i);
		if (stem != id && stem != raw)
			add_hash(names, stem, i);
	}
	return names;
}

void
tasks_load(struct tasks *ts, const struct repo *r, const struct layout *l,
    enum walk_for what_for)
{
	*ts = (struct tasks){ .layout = l, .repo = r, .since = clock_stamp_ns() };
	index_open(&ts->index, r->statefd, l->identity);
	ts->n = walk_tasks(r, l, &ts->index, what_for, &ts->arena, &ts->v);
	sort(ts);
	drop_doubles(ts);
	refuse_duplicates(ts);
	ts->names = arena_alloc(&ts->arena, sizeof *ts->names);
}

void
tasks_index(const struct tasks *ts)
{
	const char *kind;

	/* Another machine's clock is not ours. */
	if (ts->repo->statefd >= 0 && fs_is_local(ts->repo->rootfd, &kind))
		index_write(&ts->index, ts->v, ts->n,
		    ts->resolved ? INDEX_TASKS_AND_EDGES : INDEX_TASKS,
		    ts->repo->statefd, ts->layout->identity, ts->since);
}

void
tasks_release(struct tasks *ts)
{
	free(ts->v);
	index_close(&ts->index);
	if (ts->names)
		arena_release(&ts->names->arena);
	arena_release(&ts->arena);
	*ts = (struct tasks){ 0 };
}

/* --- finding --- */

/* Besides the names: a path. */
enum { AS_FILE = NAME_N, AS_NOTHING };

/* The way in which name, of hash h, means t. */
static int
means(const struct task *t, const char *name, uint32_t h)
{
	if (t->raw_id && t->name_hash[NAME_RAW_ID] == h && strcmp(t->raw_id, name) == 0)
		return NAME_RAW_ID;
	if (!t->guessed && t->name_hash[NAME_ID] == h && strcmp(t->id, name) == 0)
		return NAME_ID;
	if (t->name_hash[NAME_STEM] != h)
		return AS_NOTHING;
	if (strcmp(t->stem, name) == 0)
		return NAME_STEM;
	return strcmp(t->file, name) == 0 ? AS_FILE : AS_NOTHING;
}

/* Walk over the tasks that name means in some way; *at is where to go on. */
static struct task *
next_meant(const struct tasks *ts, const char *name, size_t *at, int *way)
{
	const struct task_names *names = names_of(ts);
	uint32_t h = task_name_hash(name);
	const struct task_name *s;

	for (size_t i = h + *at;
	    (s = &names->slot[i & (names->n_slot - 1)])->index; i++) {
		*at = i + 1 - h;
		*way = s->hash == h ? means(ts->v[s->index - 1], name, h) : AS_NOTHING;
		if (*way != AS_NOTHING)
			return ts->v[s->index - 1];
	}
	return NULL;
}

/* A task that name means in the best way, of *n; ways worse than worst do not
 * count. */
static struct task *
look_up(const struct tasks *ts, const char *name, int worst, size_t *n)
{
	struct task *best = NULL, *t;
	int way;

	*n = 0;
	for (size_t at = 0; (t = next_meant(ts, name, &at, &way));) {
		if (way > worst)
			continue;
		if (way < worst || !best)
			*n = 0;
		worst = way;
		best = t;
		++*n;
	}
	return best;
}

struct task *
tasks_get(const struct tasks *ts, const char *id)
{
	size_t lo = 0, hi = ts->n;
	struct task *guess = NULL;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(ts->v[mid]->id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < ts->n && strcmp(ts->v[lo]->id, id) == 0; lo++) {
		if (!ts->v[lo]->guessed)
			return ts->v[lo];
		guess = guess ? guess : ts->v[lo];
	}
	return guess;
}

bool
tasks_closed(const struct tasks *ts, const char *id)
{
	const struct task *t = ts ? tasks_get(ts, id) : NULL;

	return t && !t->error && (t->word == ST_DONE || t->word == ST_CANCELLED);
}

struct task *
tasks_find(const struct tasks *ts, const char *name, size_t *n_match)
{
	struct task *t = look_up(ts, name, AS_FILE, n_match);

	if (*n_match == 0) {
		struct arena a = { 0 };

		t = look_up(ts, taskid_make(&a, name), NAME_ID, n_match);
		arena_release(&a);
	}
	return *n_match == 1 ? t : NULL;
}

static void
warn_ambiguous(const struct tasks *ts, const char *name)
{
	struct buf files = BUF_INIT;
	struct task *t;
	int way;

	for (size_t at = 0; (t = next_meant(ts, name, &at, &way));)
		buf_addf(&files, "%s%s", files.len ? ", " : "", t->file);
	warn("'%s' is the name of more than one task: %s", name, files.s);
	buf_release(&files);
}

struct task *
tasks_meant(const struct tasks *ts, const char *arg, size_t *n)
{
	struct task *t = tasks_find(ts, arg, n);
	char *real = *n ? NULL : fs_realpath(arg);

	if (real)
		t = tasks_find(ts, repo_relative(ts->repo, real), n);
	free(real);
	return t;
}

struct task *
tasks_operand(const struct tasks *ts, const char *arg)
{
	size_t n;
	struct task *t = tasks_meant(ts, arg, &n);

	if (n > 1)
		warn_ambiguous(ts, arg);
	else if (!t)
		warn("%s: no such task", arg);
	return t;
}

/* --- again --- */

int
task_reread(struct tasks *ts, const struct task *t, struct task **out,
    struct buf *body)
{
	struct task_reader rd = { .repo = ts->repo, .layout = ts->layout,
	    .arena = &ts->arena, .text = BUF_INIT };
	struct buf own = BUF_INIT;
	struct task *fresh;

	if (body)
		buf_reset(body);
	fresh = task_read_whole(&rd, t->file, t->place, body ? body : &own);
	task_reader_release(&rd);
	buf_release(&own);
	if (!fresh)
		return -1;
	if (fresh->hash == t->hash && !fresh->error) {
		fresh->error = t->error;
		fresh->fault = t->fault;
		fresh->dep_task = t->dep_task;
		fresh->dep_ambiguous = t->dep_ambiguous;
		fresh->n_edge = t->n_edge;
		fresh->person = t->person;
		fresh->cycle = t->cycle;
		fresh->unblocks = t->unblocks;
	}
	*out = fresh;
	return 0;
}

int
task_body_hash(const struct tasks *ts, const struct task *t, uint64_t *out)
{
	struct arena a = { 0 };
	struct task_reader rd = { .repo = ts->repo, .layout = ts->layout,
	    .arena = &a, .text = BUF_INIT };
	struct buf body = BUF_INIT;
	const struct task *read = task_read_whole(&rd, t->file, NULL, &body);
	int r = read ? 0 : -1;

	*out = hash_fnv(body.s, body.len);
	task_reader_release(&rd);
	arena_release(&a);
	buf_release(&body);
	return r;
}
