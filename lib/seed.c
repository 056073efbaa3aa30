#include "seed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "fs.h"

enum { DEPTH = 100, CHUNK = 1 << 16 };

struct seeding {
	enum seed_how how;
	const char *root, *except;
	struct arena *a;
	const char *why;
	char **path;                /* found, n of them, relative to the root */
	size_t n, cap;
};

static int
wrong(struct seeding *s, const char *path, const char *what)
{
	s->why = arena_printf(s->a, "%s: '%s' %s", s->how == SEED_LINK ? "link" : "copy",
	    path, what);
	return -1;
}

static int
failed(struct seeding *s, const char *path)
{
	return wrong(s, path, arena_printf(s->a, "cannot be copied: %s", strerror(errno)));
}

static int
open_below(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static char *
join(struct seeding *s, const char *dir, const char *name)
{
	return *dir ? arena_printf(s->a, "%s/%s", dir, name) : arena_strdup(s->a, name);
}

static bool
is_taboo(const struct seeding *s, const char *path)
{
	return strcmp(path, ".git") == 0 || (s->except && strcmp(path, s->except) == 0);
}

/* --- what a pattern names --- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in dir that match, in order. */
static char **
matches(struct seeding *s, int dir, const char *part, size_t *n)
{
	int fd = open_below(dir, ".");
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	char **v = NULL;
	size_t cap = 0;

	*n = 0;
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    fnmatch(part, e->d_name, FNM_PERIOD) == 0) {
			GROW(v, *n, cap);
			v[(*n)++] = arena_strdup(s->a, e->d_name);
		}
	if (d)
		closedir(d);
	if (*n)
		qsort(v, *n, sizeof *v, by_text);
	return v;
}

static void find(struct seeding *s, int dir, const char *at, const char *rest, int depth);

static void
follow(struct seeding *s, int dir, const char *at, const char *name, const char *rest,
    int depth)
{
	char *path = join(s, at, name);
	struct stat st;
	int sub;

	if (is_taboo(s, path) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!*rest) {
		GROW(s->path, s->n, s->cap);
		s->path[s->n++] = path;
		return;
	}
	sub = open_below(dir, name);
	if (sub < 0)
		return;
	find(s, sub, path, rest, depth + 1);
	close(sub);
}

/* The first part of rest is looked for in dir, which is named at. */
static void
find(struct seeding *s, int dir, const char *at, const char *rest, int depth)
{
	size_t len = strcspn(rest, "/"), n;
	char *part = arena_strndup(s->a, rest, len), **name;

	rest += len + (rest[len] == '/');
	if (depth > DEPTH)
		return;
	if (!strpbrk(part, "*?[")) {
		follow(s, dir, at, part, rest, depth);
		return;
	}
	name = matches(s, dir, part, &n);
	for (size_t i = 0; i < n; i++)
		follow(s, dir, at, name[i], rest, depth);
	free(name);
}

/* --- taking it over --- */

