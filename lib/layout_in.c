/* The file format of layouts: what jared-tasks(5) says of it. */
#include "layout.h"

#include <inttypes.h>
#include <string.h>

#include "buf.h"
#include "hash.h"
#include "num.h"
#include "plain.h"

/* A layout file while it is read; what is wrong with it ends the process. */
struct source {
	const char *path;
	const char *tasks_dir;  /* patterns and detect paths are below it */
	struct arena *arena;
};

static NORETURN void
bad(const struct source *src, const struct yaml *y, const char *want)
{
	die(EXIT_FAIL, "%s:%zu: %s: want %s", src->path, y->line, y->key, want);
}

static const char **
take_words(const struct source *src, const struct yaml *y)
{
	const char **v = yaml_words(y, src->arena);

	if (!v)
		bad(src, y, "a list of words");
	return v;
}

/* What is below the directory of the tasks, below the root. */
static const char *
below(const struct source *src, const char *path)
{
	return src->tasks_dir ?
	    arena_printf(src->arena, "%s/%s", src->tasks_dir, path) : path;
}

/* Paths, or patterns of them. */
static const char **
take_paths(const struct source *src, const struct yaml *y)
{
	const char **v = take_words(src, y);

	for (size_t i = 0; v[i]; i++) {
		if (*v[i] == '/' || strstr(v[i], ".."))
			bad(src, y, "paths below the repository");
		v[i] = below(src, v[i]);
	}
	return v;
}

static void
take_keys(const struct source *src, const struct yaml *y, struct layout *l)
{
	if (y->kind != YAML_MAP)
		bad(src, y, "a map from our keys to lists of theirs");
	for (const struct yaml *e = y->child; e; e = e->next) {
		size_t k = 0;

		while (k < KEY_N &&
		    strcmp(task_key_name((enum task_key)k), e->key) != 0)
			k++;
		if (k == KEY_N)
			bad(src, e, "one of the keys of jared-tasks(5)");
		l->key[k] = take_words(src, e);
	}
}

static int
word_value(const char *text, bool status)
{
	int64_t n;

	if (!status)
		return num_parse(text, 0, 99, &n) < 0 ? -1 : (int)n;
	for (int w = 0; w < ST_NWORDS; w++)
		if (strcmp(status_word_name((enum status_word)w), text) == 0)
			return w;
	return -1;
}

static struct layout_word *
take_map(const struct source *src, const struct yaml *y, bool status, size_t *n)
{
	struct layout_word *v;

	if (y->kind != YAML_MAP)
		bad(src, y, "a map from their words to ours");
	v = arena_alloc(src->arena, (y->n + 1) * sizeof *v);
	for (const struct yaml *e = y->child; e; e = e->next) {
		const char *text = yaml_text(e);

		v[*n].word = e->key;
		v[*n].value = text ? word_value(text, status) : -1;
		if (v[(*n)++].value < 0)
			bad(src, e, status ? "draft, ready, in_progress, blocked, "
			    "done or cancelled" : "a number from 0 to 99");
	}
	return v;
}

static void
take_id(const struct source *src, const struct yaml *y, struct layout *l)
{
	const char **v = take_words(src, y);
	bool pair = v[0] && v[1] && strcmp(v[1], "stem") == 0 && !v[2];

	l->id_in_workstream = pair && strcmp(v[0], "workstream") == 0;
	l->id_from_stem = v[0] && strcmp(v[0], "stem") == 0 && !v[1];
	if (!l->id_from_stem && !l->id_in_workstream &&
	    !(pair && strcmp(v[0], "id") == 0))
		bad(src, y, "[id, stem], [stem] or [workstream, stem]");
}

static void
take_dependencies(const struct source *src, const struct yaml *y, struct layout *l)
{
	for (const char **v = take_words(src, y); *v; v++)
		if (strcmp(*v, "comma") == 0)
			l->comma_deps = true;
		else if (strcmp(*v, "children") == 0)
			l->children_first = true;
		else if (strcmp(*v, "list") != 0)
			bad(src, y, "a list of 'list', 'comma' and 'children'");
}

