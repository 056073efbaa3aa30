#include "task.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "hash.h"

/* The first read; it holds the front matter of all but odd files. */
enum { FIRST_READ = 4096 };

void
task_fail(struct task_reader *rd, struct task *t, size_t line, const char *fault,
    const char *fmt, ...)
{
	va_list ap;
	char *what;

	if (t->error)
		return;
	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		die_errno(EXIT_RETRY, "cannot format a message");
	va_end(ap);
	t->fault = fault;
	t->error = arena_printf(rd->arena, "%s:%zu: %s", t->file, line, what);
	free(what);
}

static struct task *
new_task(struct task_reader *rd, const char *file, const char *workstream)
{
	struct task *t = arena_alloc(rd->arena, sizeof *t);
	const char *slash, *dot;

	t->file = file;
	slash = strrchr(t->file, '/');
	slash = slash ? slash + 1 : t->file;
	dot = strrchr(slash, '.');
	t->stem = dot && dot > slash ?
	    arena_strndup(rd->arena, slash, (size_t)(dot - slash)) : slash;
	t->workstream = t->place = workstream;
	t->created = t->hold_until = -1;
	t->rank = layout_priority(rd->layout, NULL);
	return t;
}

/* What names a file that says nothing of an id. */
const char *
task_file_name(struct task_reader *rd, const struct task *t)
{
	return rd->layout->id_in_workstream && t->place ?
	    arena_printf(rd->arena, "%s-%s", t->place, t->stem) : t->stem;
}

void
task_guess_id(struct task_reader *rd, struct task *t)
{
	t->guessed = true;
	t->id = taskid_stand_in(rd->arena, task_file_name(rd, t), t->file);
}

struct task *
task_refused(struct task_reader *rd, const char *file, const char *fault,
    const char *what)
{
	struct task *t = new_task(rd, file, NULL);

	task_guess_id(rd, t);
	task_fail(rd, t, 1, fault, "%s", what);
	return t;
}

/* --- bytes --- */

/* Read on until the front matter is all there, or cannot be: a front_result,
 * or -1 with errno. */
static int
read_front(struct task_reader *rd, int fd, struct front *f)
{
	struct buf *b = &rd->text;
	enum front_result r = FRONT_MORE;
	ssize_t n;

	buf_reset(b);
	do {
		size_t want = b->len ? FRONT_MAX : FIRST_READ, len;
		const char *lf;

		n = read(fd, buf_room(b, want), want);
		if (n < 0)
			return -1;
		buf_setlen(b, b->len + (size_t)n);
		/* A line cut off by the read must not pass for a whole one. */
		lf = (size_t)n == want ? memrchr(b->s, '\n', b->len) : NULL;
		len = lf ? (size_t)(lf - b->s) + 1 : b->len;
		r = front_cut(b->s, len, f);
	} while (n > 0 && (r == FRONT_MORE || (r == FRONT_OK && task_wants_more(rd, f))));
	return (int)r;
}

/* --- files --- */

/* Where a symbolic link among the task files leads: a descriptor if it stays
 * below the root. */
static int
open_link(struct task_reader *rd, struct task *t)
{
	char *path = xasprintf("%s/%s", rd->repo->root, t->file);
	char *real = fs_realpath(path);
	const char *below = real ? repo_relative(rd->repo, real) : NULL;
	int fd = -1;

	if (!real)
		task_fail(rd, t, 1, "link", "a symbolic link that leads nowhere: %s",
		    strerror(errno));
	else if (below == real)
		task_fail(rd, t, 1, "link", "a symbolic link that leaves the repository");
	else
		fd = fs_open_regular(rd->repo->rootfd, below);
	free(path);
	free(real);
	return fd;
}

void
task_stat(struct task_stat *out, const struct stat *st)
{
	const int64_t second = 1000000000;

	*out = (struct task_stat){ .dev = st->st_dev, .ino = st->st_ino,
	    .size = (uint64_t)st->st_size,
	    .mtime = st->st_mtim.tv_sec * second + st->st_mtim.tv_nsec,
	    .ctime = st->st_ctim.tv_sec * second + st->st_ctim.tv_nsec };
}

uint32_t
task_name_hash(const char *s)
{
	const char *slash = strrchr(s, '/'), *dot = slash ? strrchr(slash, '.') : NULL;
	size_t n;
	uint64_t h;

	s = slash ? slash + 1 : s;
	n = dot && dot > s ? (size_t)(dot - s) : strlen(s);
	h = hash_words(s, n);
	return (uint32_t)(h ^ h >> 32);
}

void
task_hash_names(struct task *t)
{
	t->name_hash[NAME_ID] = task_name_hash(t->id);
	t->name_hash[NAME_STEM] = task_name_hash(t->stem);
	t->name_hash[NAME_RAW_ID] = t->raw_id ? task_name_hash(t->raw_id) :
	    t->name_hash[NAME_ID];
}

/* Of what was opened by name, and is about to be read. */
static void
note_stat(struct task_reader *rd, struct task *t, int fd)
{
	struct task_stat *s;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	s = arena_alloc(rd->arena, sizeof *s);
	task_stat(s, &st);
	t->stat = s;
}

/* A descriptor; or -1, and then either t->error is set or the file is gone. */
static int
open_task(struct task_reader *rd, struct task *t, int dirfd, const char *name,
    int kind)
{
	int fd;

	/* The directory has said what it is.  Should it be something else by
	 * now, the worst to come of it is a short read. */
	if (kind == DT_REG)
		fd = openat(dirfd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	else
		fd = fs_open_regular(dirfd, name);

	if (fd >= 0 && rd->stat)
		note_stat(rd, t, fd);
	if (fd < 0 && errno == ELOOP)
		fd = open_link(rd, t);
	if (fd >= 0 || errno == ENOENT)
		return fd;
	if (errno == EINVAL || errno == ENXIO)
		task_fail(rd, t, 1, "file", "not a regular file");
	else
		task_fail(rd, t, 1, "file", "cannot open it: %s", strerror(errno));
	return -1;
}

static struct task *
unopened(struct task_reader *rd, struct task *t)
{
	if (!t->error)
		return NULL;
	task_guess_id(rd, t);
	return t;
}

struct task *
task_read(struct task_reader *rd, int dirfd, const char *name, int kind,
    const char *file, const char *workstream)
{
	struct task *t = new_task(rd, file, workstream);
	int fd = open_task(rd, t, dirfd, name, kind);
	struct front f = { 0 };

	if (fd < 0)
		return unopened(rd, t);
	int r = read_front(rd, fd, &f);
	if (r < 0) {
		t->stat = NULL;
		task_fail(rd, t, 1, "file", "cannot read it: %s", strerror(errno));
	}
	close(fd);
	task_parse(rd, t, rd->text.s, rd->text.len, &f, r < 0 ? FRONT_NONE : (enum front_result)r);
	return t;
}

struct task *
task_read_whole(struct task_reader *rd, const char *file, const char *workstream,
    struct buf *text)
{
	struct task *t = new_task(rd, file, workstream);
	int fd = open_task(rd, t, rd->repo->rootfd, file, DT_UNKNOWN);
	struct front f = { 0 };

	if (fd < 0)
		return unopened(rd, t);
	if (fs_read_fd(fd, TASK_FILE_MAX, text) < 0)
		task_fail(rd, t, 1, "file", "cannot read it: %s", strerror(errno));
	close(fd);
	task_parse(rd, t, text->s, text->len, &f, front_cut(text->s, text->len, &f));
	return t;
}

void
task_reader_release(struct task_reader *rd)
{
	arena_release(&rd->scratch);
	buf_release(&rd->text);
}
