#include "snapdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "lock.h"
#include "mem.h"
#include "num.h"

enum { NAME_LEN = 42, LOCK_WAIT = 30000,
	HOUR = 3600, DAY = 86400, WEEK = 7 * DAY };

void
snap_name_make(struct snap_name *n)
{
	char t[CLOCK_TEXT];

	clock_format(n->time, t);
	snprintf(n->text, sizeof n->text,
	    "%.4s%.2s%.2sT%.2s%.2s%.2sZ-%010lld-%010lld.tsv", t, t + 5, t + 8,
	    t + 11, t + 14, t + 17, (long long)n->seq, (long long)n->number);
}

static int
ten_digits(const char *s, int64_t *out)
{
	char digits[11];

	memcpy(digits, s, 10);
	digits[10] = '\0';
	return num_parse(digits, 0, INT64_MAX, out);
}

int
snap_name_parse(const char *text, struct snap_name *out)
{
	char t[CLOCK_TEXT];

	if (strlen(text) != NAME_LEN)
		return -1;
	snprintf(t, sizeof t, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text, text + 4,
	    text + 6, text + 9, text + 11, text + 13);
	if (clock_parse(t, &out->time) < 0 || ten_digits(text + 17, &out->seq) < 0 ||
	    ten_digits(text + 28, &out->number) < 0)
		return -1;
	/* What stands between the numbers is checked by writing it again. */
	snap_name_make(out);
	return strcmp(text, out->text) == 0 ? 0 : -1;
}

static int
by_number(const void *a, const void *b)
{
	const struct snap_name *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->text, y->text);
}

static DIR *
open_dir(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir && copy >= 0)
		close(copy);
	return dir;
}

void
snapdir_open(struct snapdir *d, int statefd)
{
	struct dirent *e;
	DIR *dir;

	*d = (struct snapdir){ .fd = statefd < 0 ? -1 : fs_open_dir(statefd, "snap") };
	if (d->fd < 0 && (statefd < 0 || errno == ENOENT))
		return;
	dir = d->fd < 0 ? NULL : open_dir(d->fd);
	if (!dir)
		die_errno(EXIT_FAIL, "cannot read the snapshots");
	while ((e = readdir(dir))) {
		GROW(d->v, d->n, d->cap);
		if (snap_name_parse(e->d_name, &d->v[d->n]) == 0)
			d->n++;
	}
	closedir(dir);
	if (d->n > 1)
		qsort(d->v, d->n, sizeof *d->v, by_number);
}

void
snapdir_release(struct snapdir *d)
{
	free(d->v);
	if (d->fd >= 0)
		close(d->fd);
	*d = (struct snapdir){ .fd = -1 };
}

int
snapdir_lock(int statefd)
{
	return lock_take(statefd, "lock/snap", LOCK_WAIT);
}

void
snapdir_index(const struct tasks *ts)
{
	int fd = lock_take(ts->repo->statefd, "lock/snap", 0);

	if (fd < 0)
		return;
	tasks_index(ts);
	close(fd);
}

/* Of two snapshots in one slot the earlier may go; -1 is a slot of its own. */
static int64_t
slot(const struct snap_name *n, int64_t now)
{
	int64_t age = now - n->time;

	if (age <= DAY)
		return -1;
	return age <= WEEK ? n->time / HOUR : n->time / DAY;
}

static bool
is_leftover(const char *name)
{
	struct snap_name ignored;
	char *inner;
	bool r;

	if (strncmp(name, ".index.", 7) == 0)
		return true;
	if (name[0] != '.' || strlen(name) < NAME_LEN + 2 || name[NAME_LEN + 1] != '.')
		return false;
	inner = xstrndup(name + 1, NAME_LEN);
	r = snap_name_parse(inner, &ignored) == 0;
	free(inner);
	return r;
}

/* Nobody writes here but under lock/snap, so whoever began these is gone. */
static void
remove_leftovers(int fd)
{
	DIR *dir = open_dir(fd);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (is_leftover(e->d_name))
			unlinkat(fd, e->d_name, 0);
	if (dir)
		closedir(dir);
}

void
snapdir_prune(const struct snapdir *d, int64_t now)
{
	int64_t kept = -1;

	if (d->fd < 0)
		return;
	for (size_t i = d->n; i-- > 0;) {
		int64_t s = slot(&d->v[i], now);

		if (s >= 0 && s == kept)
			unlinkat(d->fd, d->v[i].text, 0);
		kept = s;
	}
	remove_leftovers(d->fd);
}
