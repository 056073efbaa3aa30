#include "lease.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "lock.h"
#include "num.h"
#include "tsv.h"

static const char dirname[] = "worktree";

static bool
is_worktree(const struct repo *r, const char *path)
{
	char *dot = xasprintf("%s/.git", path);
	struct stat st;
	bool is = fstatat(r->rootfd, dot, &st, AT_SYMLINK_NOFOLLOW) == 0;

	free(dot);
	return is;
}

/* Does the lease of that file hold?  out is filled if it does. */
static bool
holds(const struct repo *r, int dir, const char *name, struct arena *a,
    struct lease *out)
{
	bool making = lock_probe(dir, name) != LOCK_FREE;
	struct buf b = BUF_INIT;
	char *f[5], *text, *dash;
	const char *why;
	bool whole = false;

	if (fs_read(dir, name, 65536, &b) == 0 && b.len && b.s[b.len - 1] == '\n') {
		text = arena_strndup(a, b.s, b.len - 1);
		whole = tsv_split(text, f, 5, &why) == 4 && f[0] && f[1] && f[2] && f[3];
	}
	buf_release(&b);
	if (!whole)
		return false;
	*out = (struct lease){ .name = arena_strdup(a, name), .branch = f[0],
	    .worktree = f[1], .making = making };
	dash = strchr(f[2], '-');
	if (!dash)
		return false;
	*dash = '\0';
	return num_parse(f[2], 1, 65535, &out->lo) == 0 &&
	    num_parse(dash + 1, 1, 65535, &out->hi) == 0 &&
	    clock_parse(f[3], &out->since) == 0 &&
	    (making || is_worktree(r, out->worktree));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct lease *)a)->name, ((const struct lease *)b)->name);
}

size_t
lease_list(const struct repo *r, struct arena *a, struct lease **out)
{
	int fd = r->statefd < 0 ? -1 : fs_open_dir(r->statefd, dirname);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct lease *v = NULL, one;
	size_t n = 0, cap = 0;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' || !holds(r, dirfd(d), e->d_name, a, &one))
			continue;
		GROW(v, n, cap);
		v[n++] = one;
	}
	if (d)
		closedir(d);
	if (n)
		qsort(v, n, sizeof *v, by_name);
	*out = arena_alloc(a, (n + 1) * sizeof *v);
	if (n)
		memcpy(*out, v, n * sizeof *v);
	free(v);
	return n;
}

/* Remove those that hold no longer. */
static void
sweep(const struct repo *r)
{
	struct arena a = { 0 };
	int fd = fs_open_dir(r->statefd, dirname);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct lease one;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && !holds(r, dirfd(d), e->d_name, &a, &one) &&
		    lock_probe(dirfd(d), e->d_name) == LOCK_FREE)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	arena_release(&a);
}

static int
write_lease(int fd, const struct lease *l)
{
	struct buf b = BUF_INIT;
	char since[CLOCK_TEXT];
	int status = -1;

	tsv_add(&b, l->branch, '\t');
	tsv_add(&b, l->worktree, '\t');
	tsv_addf(&b, '\t', "%lld-%lld", (long long)l->lo, (long long)l->hi);
	tsv_add(&b, clock_format(l->since, since), '\n');
	if (ftruncate(fd, 0) == 0 && fs_write_all(fd, b.s, b.len) == 0)
		status = fsync(fd);
	buf_release(&b);
	return status;
}

int
lease_take(const struct repo *r, const struct lease *l)
{
	struct arena a = { 0 };
	struct lease *v;
	int dir, fd = -1;
	size_t n;
	bool held = false;

	sweep(r);
	n = lease_list(r, &a, &v);
	for (size_t i = 0; i < n; i++)
		held = held || strcmp(v[i].name, l->name) == 0;
	arena_release(&a);
	if (held) {
		errno = EEXIST;
		return -1;
	}
	if (fs_mkdirs(r->statefd, dirname) < 0)
		return -1;
	dir = fs_open_dir(r->statefd, dirname);
	if (dir < 0)
		return -1;
	fd = lock_take(dir, l->name, 0);
	if (fd >= 0 && (write_lease(fd, l) < 0 || fs_sync_dir(dir) < 0)) {
		close(fd);
		fd = -1;
	}
	int err = errno;
	close(dir);
	errno = err == EAGAIN ? EEXIST : err;
	return fd;
}

void
lease_drop(const struct repo *r, const char *name)
{
	int dir = fs_open_dir(r->statefd, dirname);

	if (dir < 0)
		return;
	(void)unlinkat(dir, name, 0);
	close(dir);
}
