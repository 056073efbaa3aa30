#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"

struct walk {
	struct task_reader rd;
	struct buf path;            /* where we are, relative to the root */
	struct task **v;
	size_t n, cap;
};

/* A file that is gone by now is no task. */
static void
add_task(struct walk *w, struct task *t)
{
	if (!t)
		return;
	GROW(w->v, w->n, w->cap);
	w->v[w->n++] = t;
}

static void
add_component(struct buf *path, const char *name)
{
	if (path->len)
		buf_addch(path, '/');
	buf_addstr(path, name);
}

/* A directory that cannot be seen into is no empty one: it is a record too. */
static void
refuse_dir(struct walk *w, const char *what)
{
	char *why = arena_printf(w->rd.arena, "cannot %s it: %s", what,
	    strerror(errno));

	add_task(w, task_refused(&w->rd, w->path.s, "file", why));
}

/* A symbolic link to a directory below the root is followed. */
static int
open_linked_dir(struct walk *w)
{
	const struct repo *r = w->rd.repo;
	char *path = xasprintf("%s/%s", r->root, w->path.s);
	char *real = fs_realpath(path);
	int fd = real ? fs_open_dir(AT_FDCWD, real) : -1;

	if (fd >= 0 && repo_relative(r, real) == real) {
		close(fd);
		fd = -1;
		add_task(w, task_refused(&w->rd, w->path.s, "link",
		    "a symbolic link that leaves the repository"));
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

static void walk_level(struct walk *w, DIR *d, const char *pattern,
    const char *workstream);

/* NAME in d, a DT_* of readdir(3), matches the first component of a pattern
 * whose other components are rest, or NULL. */
static void
walk_entry(struct walk *w, DIR *d, const char *name, int kind, const char *rest,
    const char *workstream)
{
	size_t len = w->path.len;
	DIR *below;

	add_component(&w->path, name);
	if (!rest) {
		add_task(w, task_read(&w->rd, dirfd(d), name, kind, w->path.s,
		    workstream));
	} else if ((below = open_level(w, dirfd(d), name))) {
		walk_level(w, below, rest, workstream);
		closedir(below);
	}
	buf_setlen(&w->path, len);
}

/* As deep as the pattern has components, and no deeper. */
static void
walk_level(struct walk *w, DIR *d, const char *pattern, const char *workstream)
{
	const char *slash = strchr(pattern, '/');
	char *first = slash ? xstrndup(pattern, (size_t)(slash - pattern)) :
	    xstrdup(pattern);
	bool capture = strcmp(first, "{workstream}") == 0;
	const char *rest = slash ? slash + 1 : NULL;
	const struct dirent *e;

	if (!capture && !pattern_is(first)) {
		walk_entry(w, d, first, DT_UNKNOWN, rest, workstream);
		free(first);
		return;
	}
	while (errno = 0, (e = readdir(d))) {
		if (!pattern_match(capture ? "*" : first, e->d_name, PATTERN_CASE) ||
		    (!rest && layout_ignores(w->rd.layout, e->d_name)) ||
		    (rest && e->d_type == DT_REG))
			continue;
		walk_entry(w, d, e->d_name, e->d_type, rest, capture ?
		    arena_strdup(w->rd.arena, e->d_name) : workstream);
	}
	if (errno)
		refuse_dir(w, "read");
	free(first);
}

size_t
walk_tasks(const struct repo *r, const struct layout *l, struct arena *a,
    struct task ***out)
{
	struct walk w = { .rd = { .repo = r, .layout = l, .arena = a, .text = BUF_INIT },
	    .path = BUF_INIT };
	DIR *root;

	for (size_t i = 0; l->files[i]; i++) {
		root = open_level(&w, r->rootfd, ".");
		if (!root)
			continue;
		walk_level(&w, root, l->files[i], NULL);
		closedir(root);
	}
	task_reader_release(&w.rd);
	buf_release(&w.path);
	*out = w.v;
	return w.n;
}
