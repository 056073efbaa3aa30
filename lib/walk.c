#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "reading.h"

struct walk {
	const struct repo *repo;
	const struct layout *layout;
	struct arena *arena;
	struct reading *reading;
	struct buf path;            /* where we are, relative to the root */
	struct task **v;
	size_t n, cap;
};

static void
add_component(struct buf *path, const char *name)
{
	if (path->len)
		buf_addch(path, '/');
	buf_addstr(path, name);
}

static void
refuse(struct walk *w, const char *fault, const char *why)
{
	struct task_reader rd = { .repo = w->repo, .layout = w->layout,
	    .arena = w->arena };
	struct task *t = task_refused(&rd, arena_strdup(w->arena, w->path.s), fault,
	    why);

	task_hash_names(t);
	GROW(w->v, w->n, w->cap);
	w->v[w->n++] = t;
}

/* A directory that cannot be seen into is no empty one: it is a record too. */
static void
refuse_dir(struct walk *w, const char *what)
{
	char *why = arena_printf(w->arena, "cannot %s it: %s", what,
	    strerror(errno));

	refuse(w, "file", why);
}

/* A symbolic link to a directory below the root is followed. */
static int
open_linked_dir(struct walk *w)
{
	const struct repo *r = w->repo;
	char *path = xasprintf("%s/%s", r->root, w->path.s);
	char *real = fs_realpath(path);
	int fd = real ? fs_open_dir(AT_FDCWD, real) : -1;

	if (fd >= 0 && repo_relative(r, real) == real) {
		close(fd);
		fd = -1;
		refuse(w, "link", "a symbolic link that leaves the repository");
	}
	free(path);
	free(real);
	return fd;
}

/* The directory NAME in dirfd, which is w->path; NULL if it is none. */
static DIR *
open_level(struct walk *w, int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC);
	DIR *d;

	if (fd < 0 && errno == ENOTDIR)
		fd = open_linked_dir(w);
	else if (fd < 0 && errno != ENOENT)
		refuse_dir(w, "open");
	if (fd < 0)
		return NULL;
	d = fdopendir(fd);
	if (!d)
		die_errno(EXIT_RETRY, "cannot read '%s'", w->path.s);
	return d;
}

static void
add_file(struct walk *w, struct reading_dir *d, const char *name, int kind,
    const char *workstream)
{
	char *file = arena_alloc(w->arena, w->path.len + strlen(name) + 2), *end = file;

	if (w->path.len) {
		end = mempcpy(end, w->path.s, w->path.len);
		*end++ = '/';
	}
	strcpy(end, name);
	reading_add(w->reading, d, file, end, kind, workstream);
}

static void walk_level(struct walk *w, DIR *d, const char *pattern,
    const char *workstream);

/* The directory NAME in d, and below it what the rest of a pattern matches. */
static void
walk_below(struct walk *w, DIR *d, const char *name, const char *rest,
    const char *workstream)
{
	size_t len = w->path.len;
	DIR *below;

	add_component(&w->path, name);
	below = open_level(w, dirfd(d), name);
	if (below) {
		walk_level(w, below, rest, workstream);
		closedir(below);
	}
	buf_setlen(&w->path, len);
}

/* The files in d that the last component of a pattern matches. */
static void
walk_files(struct walk *w, DIR *d, const char *last, const char *workstream)
{
	struct reading_dir *rd = reading_enter(w->reading, dirfd(d), w->path.s);
	const struct dirent *e;

	if (!pattern_is(last)) {
		add_file(w, rd, last, DT_UNKNOWN, workstream);
		reading_leave(w->reading, rd);
		return;
	}
	while (errno = 0, (e = readdir(d)))
		if (pattern_match(last, e->d_name, PATTERN_CASE) &&
		    !layout_ignores(w->layout, e->d_name))
			add_file(w, rd, e->d_name, e->d_type, workstream);
	if (errno)
		refuse_dir(w, "read");
	reading_leave(w->reading, rd);
}

/* What the rest of a pattern matches below the directories in d that its first
 * component does; NULL is any, and they are the workstreams. */
static void
walk_dirs(struct walk *w, DIR *d, const char *first, const char *rest,
    const char *workstream)
{
	const struct dirent *e;

	while (errno = 0, (e = readdir(d))) {
		if (e->d_type == DT_REG ||
		    !pattern_match(first ? first : "*", e->d_name, PATTERN_CASE))
			continue;
		walk_below(w, d, e->d_name, rest, first ? workstream :
		    arena_strdup(w->arena, e->d_name));
	}
	if (errno)
		refuse_dir(w, "read");
}

/* As deep as the pattern has components, and no deeper. */
static void
walk_level(struct walk *w, DIR *d, const char *pattern, const char *workstream)
{
	const char *slash = strchr(pattern, '/');
	char *first;

	if (!slash) {
		walk_files(w, d, pattern, workstream);
		return;
	}
	first = xstrndup(pattern, (size_t)(slash - pattern));
	if (strcmp(first, "{workstream}") == 0)
		walk_dirs(w, d, NULL, slash + 1, workstream);
	else if (pattern_is(first))
		walk_dirs(w, d, first, slash + 1, workstream);
	else
		walk_below(w, d, first, slash + 1, workstream);
	free(first);
}

size_t
walk_tasks(const struct repo *r, const struct layout *l, const struct index *x,
    enum walk_for what_for, struct arena *a, struct task ***out)
{
	struct walk w = { .repo = r, .layout = l, .arena = a, .path = BUF_INIT,
	    .reading = reading_begin(r, l, x, what_for == WALK_TO_INDEX) };
	DIR *root;

	for (size_t i = 0; l->files[i]; i++) {
		root = open_level(&w, r->rootfd, ".");
		if (!root)
			continue;
		walk_level(&w, root, l->files[i], NULL);
		closedir(root);
	}
	reading_end(w.reading, a, &w.v, &w.n, &w.cap);
	for (size_t i = 0; i < w.n; i++)
		w.v[i]->seen = (uint32_t)i;
	buf_release(&w.path);
	*out = w.v;
	return w.n;
}
