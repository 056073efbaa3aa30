#include "task.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "front.h"
#include "fs.h"
#include "hash.h"
#include "plain.h"

/* The first read; it holds the front matter of all but odd files. */
enum { FIRST_READ = 4096 };

static PRINTF_LIKE(5, 6) void
fail(struct task_reader *rd, struct task *t, size_t line, const char *fault,
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

	t->file = arena_strdup(rd->arena, file);
	slash = strrchr(t->file, '/');
	slash = slash ? slash + 1 : t->file;
	dot = strrchr(slash, '.');
	t->stem = dot && dot > slash ?
	    arena_strndup(rd->arena, slash, (size_t)(dot - slash)) : slash;
	t->workstream = workstream;
	t->created = t->hold_until = -1;
	t->rank = layout_priority(rd->layout, NULL);
	return t;
}

struct task *
task_refused(struct task_reader *rd, const char *file, const char *fault,
    const char *what)
{
	struct task *t = new_task(rd, file, NULL);

	t->guessed = true;
	t->id = taskid_stand_in(rd->arena, t->stem, t->file);
	fail(rd, t, 1, fault, "%s", what);
	return t;
}

/* --- front matter to fields --- */

/* The member that a key of ours or one of its aliases names.  Two that both
 * say something are refused: neither may be silently passed over. */
static const struct yaml *
member(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key)
{
	const struct yaml *found = NULL, *y;

	for (const char **alias = rd->layout->key[key]; *alias; alias++) {
		y = yaml_get(root, *alias);
		if (!y || (y->kind == YAML_SCALAR && !y->value))
			continue;
		if (found)
			fail(rd, t, y->line, "key", "'%s' stands for the same as '%s'",
			    y->key, found->key);
		else
			found = y;
	}
	return found;
}

static const char *
take_text(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key, size_t *line)
{
	const struct yaml *y = member(rd, t, root, key);

	if (y && y->kind == YAML_SEQ && key == KEY_OWNER) {
		y = y->child;
		if (!yaml_text(y))
			return NULL;
	}
	if (!y)
		return NULL;
	*line = y->line;
	if (y->kind != YAML_SCALAR) {
		fail(rd, t, y->line, "key", "'%s' must be one value", y->key);
		return NULL;
	}
	return *y->value ? arena_strdup(rd->arena, y->value) : NULL;
}

/* A list of words; one word alone is a list of one, a map (of gates) stands
 * for its keys. */
static const char **
take_list(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key, size_t *n)
{
	const struct yaml *y = member(rd, t, root, key);
	const char **v;

	if (!y || (y->kind == YAML_SCALAR ? !*y->value : !y->n))
		return NULL;
	v = arena_alloc(rd->arena, (y->n + 1) * sizeof *v);
	if (y->kind == YAML_SCALAR) {
		v[(*n)++] = arena_strdup(rd->arena, y->value);
		return v;
	}
	for (const struct yaml *e = y->child; e; e = e->next) {
		const char *word = y->kind == YAML_SEQ ? yaml_text(e) :
		    key == KEY_GATES ? e->key : NULL;

		if (!word || !*word)
			fail(rd, t, e->line, "key", "'%s' must be a list of words", y->key);
		else
			v[(*n)++] = arena_strdup(rd->arena, word);
	}
	return v;
}

static int64_t
take_time(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key)
{
	size_t line = 1;
	const char *text = take_text(rd, t, root, key, &line);
	int64_t when = -1;

	if (text && clock_parse(text, &when) < 0)
		fail(rd, t, line, "key", "bad %s '%s', valid: 2026-11-22, "
		    "2026-11-22 10:00, 2026-11-22T10:00:00Z", task_key_name(key), text);
	return when;
}

static void
take_id(struct task_reader *rd, struct task *t, const struct yaml *root)
{
	size_t line = 1;
	const char *from;

	t->raw_id = take_text(rd, t, root, KEY_ID, &line);
	from = rd->layout->id_from_stem || !t->raw_id ? t->stem : t->raw_id;
	t->id = taskid_make(rd->arena, from);
	if (from == t->stem)
		line = 1;
	if (!*t->id)
		fail(rd, t, line, "id", "no id can be made from '%s', valid: letters, "
		    "digits and '-'", from);
	else if (strlen(t->id) > TASK_ID_MAX)
		fail(rd, t, line, "id", "id longer than %d bytes", TASK_ID_MAX);
	else
		return;
	t->guessed = true;
	t->id = taskid_stand_in(rd->arena, t->stem, t->file);
}

static void
take_status(struct task_reader *rd, struct task *t, const struct yaml *root)
{
	size_t line = 1;
	const char *valid = "", *word;
	int value;

	t->status = take_text(rd, t, root, KEY_STATUS, &line);
	word = t->status ? t->status : rd->layout->default_status;
	value = layout_status(rd->layout, word ? word : "", rd->arena, &valid);
	if (value >= 0)
		t->word = (enum status_word)value;
	else if (word)
		fail(rd, t, line, "status", "bad status '%s', valid: %s", word, valid);
	else
		fail(rd, t, line, "status", "no status, valid: %s", valid);
}

