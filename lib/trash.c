#include "trash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "num.h"
#include "remove.h"
#include "tsv.h"

enum { LOG_MAX = 64 << 20, CERTIFICATE_MAX = 1 << 20 };

bool
trash_there(const char *path)
{
	struct stat st;

	return path && lstat(path, &st) == 0;
}

/* dirname, in the arena. */
static char *
above(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? arena_strdup(a, "/") :
	    arena_strndup(a, path, (size_t)(slash - path));
}

/* Where PATH is to go: below the trash, or beside where it is. */
static const char *
place(const struct repo *r, const struct certificate *c, const char *path,
    const char *what, struct arena *a)
{
	struct stat at, trash;

	if (!path || lstat(path, &at) < 0)
		return NULL;
	if (fstatat(r->statefd, "trash", &trash, 0) == 0 && trash.st_dev == at.st_dev)
		return arena_printf(a, "%s/trash/%s/%s", r->state, c->name, what);
	return arena_printf(a, "%s/.jared-trash-%s-%s", above(path, a), c->name, what);
}

static int
open_one(const struct repo *r, const char *name)
{
	char *path = xasprintf("trash/%s", name);
	int fd = fs_open_dir(r->statefd, path);

	free(path);
	return fd;
}

static int
write_certificate(const struct repo *r, const struct certificate *c)
{
	char n[24];
	const char *const kv[][2] = {
		{ "id", c->id }, { "attempt", n }, { "proof", c->proof }, { "oid", c->oid },
		{ "branch", c->branch }, { "had_branch", c->had_branch ? "true" : "false" },
		{ "archive", c->archive }, { "worktree", c->worktree },
		{ "gitdir", c->gitdir }, { "tree", c->tree }, { "git", c->git },
	};
	struct buf b = BUF_INIT;
	int dir = open_one(r, c->name), up, status = -1;

	snprintf(n, sizeof n, "%lld", (long long)c->n);
	for (size_t i = 0; i < sizeof kv / sizeof *kv; i++) {
		tsv_add(&b, kv[i][0], '\t');
		tsv_add(&b, kv[i][1], '\n');
	}
	if (dir >= 0) {
		status = fs_replace(dir, "certificate", b.s, b.len);
		close(dir);
	}
	up = fs_open_dir(r->statefd, "trash");
	if (up < 0 || fs_sync_dir(up) < 0)
		status = -1;
	if (up >= 0)
		close(up);
	buf_release(&b);
	return status;
}

int
trash_begin(const struct repo *r, struct certificate *c, struct arena *a)
{
	for (int k = 1;; k++) {
		char *path;

		c->name = k == 1 ? arena_printf(a, "%s.%lld", c->id, (long long)c->n) :
		    arena_printf(a, "%s.%lld.%d", c->id, (long long)c->n, k);
		path = arena_printf(a, "trash/%s", c->name);
		if (mkdirat(r->statefd, path, 0700) == 0)
			break;
		if (errno != EEXIST)
			return -1;
	}
	c->tree = place(r, c, c->worktree, "tree", a);
	c->git = place(r, c, c->gitdir, "git", a);
	return write_certificate(r, c);
}

int
trash_read(const struct repo *r, const char *name, struct certificate *c,
    struct arena *a)
{
	struct buf b = BUF_INIT;
	char *rest, *line, *f[2];
	const char *why;
	int dir = open_one(r, name), status;

	*c = (struct certificate){ .name = arena_strdup(a, name) };
	status = dir < 0 ? -1 : fs_read(dir, "certificate", CERTIFICATE_MAX, &b);
	if (dir >= 0)
		close(dir);
	rest = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	const struct { const char *key; const char **at; } keys[] = {
		{ "id", &c->id }, { "proof", &c->proof }, { "oid", &c->oid },
		{ "branch", &c->branch }, { "archive", &c->archive },
		{ "worktree", &c->worktree }, { "gitdir", &c->gitdir },
		{ "tree", &c->tree }, { "git", &c->git },
	};
	while (status == 0 && (line = strsep(&rest, "\n")) && *line) {
		if (tsv_split(line, f, 2, &why) != 2 || !f[0])
			return -1;
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			if (strcmp(f[0], keys[i].key) == 0)
				*keys[i].at = f[1];
		if (strcmp(f[0], "attempt") == 0 &&
		    (!f[1] || num_parse(f[1], 1, INT64_MAX, &c->n) < 0))
			return -1;
		if (strcmp(f[0], "had_branch") == 0)
			c->had_branch = f[1] && strcmp(f[1], "true") == 0;
	}
	return status < 0 || !c->id || !c->n || !c->oid || !c->branch ||
	    !c->archive ? -1 : 0;
}

static int
sync_above(const char *path)
{
	struct arena a = { 0 };
	int fd = fs_open_dir(AT_FDCWD, above(path, &a)), r;

	arena_release(&a);
	if (fd < 0)
		return -1;
	r = fs_sync_dir(fd);
	close(fd);
	return r;
}

