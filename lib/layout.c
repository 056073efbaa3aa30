#include "layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "fs.h"
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
	[KEY_HOLD_UNTIL] = "hold_until", [KEY_PARENT] = "parent",
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

bool
layout_named(struct layout *l, const char *name, const char *root,
    const struct config *c, struct arena *a)
{
	char *file = xasprintf("layouts/%s.yaml", name);
	char *path = prefix_data(root, file);

	free(file);
	if (!path)
		return false;
	layout_read(l, name, arena_strdup(a, path), c, a);
	free(path);
	return true;
}

static NORETURN void
no_such_layout(const char *name, const char *root, struct arena *a)
{
	struct buf valid = BUF_INIT;

	for (const char **v = prefix_names(root, "layouts", a); *v; v++)
		buf_addf(&valid, "%s%s", valid.len ? ", " : "", *v);
	die(EXIT_FAIL, "no layout '%s' in .jared/layouts or '%s/layouts', valid: %s",
	    name, prefix_share(), valid.s);
}

/* --- detecting --- */

static bool matches(const struct layout *l, int dirfd, const char *pattern);

static bool
matches_below(const struct layout *l, int dirfd, const char *name, const char *rest)
{
	int fd = fs_open_dir(dirfd, name);
	bool r = fd >= 0 && matches(l, fd, rest);

	if (fd >= 0)
		close(fd);
	return r;
}

/* The same where the first component is a pattern. */
static bool
matches_any(const struct layout *l, int dirfd, const char *first, const char *rest)
{
	int fd = fs_open_dir(dirfd, ".");
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	bool r = false;

	while (d && !r && (e = readdir(d)))
		if (pattern_match(first, e->d_name, PATTERN_CASE))
			r = rest ? matches_below(l, dirfd, e->d_name, rest) :
			    !layout_ignores(l, e->d_name);
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return r;
}

/* Is there something that a pattern means?  As deep as it has components. */
static bool
matches(const struct layout *l, int dirfd, const char *pattern)
{
	const char *slash = strchr(pattern, '/'), *rest = slash ? slash + 1 : NULL;
	char *first = slash ? xstrndup(pattern, (size_t)(slash - pattern)) :
	    xstrdup(pattern);
	bool r = pattern_is(first) ? matches_any(l, dirfd, first, rest) :
	    rest ? matches_below(l, dirfd, first, rest) :
	    faccessat(dirfd, first, F_OK, 0) == 0;

	free(first);
	return r;
}

bool
layout_fits(const struct layout *l, const char *root)
{
	int fd = fs_open_dir(AT_FDCWD, root);
	bool r = fd >= 0 && l->detect[0];

	for (size_t i = 0; r && l->detect[i]; i++)
		r = matches(l, fd, l->detect[i]);
	if (fd >= 0)
		close(fd);
	return r;
}

void
layout_load(struct layout *l, const char *root, const struct config *c,
    struct arena *a)
{
	const char *name = c->layout ? c->layout : native, **names;
	struct layout other;

	if (!layout_named(l, name, root, c, a))
		no_such_layout(name, root, a);
	if (c->layout || layout_fits(l, root))
		return;
	names = prefix_names(root, "layouts", a);
	for (int fallback = 0; fallback < 2; fallback++)
		for (const char **v = names; *v; v++)
			if (strcmp(*v, native) != 0 &&
			    layout_named(&other, *v, root, c, a) &&
			    other.fallback == fallback && layout_fits(&other, root)) {
				*l = other;
				return;
			}
}

/* --- words --- */

bool
layout_ignores(const struct layout *l, const char *name)
{
	for (size_t i = 0; l->ignore[i]; i++)
		if (pattern_match(l->ignore[i], name, PATTERN_FOLD))
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