static int
copy_bytes(int from, int to)
{
	char chunk[CHUNK];
	ssize_t n;

	/* Where the file system can, they share their blocks. */
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	while ((n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0)
		continue;
	if (n == 0)
		return 0;
	while ((n = read(from, chunk, sizeof chunk)) > 0)
		if (fs_write_all(to, chunk, (size_t)n) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

static int
copy_file(int from, int to, const char *name, mode_t mode)
{
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int out = in < 0 ? -1 : openat(to, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r = -1;

	if (out >= 0 && copy_bytes(in, out) == 0)
		r = fchmod(out, mode & 0777);
	int err = errno;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	errno = err;
	return r;
}

/* Would a link at that path stay in the repository, as far as names tell? */
static bool
stays_inside(const char *path, const char *target)
{
	int depth = 0;

	if (*target == '/' || !*target)
		return false;
	for (const char *c = path; *c; c++)
		depth += *c == '/';
	while (*target) {
		size_t len = strcspn(target, "/");

		if (len == 2 && memcmp(target, "..", 2) == 0)
			depth--;
		else if (len > 0 && !(len == 1 && *target == '.'))
			depth++;
		if (depth < 0)
			return false;
		target += len + (target[len] == '/');
	}
	return true;
}

static int
copy_link(struct seeding *s, int from, int to, const char *path, const char *name)
{
	char target[4096];
	ssize_t n = readlinkat(from, name, target, sizeof target - 1);

	if (n < 0)
		return failed(s, path);
	target[n] = '\0';
	if (!stays_inside(path, target))
		return wrong(s, path, "is a link that leads out of the repository");
	return symlinkat(target, to, name) < 0 ? failed(s, path) : 0;
}

static int copy(struct seeding *s, int from, int to, const char *path, const char *name,
    int depth);

static int
copy_dir(struct seeding *s, int from, int to, const char *path, const char *name,
    mode_t mode, int depth)
{
	int in = open_below(from, name), out = -1, r = 0;
	bool made = mkdirat(to, name, 0700) == 0;
	char **v = NULL;
	size_t n = 0;

	if (in >= 0 && (made || errno == EEXIST))
		out = open_below(to, name);
	if (out < 0 || depth > DEPTH)
		r = failed(s, path);
	else
		v = matches(s, in, "*", &n);
	/* "*" leaves out what begins with a dot. */
	for (int dots = 0; r == 0 && dots < 2; dots++) {
		if (dots) {
			free(v);
			v = matches(s, in, ".*", &n);
		}
		for (size_t i = 0; r == 0 && i < n; i++)
			r = copy(s, in, out, join(s, path, v[i]), v[i], depth + 1);
	}
	if (r == 0 && made && fchmod(out, mode & 0777) < 0)
		r = failed(s, path);
	free(v);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return r;
}

static int
copy(struct seeding *s, int from, int to, const char *path, const char *name, int depth)
{
	struct stat st, there;

	if (is_taboo(s, path))
		return 0;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(s, path);
	if (fstatat(to, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !(S_ISDIR(st.st_mode) && S_ISDIR(there.st_mode)))
		return 0;
	if (S_ISDIR(st.st_mode))
		return copy_dir(s, from, to, path, name, st.st_mode, depth);
	if (S_ISLNK(st.st_mode))
		return copy_link(s, from, to, path, name);
	if (!S_ISREG(st.st_mode))
		return wrong(s, path, "is no file, directory or link");
	return copy_file(from, to, name, st.st_mode) < 0 ? failed(s, path) : 0;
}

static int
take(struct seeding *s, int from, int to, const char *path, const char *name)
{
	char *target = arena_printf(s->a, "%s/%s", s->root, path);

	if (s->how == SEED_COPY)
		return copy(s, from, to, path, name, 0);
	return symlinkat(target, to, name) < 0 && errno != EEXIST ? failed(s, path) : 0;
}

/* Into the directories that lead there, made as needed. */
static int
place(struct seeding *s, int root, int tree, const char *path)
{
	int from = open_below(root, "."), to = open_below(tree, "."), r = 0, sub;
	const char *rest = path;
	size_t len;

	while (r == 0 && rest[len = strcspn(rest, "/")]) {
		char *part = arena_strndup(s->a, rest, len);

		sub = from < 0 ? -1 : open_below(from, part);
		if (from >= 0)
			close(from);
		from = sub;
		if (to >= 0 && mkdirat(to, part, 0777) < 0 && errno != EEXIST)
			r = failed(s, path);
		sub = to < 0 ? -1 : open_below(to, part);
		if (r == 0 && sub < 0)
			r = wrong(s, path, "leads through something in the worktree "
			    "that is no directory");
		if (to >= 0)
			close(to);
		to = sub;
		rest += len + 1;
	}
	if (r == 0)
		r = from < 0 || to < 0 ? failed(s, path) : take(s, from, to, path, rest);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return r;
}

int
seed(enum seed_how how, const char *root, const char *to,
    const char *const *pattern, const char *except, struct arena *a, const char **why)
{
	struct seeding s = { .how = how, .root = root, .except = except, .a = a };
	int from = fs_open_dir(AT_FDCWD, root), tree = fs_open_dir(AT_FDCWD, to), r = 0;

	if (from < 0 || tree < 0)
		r = failed(&s, from < 0 ? root : to);
	for (; r == 0 && pattern && *pattern; pattern++) {
		size_t before = s.n;

		find(&s, from, "", *pattern, 0);
		if (s.n == before && !strpbrk(*pattern, "*?["))
			r = wrong(&s, *pattern, arena_printf(a, "is not in '%s' "
			    "(a glob, such as '[%c]%s', may match nothing)", root,
			    **pattern, *pattern + 1));
	}
	for (size_t i = 0; r == 0 && i < s.n; i++)
		r = place(&s, from, tree, s.path[i]);
	if (from >= 0)
		close(from);
	if (tree >= 0)
		close(tree);
	free(s.path);
	*why = s.why;
	return r;
}
