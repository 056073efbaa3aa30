#include "remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mem.h"

static int
open_below(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, dirfd, name, &how, sizeof how);
}

/* Directories on the way down; a stack of our own, because how deep they go is
 * for others to say. */
struct level {
	DIR *dir;
	char *name;             /* in the level above */
};

struct descent {
	struct level *v;
	size_t n, cap;
};

static int
go_down(struct descent *d, int dirfd, const char *name)
{
	int fd = open_below(dirfd, name);
	struct level *l;

	if (fd < 0)
		return -1;
	/* What was made read-only can still be emptied by its owner. */
	(void)fchmod(fd, 0700);
	GROW(d->v, d->n, d->cap);
	l = &d->v[d->n];
	l->dir = fdopendir(fd);
	if (!l->dir) {
		close(fd);
		return -1;
	}
	l->name = xstrdup(name);
	d->n++;
	return 0;
}

static void
go_up(struct descent *d)
{
	struct level *l = &d->v[--d->n];

	closedir(l->dir);
	free(l->name);
}

/* One entry of the innermost directory: removed, or gone into. */
static int
take_entry(struct descent *d)
{
	DIR *dir = d->v[d->n - 1].dir;
	const struct dirent *e;

	errno = 0;
	while ((e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), e->d_name, 0) == 0)
			return 0;
		if (errno != EISDIR && errno != EPERM)
			return -1;
		return go_down(d, dirfd(dir), e->d_name);
	}
	return errno ? -1 : 1;
}

int
remove_tree(int dirfd_, const char *name)
{
	struct descent d = { 0 };
	int r = 0, err;

	if (unlinkat(dirfd_, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	r = go_down(&d, dirfd_, name);
	while (r >= 0 && d.n > 0) {
		r = take_entry(&d);
		if (r == 1) {
			char *empty = xstrdup(d.v[d.n - 1].name);

			go_up(&d);
			r = unlinkat(d.n ? dirfd(d.v[d.n - 1].dir) : dirfd_, empty,
			    AT_REMOVEDIR);
			free(empty);
		}
	}
	err = errno;
	while (d.n)
		go_up(&d);
	free(d.v);
	errno = err;
	return r < 0 ? -1 : 0;
}