int
trash_move(const char *from, const char *to)
{
	struct arena a = { 0 };
	int r;

	if (!from || !to || !trash_there(from))
		return 0;
	/* git removes directories that it finds empty. */
	r = fs_mkdirs(AT_FDCWD, above(to, &a));
	arena_release(&a);
	if (r < 0 || renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		return -1;
	return sync_above(to) < 0 || sync_above(from) < 0 ? -1 : 0;
}

int
trash_put_back(const struct certificate *c)
{
	if (trash_move(c->git, c->gitdir) < 0)
		return -1;
	return trash_move(c->tree, c->worktree);
}

static int
copy_file(int from, const char *source, int to, const char *name)
{
	struct buf b = BUF_INIT;
	struct stat st;
	int r = fs_read(from, source, LOG_MAX, &b);

	if (r == 0)
		r = fs_replace(to, name, b.s, b.len);
	if (r == 0 && fstatat(from, source, &st, 0) == 0)
		r = fchmodat(to, name, st.st_mode & 0777, 0);
	buf_release(&b);
	return r;
}

int
trash_save_log(const struct repo *r, const struct certificate *c)
{
	char *log = xasprintf("logs/refs/heads/%s", c->branch);
	int dir = open_one(r, c->name);
	int status = dir < 0 ? -1 : copy_file(r->commonfd, log, dir, "log");

	if (status < 0 && errno == ENOENT)
		status = 0;
	if (dir >= 0)
		close(dir);
	free(log);
	return status;
}

int
trash_load_log(const struct repo *r, const struct certificate *c)
{
	char *path = xasprintf("logs/refs/heads/%s", c->branch);
	char *slash = strrchr(path, '/');
	int from = open_one(r, c->name), to, status = -1;

	*slash = '\0';
	if (from >= 0 && faccessat(from, "log", F_OK, 0) < 0) {
		status = 0;
	} else if (from >= 0 && fs_mkdirs(r->commonfd, path) == 0) {
		to = fs_open_dir(r->commonfd, path);
		status = to < 0 ? -1 : copy_file(from, "log", to, slash + 1);
		if (to >= 0)
			close(to);
	}
	if (from >= 0)
		close(from);
	free(path);
	return status;
}

/* What we write ourselves, and what a write that was cut off leaves. */
static bool
is_paper(const char *name)
{
	static const char *const ours[] = { "certificate", "log", ".certificate.", ".log." };

	for (int i = 0; i < 4; i++)
		if (i < 2 ? strcmp(name, ours[i]) == 0 :
		    strncmp(name, ours[i], strlen(ours[i])) == 0)
			return true;
	return false;
}

int
trash_end(const struct repo *r, const struct certificate *c)
{
	int up = fs_open_dir(r->statefd, "trash"), fd = open_one(r, c->name), status = -1;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	bool more = false;

	while (d && (e = readdir(d)))
		more |= e->d_name[0] != '.' && !is_paper(e->d_name);
	if (d && !more) {
		rewinddir(d);
		while ((e = readdir(d)))
			if (is_paper(e->d_name))
				(void)unlinkat(fd, e->d_name, 0);
		status = up < 0 ? -1 : unlinkat(up, c->name, AT_REMOVEDIR);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	if (up >= 0)
		close(up);
	return status;
}

/* What lies outside the trash, by its last component. */
static int
purge_beside(const struct repo *r, const char *path)
{
	struct arena a = { 0 };
	size_t len = strlen(r->state);
	int dir, status = 0;

	if (!path || strncmp(path, r->state, len) == 0)
		return 0;
	dir = fs_open_dir(AT_FDCWD, above(path, &a));
	if (dir >= 0) {
		status = remove_tree(dir, strrchr(path, '/') + 1);
		close(dir);
	}
	arena_release(&a);
	return status;
}

int
trash_purge(const struct repo *r, const struct certificate *c)
{
	int up, status;

	if (purge_beside(r, c->tree) < 0 || purge_beside(r, c->git) < 0)
		return -1;
	up = fs_open_dir(r->statefd, "trash");
	if (up < 0)
		return -1;
	status = remove_tree(up, c->name);
	close(up);
	return status;
}

static int
by_name(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

char **
trash_names(const struct repo *r, struct arena *a)
{
	int fd = r->statefd < 0 ? -1 : fs_open_dir(r->statefd, "trash");
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	char **v = NULL, **out;
	size_t n = 0, cap = 0;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		GROW(v, n, cap);
		v[n++] = arena_strdup(a, e->d_name);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	out = arena_alloc(a, (n + 1) * sizeof *out);
	if (n) {
		memcpy(out, v, n * sizeof *out);
		qsort(out, n, sizeof *out, by_name);
	}
	free(v);
	return out;
}