static void
take_fields(struct task_reader *rd, struct task *t, const struct yaml *root)
{
	size_t line;
	const char *text;

	take_id(rd, t, root);
	take_status(rd, t, root);
	t->title = take_text(rd, t, root, KEY_TITLE, &line);
	t->priority = take_text(rd, t, root, KEY_PRIORITY, &line);
	t->rank = layout_priority(rd->layout, t->priority);
	text = take_text(rd, t, root, KEY_WORKSTREAM, &line);
	if (text)
		t->workstream = text;
	t->milestone = take_text(rd, t, root, KEY_MILESTONE, &line);
	t->owner = take_text(rd, t, root, KEY_OWNER, &line);
	t->created = take_time(rd, t, root, KEY_CREATED);
	t->hold_until = take_time(rd, t, root, KEY_HOLD_UNTIL);
	t->dep = take_list(rd, t, root, KEY_DEPENDS_ON, &t->n_dep);
	t->path = take_list(rd, t, root, KEY_PATHS, &t->n_path);
	t->gate = take_list(rd, t, root, KEY_GATES, &t->n_gate);
}

/* --- bytes to front matter --- */

static void
parse_block(struct task_reader *rd, struct task *t, const char *text,
    const struct front *f)
{
	const struct yaml *root;
	const char *why = "";
	size_t line = 0;

	t->hash = hash_fnv(text + f->start, f->block_len);
	root = plain_parse(text + f->yaml, f->yaml_len, 2, &rd->scratch);
	if (!root)
		root = yaml_parse_front(text + f->yaml, f->yaml_len, &rd->scratch, &why,
		    &line);
	if (!root)
		fail(rd, t, line, "yaml", "%s", why);
	else if (root->kind != YAML_MAP)
		fail(rd, t, root->line, "yaml", "the front matter is no list of "
		    "'key: value' lines");
	else
		take_fields(rd, t, root);
	arena_reset(&rd->scratch);
}

/* What front_cut made of the file. */
static void
parse_cut(struct task_reader *rd, struct task *t, const char *text,
    const struct front *f, enum front_result r)
{
	switch (r) {
	case FRONT_OK:
		parse_block(rd, t, text, f);
		break;
	case FRONT_MORE:
		fail(rd, t, 1, "front-matter", "the front matter has no end, "
		    "a line '---'");
		break;
	case FRONT_NONE:
		fail(rd, t, 1, "front-matter", "no front matter: the first line is "
		    "not '---'");
		break;
	case FRONT_BINARY:
		fail(rd, t, 1, "binary", "NUL bytes or UTF-16, not UTF-8 text");
		break;
	case FRONT_TOOBIG:
		fail(rd, t, 1, "front-matter", "the front matter is longer than "
		    "%d bytes", FRONT_MAX);
		break;
	}
	if (!t->id) {
		t->guessed = true;
		t->id = taskid_stand_in(rd->arena, t->stem, t->file);
	}
}

/* Read on until the front matter is all there, or cannot be: a front_result,
 * or -1 with errno. */
static int
read_front(int fd, struct buf *b, struct front *f)
{
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
	} while (r == FRONT_MORE && n > 0);
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
		fail(rd, t, 1, "link", "a symbolic link that leads nowhere: %s",
		    strerror(errno));
	else if (below == real)
		fail(rd, t, 1, "link", "a symbolic link that leaves the repository");
	else
		fd = fs_open_regular(rd->repo->rootfd, below);
	free(path);
	free(real);
	return fd;
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

	if (fd < 0 && errno == ELOOP)
		fd = open_link(rd, t);
	if (fd >= 0 || errno == ENOENT)
		return fd;
	if (errno == EINVAL || errno == ENXIO)
		fail(rd, t, 1, "file", "not a regular file");
	else
		fail(rd, t, 1, "file", "cannot open it: %s", strerror(errno));
	return -1;
}

static struct task *
unopened(struct task_reader *rd, struct task *t)
{
	if (!t->error)
		return NULL;
	t->guessed = true;
	t->id = taskid_stand_in(rd->arena, t->stem, t->file);
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
	int r = read_front(fd, &rd->text, &f);
	if (r < 0)
		fail(rd, t, 1, "file", "cannot read it: %s", strerror(errno));
	close(fd);
	parse_cut(rd, t, rd->text.s, &f, r < 0 ? FRONT_NONE : (enum front_result)r);
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
		fail(rd, t, 1, "file", "cannot read it: %s", strerror(errno));
	close(fd);
	parse_cut(rd, t, text->s, &f, front_cut(text->s, text->len, &f));
	return t;
}

void
task_reader_release(struct task_reader *rd)
{
	arena_release(&rd->scratch);
	buf_release(&rd->text);
}
