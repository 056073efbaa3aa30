#include "fresh.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "mem.h"

enum { PIECE = 2000 };              /* entries; some 10 ms */

static void
see(struct fresh *f, const struct stat *st)
{
	/* Contents can be given any time (touch -d); this not. */
	int64_t ms = (int64_t)st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000;

	if (ms > f->newest)
		f->newest = ms;
}

static void
push(struct fresh *f, char *path)
{
	GROW(f->dir, f->n, f->cap);
	f->dir[f->n++] = path;
}

void
fresh_begin(struct fresh *f, const char *path)
{
	struct stat st;

	fresh_end(f);
	f->newest = 0;
	if (stat(path, &st) < 0)
		return;
	see(f, &st);
	f->dev = st.st_dev;
	push(f, xstrdup(path));
}

/* The entries of one directory; how many. */
static size_t
read_dir(struct fresh *f, const char *path)
{
	int fd = fs_open_dir(AT_FDCWD, path);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct stat st;
	size_t n = 0;

	if (!d && fd >= 0)
		close(fd);
	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, ".git") == 0)
			continue;
		n++;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		see(f, &st);
		if (S_ISDIR(st.st_mode) && st.st_dev == f->dev)
			push(f, xasprintf("%s/%s", path, e->d_name));
	}
	if (d)
		closedir(d);
	return n;
}

bool
fresh_look(struct fresh *f)
{
	for (size_t seen = 0; f->n > 0 && seen < PIECE; seen++) {
		char *path = f->dir[--f->n];

		seen += read_dir(f, path);
		free(path);
	}
	return f->n > 0;
}

void
fresh_end(struct fresh *f)
{
	while (f->n > 0)
		free(f->dir[--f->n]);
	free(f->dir);
	f->dir = NULL;
	f->cap = 0;
}
