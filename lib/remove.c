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

/* Directories on the way down; a list, because how deep they go is for others to
 * say. */
struct level {
	DIR *dir;
	char *name;             /* in the level above */
	struct level *up;
};

static struct level *
go_down(struct level *up, int dirfd, const char *name)
{
	int fd = open_below(dirfd, name);
	struct level *l;

	if (fd < 0)
		return NULL;
	/* What was made read-only can still be emptied by its owner. */
	(void)fchmod(fd, 0700);
	l = xrealloc_array(NULL, 1, sizeof *l);
	l->dir = fdopendir(fd);
	l->name = xstrdup(name);
	l->up = up;
	if (l->dir)
		return l;
	close(fd);
	free(l->name);
	free(l);
	return NULL;
}

static struct level *
go_up(struct level *l)
{
	struct level *up = l->up;

	closedir(l->dir);
	free(l->name);
	free(l);
	return up;
}

/* Remove what can be removed at once: the name of a directory that is in the
 * way, NULL when there is none; -1 when something stays. */
static int
empty_out(DIR *dir, const char **deeper)
{
	const struct dirent *e;

	*deeper = NULL;
	errno = 0;
	while ((e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    unlinkat(dirfd(dir), e->d_name, 0) == 0)
			continue;
		if (errno != EISDIR && errno != EPERM)
			return -1;
		*deeper = e->d_name;
		return 0;
	}
	return errno ? -1 : 0;
}

int
remove_tree(int top, const char *name)
{
	struct level *l;
	const char *deeper;
	int r, err;

	if (unlinkat(top, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	l = go_down(NULL, top, name);
	r = l ? 0 : -1;
	while (l && r == 0) {
		r = empty_out(l->dir, &deeper);
		if (r == 0 && deeper) {
			struct level *below = go_down(l, dirfd(l->dir), deeper);

			r = below ? 0 : -1;
			l = below ? below : l;
		} else if (r == 0) {
			r = unlinkat(l->up ? dirfd(l->up->dir) : top, l->name, AT_REMOVEDIR);
			l = r == 0 ? go_up(l) : l;
		}
	}
	err = errno;
	while (l)
		l = go_up(l);
	errno = err;
	return r;
}