/* Whether y is the one of two words that means yes. */
static bool
take_choice(const struct source *src, const struct yaml *y, const char *yes,
    const char *no)
{
	const char *text = yaml_text(y);

	if (text && strcmp(text, yes) == 0)
		return true;
	if (!text || strcmp(text, no) != 0)
		bad(src, y, arena_printf(src->arena, "'%s' or '%s'", yes, no));
	return false;
}

/* One directory below the one of the tasks. */
static const char *
take_dir(const struct source *src, const struct yaml *y)
{
	const char *text = yaml_text(y);

	if (!text || !*text || *text == '/' || strstr(text, ".."))
		bad(src, y, "a directory below the one of the tasks");
	return below(src, text);
}

static void
take_member(const struct source *src, const struct yaml *y, struct layout *l)
{
	const char *k = y->key;

	if (strcmp(k, "tasks_dir") == 0)
		return;                 /* taken first */
	if (strcmp(k, "detect") == 0)
		l->detect = take_paths(src, y);
	else if (strcmp(k, "files") == 0)
		l->files = take_paths(src, y);
	else if (strcmp(k, "ignore") == 0)
		l->ignore = take_words(src, y);
	else if (strcmp(k, "id") == 0)
		take_id(src, y, l);
	else if (strcmp(k, "title") == 0)
		l->title_heading = take_choice(src, y, "heading", "key");
	else if (strcmp(k, "dependencies") == 0)
		take_dependencies(src, y, l);
	else if (strcmp(k, "fallback") == 0)
		l->fallback = take_choice(src, y, "true", "false");
	else if (strcmp(k, "team") == 0)
		l->team = take_dir(src, y);
	else if (strcmp(k, "keys") == 0)
		take_keys(src, y, l);
	else if (strcmp(k, "status") == 0)
		l->status = take_map(src, y, true, &l->n_status);
	else if (strcmp(k, "priority") == 0)
		l->priority = take_map(src, y, false, &l->n_priority);
	else if (strcmp(k, "default_status") == 0)
		l->default_status = yaml_text(y);
	else
		die(EXIT_FAIL, "%s:%zu: unknown key '%s', valid keys: tasks_dir, "
		    "detect, fallback, files, ignore, team, id, title, keys, "
		    "dependencies, status, priority, default_status", src->path,
		    y->line, k);
}

/* Of this version, where the tasks are, and the layout's text. */
static uint64_t
identity(const struct source *src, uint64_t text)
{
	struct buf b = BUF_INIT;
	uint64_t h;

	buf_addf(&b, "%s %s %" PRIx64, JARED_VERSION,
	    src->tasks_dir ? src->tasks_dir : "", text);
	h = hash_words(b.s, b.len);
	buf_release(&b);
	return h;
}

void
layout_read(struct layout *l, const char *name, const char *path,
    const struct config *c, struct arena *a)
{
	static const char *none[] = { NULL };
	struct source src = { .path = path, .arena = a };
	uint64_t text = 0;
	const struct yaml *doc = plain_load(path, path, a, &text);
	const char *valid = "";

	*l = (struct layout){ .name = arena_strdup(a, name), .detect = none,
	    .files = none, .ignore = none };
	src.tasks_dir = c->tasks_dir ? c->tasks_dir :
	    yaml_text(yaml_get(doc, "tasks_dir"));
	l->identity = identity(&src, text);
	l->team = below(&src, "team");
	for (size_t k = 0; k < KEY_N; k++) {
		l->key[k] = arena_alloc(a, 2 * sizeof *l->key[k]);
		l->key[k][0] = task_key_name((enum task_key)k);
	}
	for (const struct yaml *y = doc ? doc->child : NULL; y; y = y->next)
		take_member(&src, y, l);
	if (!l->files[0] || !l->n_status)
		die(EXIT_FAIL, "%s: no files or no status words", path);
	if (l->default_status && layout_status(l, l->default_status, a, &valid) < 0)
		die(EXIT_FAIL, "%s: bad default_status '%s', valid: %s", path,
		    l->default_status, valid);
}
