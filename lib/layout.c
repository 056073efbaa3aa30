#include "layout.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "front.h"
#include "num.h"
#include "prefix.h"

static const char native[] = "workstreams";

static const char *const words[ST_NWORDS] = {
	[ST_DRAFT] = "draft", [ST_READY] = "ready",
	[ST_IN_PROGRESS] = "in_progress", [ST_BLOCKED] = "blocked",
	[ST_DONE] = "done", [ST_CANCELLED] = "cancelled",
};

static const char *const task_keys[KEY_N] = {
	[KEY_ID] = "id", [KEY_TITLE] = "title", [KEY_STATUS] = "status",
	[KEY_PRIORITY] = "priority", [KEY_WORKSTREAM] = "workstream",
	[KEY_MILESTONE] = "milestone", [KEY_OWNER] = "owner",
	[KEY_DEPENDS_ON] = "depends_on", [KEY_CREATED] = "created",
	[KEY_PATHS] = "paths", [KEY_GATES] = "gates",
	[KEY_HOLD_UNTIL] = "hold_until",
};

const char *
status_word_name(enum status_word w)
{
	return words[w];
}

const char *
task_key_name(enum task_key k)
{
	return task_keys[k];
}

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

/* A path below the root, or a pattern of one. */
static const char **
take_paths(const struct source *src, const struct yaml *y)
{
	const char **v = take_words(src, y);

	for (size_t i = 0; v[i]; i++) {
		if (*v[i] == '/' || strstr(v[i], ".."))
			bad(src, y, "paths below the repository");
		if (src->tasks_dir)
			v[i] = arena_printf(src->arena, "%s/%s", src->tasks_dir, v[i]);
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

		while (k < KEY_N && strcmp(task_keys[k], e->key) != 0)
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
		if (strcmp(words[w], text) == 0)
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

static bool
take_id(const struct source *src, const struct yaml *y)
{
	const char **v = take_words(src, y);

	if (v[0] && strcmp(v[0], "stem") == 0 && !v[1])
		return true;
	if (v[0] && strcmp(v[0], "id") == 0 && v[1] && strcmp(v[1], "stem") == 0 &&
	    !v[2])
		return false;
	bad(src, y, "[id, stem] or [stem]");
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
		l->id_from_stem = take_id(src, y);
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
		    "detect, files, ignore, id, keys, status, priority, "
		    "default_status", src->path, y->line, k);
}

static void
read_layout(struct layout *l, const char *name, const char *path,
    const struct config *c, struct arena *a)
{
	static const char *none[] = { NULL };
	struct source src = { .path = path, .arena = a };
	const struct yaml *doc = yaml_load(path, path, a);
	const char *valid = "";

	*l = (struct layout){ .name = arena_strdup(a, name), .detect = none,
	    .files = none, .ignore = none };
	src.tasks_dir = c->tasks_dir ? c->tasks_dir :
	    yaml_text(yaml_get(doc, "tasks_dir"));
	for (size_t k = 0; k < KEY_N; k++) {
		l->key[k] = arena_alloc(a, 2 * sizeof *l->key[k]);
		l->key[k][0] = task_keys[k];
	}
	for (const struct yaml *y = doc ? doc->child : NULL; y; y = y->next)
		take_member(&src, y, l);
	if (!l->files[0] || !l->n_status)
		die(EXIT_FAIL, "%s: no files or no status words", path);
	if (l->default_status && layout_status(l, l->default_status, a, &valid) < 0)
		die(EXIT_FAIL, "%s: bad default_status '%s', valid: %s", path,
		    l->default_status, valid);
}

/* Load it by name; false if there is no such file. */
static bool
load_named(struct layout *l, const char *name, const char *root,
    const struct config *c, struct arena *a)
{
	char *file = xasprintf("layouts/%s.yaml", name);
	char *path = prefix_data(root, file);

	free(file);
	if (!path)
		return false;
	read_layout(l, name, arena_strdup(a, path), c, a);
	free(path);
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every layout there is, by name, NULL-terminated; the same name twice where
 * the repository has its own. */
static const char **
all_names(const char *root, struct arena *a)
{
	char *dir[2] = { xasprintf("%s/.jared/layouts", root),
	    xasprintf("%s/layouts", prefix_share()) };
	const char **v = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < 2; i++) {
		DIR *d = opendir(dir[i]);
		struct dirent *e;

		free(dir[i]);
		while (d && (e = readdir(d))) {
			size_t len = strlen(e->d_name);

			if (len <= 5 || strcmp(e->d_name + len - 5, ".yaml") != 0)
				continue;
			GROW(v, n, cap);
			v[n++] = arena_strndup(a, e->d_name, len - 5);
		}
		if (d)
			closedir(d);
	}
	if (n > 1)
		qsort(v, n, sizeof *v, by_name);
	GROW(v, n, cap);
	v[n] = NULL;
	return v;
}

static NORETURN void
no_such_layout(const char *name, const char *root, struct arena *a)
{
	const char **v = all_names(root, a);
	struct buf valid = BUF_INIT;

	for (size_t i = 0; v[i]; i++)
		if (i == 0 || strcmp(v[i], v[i - 1]) != 0)
			buf_addf(&valid, "%s%s", i ? ", " : "", v[i]);
	die(EXIT_FAIL, "no layout '%s' in .jared/layouts or '%s/layouts', valid: %s",
	    name, prefix_share(), valid.s);
}

static bool
fits(const struct layout *l, const char *root)
{
	bool r = l->detect[0] != NULL;

	for (size_t i = 0; r && l->detect[i]; i++) {
		char *path = xasprintf("%s/%s", root, l->detect[i]);

		r = access(path, F_OK) == 0;
		free(path);
	}
	return r;
}

void
layout_load(struct layout *l, const char *root, const struct config *c,
    struct arena *a)
{
	const char *name = c->layout ? c->layout : native;
	const char **others;
	struct layout other;
	bool found = false;

	if (!load_named(l, name, root, c, a))
		no_such_layout(name, root, a);
	if (c->layout || fits(l, root))
		return;
	others = all_names(root, a);
	for (size_t i = 0; others[i] && !found; i++)
		found = strcmp(others[i], native) != 0 &&
		    load_named(&other, others[i], root, c, a) && fits(&other, root);
	free(others);
	if (found)
		*l = other;
}

bool
layout_match(const char *pattern, const char *name)
{
	const char *star = NULL, *from = name;

	if (*name == '.' && *pattern != '.')
		return false;
	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			from = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool
layout_ignores(const struct layout *l, const char *name)
{
	for (size_t i = 0; l->ignore[i]; i++)
		if (strcasecmp(l->ignore[i], name) == 0)
			return true;
	return false;
}

int
layout_status(const struct layout *l, const char *word, struct arena *a,
    const char **valid)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < l->n_status; i++)
		if (strcasecmp(l->status[i].word, word) == 0)
			return l->status[i].value;
	for (size_t i = 0; i < l->n_status; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", l->status[i].word);
	*valid = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	return -1;
}

int
layout_priority(const struct layout *l, const char *word)
{
	if (!word)
		return INT_MAX;
	for (size_t i = 0; i < l->n_priority; i++)
		if (strcasecmp(l->priority[i].word, word) == 0)
			return l->priority[i].value;
	return INT_MAX - 1;
}
