#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"

/* THREADS_FROM files are worth a second thread.  Directories stay open until
 * their files are read. */
enum { BATCH = 64, THREADS_FROM = 1000, MAX_THREADS = 4, MAX_DIRS = 128 };

/* A file that a pattern matches. */
struct found {
	const char *file;           /* below the root */
	const char *name;           /* the end of it */
	const char *workstream;
	int dirfd, kind;
};

struct walk {
	const struct repo *repo;
	const struct layout *layout;
	const struct index *index;
	struct arena *arena;
	bool stat;
	struct buf path;            /* where we are, relative to the root */
	struct found *found;        /* not read yet, n_found */
	size_t n_found, cap_found;
	int dir[MAX_DIRS];          /* where they are */
	size_t n_dir;
	struct task **v;
	size_t n, cap;
};

static struct task_reader
reader_of(const struct walk *w, struct arena *a)
{
	return (struct task_reader){ .repo = w->repo, .layout = w->layout,
	    .arena = a, .stat = w->stat, .text = BUF_INIT };
}

/* A file that is gone by now is no task. */
static void
add_task(struct walk *w, struct task *t)
{
	if (!t)
		return;
	GROW(w->v, w->n, w->cap);
	t->seen = (uint32_t)w->n;
	w->v[w->n++] = t;
}

/* --- reading what was found --- */

struct round {
	const struct walk *w;
	struct task **out;          /* of each that was found */
	atomic_size_t next;
};

struct hand {
	struct round *round;
	struct arena arena;
	struct task_reader rd;
	pthread_t thread;
	size_t near;
};

/* A file that the index knows need not be opened. */
static struct task *
read_one(struct hand *h, const struct found *f)
{
	struct task_stat now;
	struct task *t = NULL;
	struct stat st;

	if (h->round->w->index->head) {
		if (fstatat(f->dirfd, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno == ENOENT)
			return NULL;
		task_stat(&now, &st);
		t = index_get(h->round->w->index, f->file, &now, &h->near, &h->arena);
	}
	if (t)
		return t;
	t = task_read(&h->rd, f->dirfd, f->name, f->kind, f->file, f->workstream);
	if (t)
		task_hash_names(t);
	return t;
}

static void *
read_batches(void *arg)
{
	struct hand *h = arg;
	const struct walk *w = h->round->w;
	size_t at, end;

	while ((at = atomic_fetch_add(&h->round->next, BATCH)) < w->n_found) {
		end = at + BATCH < w->n_found ? at + BATCH : w->n_found;
		for (; at < end; at++)
			h->round->out[at] = read_one(h, &w->found[at]);
	}
	return NULL;
}

static size_t
count_threads(const struct walk *w)
{
	cpu_set_t set;
	size_t n = 1;

	if (w->n_found >= THREADS_FROM &&
	    sched_getaffinity(0, sizeof set, &set) == 0)
		n = (size_t)CPU_COUNT(&set);
	return n < MAX_THREADS ? n : MAX_THREADS;
}

/* Where no thread can be had, the others do its work. */
static void
read_found(struct walk *w)
{
	struct round round = { .w = w };
	struct hand hand[MAX_THREADS] = { { .round = &round } };
	size_t n = count_threads(w), have = 1;

	round.out = xrealloc_array(NULL, w->n_found, sizeof *round.out);
	for (size_t i = 0; i < n; i++) {
		hand[i].round = &round;
		hand[i].rd = reader_of(w, &hand[i].arena);
	}
	while (have < n && pthread_create(&hand[have].thread, NULL, read_batches,
	    &hand[have]) == 0)
		have++;
	read_batches(&hand[0]);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && i < have)
			pthread_join(hand[i].thread, NULL);
		arena_join(w->arena, &hand[i].arena);
		task_reader_release(&hand[i].rd);
	}
	for (size_t i = 0; i < w->n_found; i++)
		add_task(w, round.out[i]);
	free(round.out);
	w->n_found = 0;
	while (w->n_dir)
		close(w->dir[--w->n_dir]);
}

/* --- finding --- */

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
	struct task_reader rd = reader_of(w, w->arena);

	struct task *t = task_refused(&rd, arena_strdup(w->arena, w->path.s), fault,
	    why);

	task_hash_names(t);
	add_task(w, t);
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

/* A descriptor of d that stays open until its files are read. */
static int
keep_open(struct walk *w, DIR *d)
{
	int fd = w->n_dir == MAX_DIRS ? -1 : fcntl(dirfd(d), F_DUPFD_CLOEXEC, 0);

	if (fd < 0) {
		read_found(w);
		fd = fcntl(dirfd(d), F_DUPFD_CLOEXEC, 0);
	}
	if (fd < 0)
		die_errno(EXIT_RETRY, "cannot keep '%s' open", w->path.s);
	return w->dir[w->n_dir++] = fd;
}

static void
add_found(struct walk *w, int fd, const char *name, int kind,
    const char *workstream)
{
	char *file = arena_alloc(w->arena, w->path.len + strlen(name) + 2), *end = file;

	if (w->path.len) {
		end = mempcpy(end, w->path.s, w->path.len);
		*end++ = '/';
	}
	strcpy(end, name);
	GROW(w->found, w->n_found, w->cap_found);
	w->found[w->n_found++] = (struct found){ .file = file, .name = end,
	    .workstream = workstream, .dirfd = fd, .kind = kind };
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

/* As deep as the pattern has components, and no deeper. */
static void
walk_level(struct walk *w, DIR *d, const char *pattern, const char *workstream)
{
	const char *slash = strchr(pattern, '/'), *rest = slash ? slash + 1 : NULL;
	char *first = slash ? xstrndup(pattern, (size_t)(slash - pattern)) :
	    xstrdup(pattern);
	bool capture = strcmp(first, "{workstream}") == 0;
	const struct dirent *e;
	int fd = -1;

	if (!capture && !pattern_is(first)) {
		if (rest)
			walk_below(w, d, first, rest, workstream);
		else
			add_found(w, keep_open(w, d), first, DT_UNKNOWN, workstream);
		free(first);
		return;
	}
	while (errno = 0, (e = readdir(d))) {
		if (!pattern_match(capture ? "*" : first, e->d_name, PATTERN_CASE) ||
		    (!rest && layout_ignores(w->layout, e->d_name)) ||
		    (rest && e->d_type == DT_REG))
			continue;
		const char *ws = capture ? arena_strdup(w->arena, e->d_name) :
		    workstream;
		if (rest) {
			walk_below(w, d, e->d_name, rest, ws);
			continue;
		}
		if (fd < 0)
			fd = keep_open(w, d);
		add_found(w, fd, e->d_name, e->d_type, ws);
	}
	if (errno)
		refuse_dir(w, "read");
	free(first);
}

size_t
walk_tasks(const struct repo *r, const struct layout *l, const struct index *x,
    enum walk_for what_for, struct arena *a, struct task ***out)
{
	struct walk w = { .repo = r, .layout = l, .index = x, .arena = a,
	    .stat = what_for == WALK_TO_INDEX, .path = BUF_INIT };
	DIR *root;

	for (size_t i = 0; l->files[i]; i++) {
		root = open_level(&w, r->rootfd, ".");
		if (!root)
			continue;
		walk_level(&w, root, l->files[i], NULL);
		closedir(root);
	}
	read_found(&w);
	free(w.found);
	buf_release(&w.path);
	*out = w.v;
	return w.n;
}
