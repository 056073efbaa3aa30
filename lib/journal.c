#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "fs.h"
#include "hash.h"
#include "lock.h"
#include "tsv.h"

#define SEGMENT JOURNAL_SEGMENT

enum { LOCK_WAIT_MS = 30000, REREADS = 3 };

/* --- tasks, by id --- */

static struct ledger **
slot_of(struct ledger **slot, size_t n_slot, const char *id)
{
	size_t i = hash_fnv(id, strlen(id)) & (n_slot - 1);

	while (slot[i] && strcmp(slot[i]->id, id) != 0)
		i = (i + 1) & (n_slot - 1);
	return &slot[i];
}

static void
grow_slots(struct journal *j)
{
	size_t n = j->n_slot ? j->n_slot * 4 : 256;
	struct ledger **slot = arena_alloc(&j->arena, n * sizeof(struct ledger *));

	for (struct ledger *t = j->first; t; t = t->next)
		*slot_of(slot, n, t->id) = t;
	j->slot = slot;
	j->n_slot = n;
}

struct ledger *
journal_task(const struct journal *j, const char *id)
{
	return j->n_slot ? *slot_of(j->slot, j->n_slot, id) : NULL;
}

struct attempt *
journal_attempt(const struct journal *j, const char *id, int64_t n)
{
	return ledger_attempt(journal_task(j, id), n);
}

static struct ledger *
task_made(struct journal *j, const char *id)
{
	struct ledger *t = journal_task(j, id);

	if (t)
		return t;
	if (j->n_task * 2 >= j->n_slot)
		grow_slots(j);
	t = arena_alloc(&j->arena, sizeof *t);
	t->id = arena_strdup(&j->arena, id);
	*slot_of(j->slot, j->n_slot, id) = t;
	*j->tail = t;
	j->tail = &t->next;
	j->n_task++;
	return t;
}

/* --- reading --- */

/* True if a bad line in text[0..n) has a good one behind it. */
static bool
broken_inside(const char *text, size_t n)
{
	bool bad = false;

	for (size_t at = 0; at < n;) {
		const char *lf = memchr(text + at, '\n', n - at);

		if (!lf)
			break;
		bool good = tsv_sealed(text + at, (size_t)(lf - text) - at) >= 0;
		if (good && bad)
			return true;
		bad |= !good;
		at = (size_t)(lf - text) + 1;
	}
	return false;
}

static void
corrupt(struct journal *j, const char *why)
{
	if (j->corrupt_line)
		return;
	j->corrupt_line = j->line;
	j->corrupt_why = why;
	warn("%s:%zu: %s: the journal is damaged here; what is left of it is shown, "
	    "nothing will be started", SEGMENT, j->line, why);
}

/* Apply one sound line, len bytes without its checksum. */
static void
take_line(struct journal *j, char *line, size_t len)
{
	char *field[TSV_MAXFIELD];
	struct record r;
	const char *why;

	memcpy(j->end, line + len + 1, sizeof j->end);
	line[len] = '\0';
	why = record_parse(line, field, &r);
	if (!why && !j->corrupt_line && r.seq != j->seq + 1)
		why = "sequence number out of order";
	if (!why && !ledger_allows(journal_task(j, r.id), r.n, r.event) && !fault_is("no-fence"))
		why = "this event cannot follow what came before";
	if (why) {
		corrupt(j, why);
		return;
	}
	j->seq = r.seq;
	ledger_apply(task_made(j, r.id), &r, &j->arena);
}

static int
take_all(struct journal *j, char *text, size_t n)
{
	size_t at = 0, line = j->line;
	int taken = 0;
	char *lf;

	/* A bad line at the very end is a writer that died: not ours to judge. */
	while (at < n && (lf = memchr(text + at, '\n', n - at))) {
		size_t len = (size_t)(lf - text) - at;

		line++;
		ssize_t payload = tsv_sealed(text + at, len);

		if (payload >= 0) {
			if (line != j->line + 1) {
				j->line++;
				corrupt(j, "bad checksum");
			}
			j->line = line;
			take_line(j, text + at, (size_t)payload);
			j->size += (size_t)(lf - text) + 1 - at;
			taken++;
		} else if (broken_inside(text + at, n - at)) {
			j->size += len + 1;
		} else {
			break;
		}
		at = (size_t)(lf - text) + 1;
	}
	return taken;
}

/* A failed append is cut off again.  A reader without the lock may have seen
 * it by then, and another record may stand in its place now. */
static bool
cut_behind(const struct journal *j)
{
	char end[sizeof j->end];

	return j->size > 0 && !j->corrupt_line &&
	    (pread(j->fd, end, sizeof end, (off_t)(j->size - sizeof end)) !=
	        (ssize_t)sizeof end || memcmp(end, j->end, sizeof end) != 0);
}

/* The arena keeps what somebody may point to. */
static void
forget(struct journal *j)
{
	j->first = NULL;
	j->tail = &j->first;
	j->slot = NULL;
	j->n_slot = j->n_task = j->size = j->line = j->corrupt_line = 0;
	j->seq = 0;
}

/* Repaired, or removed: what is open here is not the journal any more. */
static void
drop_replaced(struct journal *j)
{
	struct stat ours, there;

	if (j->fd < 0 || fstat(j->fd, &ours) < 0 ||
	    (fstatat(j->statefd, SEGMENT, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    there.st_ino == ours.st_ino))
		return;
	close(j->fd);
	j->fd = -1;
	forget(j);
}

int
journal_refresh(struct journal *j)
{
	struct stat st;
	char *text = NULL;
	size_t n = 0;

	drop_replaced(j);
	if (j->fd < 0) {
		j->fd = openat(j->statefd, SEGMENT, O_RDONLY | O_CLOEXEC);
		if (j->fd < 0)
			return errno == ENOENT ? 0 : -1;
	}
	if (cut_behind(j))
		forget(j);
	for (int tries = 0; tries <= REREADS; tries++) {
		if (fstat(j->fd, &st) < 0)
			return -1;
		if (st.st_size < 0 || (size_t)st.st_size <= j->size)
			return 0;
		n = (size_t)st.st_size - j->size;
		text = arena_alloc(&j->arena, n + 1);
		ssize_t got = pread(j->fd, text, n, (off_t)j->size);
		if (got < 0)
			return -1;
		n = (size_t)got;
		/* A reader without the lock may have met a writer cutting off
		 * a torn tail: look again before calling it damage. */
		if (j->lock >= 0 || !broken_inside(text, n))
			break;
		clock_sleep_ms(5);
	}
	return take_all(j, text, n);
}

int
journal_open(struct journal *j, int statefd)
{
	*j = (struct journal){ .statefd = statefd, .fd = -1, .lock = -1 };
	j->tail = &j->first;
	return statefd >= 0 && journal_refresh(j) < 0 ? -1 : 0;
}

void
journal_close(struct journal *j)
{
	journal_unlock(j);
	if (j->fd >= 0)
		close(j->fd);
	arena_release(&j->arena);
	*j = (struct journal){ .statefd = -1, .fd = -1, .lock = -1 };
}

/* --- writing --- */

/* The segment open for appending; made, durably, if there is none. */
static int
open_for_append(struct journal *j)
{
	int fd = openat(j->statefd, SEGMENT,
	    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_size == 0) {
		int dir = fs_open_dir(j->statefd, "journal");

		if (dir < 0 || fsync(fd) < 0 || fs_sync_dir(dir) < 0) {
			close(fd);
			if (dir >= 0)
				close(dir);
			return -1;
		}
		close(dir);
	}
	if (j->fd >= 0)
		close(j->fd);
	j->fd = fd;
	return 0;
}

static int
cut_tail(struct journal *j)
{
	struct stat st;

	if (fstat(j->fd, &st) < 0)
		return -1;
	if ((size_t)st.st_size == j->size)
		return 0;
	return ftruncate(j->fd, (off_t)j->size) < 0 ? -1 : fdatasync(j->fd);
}

static bool
writable(const struct journal *j)
{
	int flags = j->fd >= 0 ? fcntl(j->fd, F_GETFL) : -1;

	return flags >= 0 && (flags & O_ACCMODE) == O_RDWR;
}

int
journal_lock(struct journal *j)
{
	int dir = fs_open_dir(j->statefd, "lock");

	if (dir < 0) {
		warn_errno("cannot open the state directory's lock/");
		return EXIT_FAIL;
	}
	j->lock = lock_take(dir, "journal", LOCK_WAIT_MS);
	close(dir);
	if (j->lock < 0) {
		warn_errno("cannot lock the journal");
		return errno == EAGAIN ? EXIT_RETRY : EXIT_FAIL;
	}
	drop_replaced(j);
	if ((!writable(j) && open_for_append(j) < 0) || journal_refresh(j) < 0) {
		warn_errno("cannot open the journal");
	} else if (j->corrupt_line) {
		warn("%s:%zu: %s: refusing to go on", SEGMENT, j->corrupt_line,
		    j->corrupt_why);
	} else if (cut_tail(j) < 0) {
		warn_errno("cannot repair the journal's last line");
	} else {
		return EXIT_OK;
	}
	journal_unlock(j);
	return EXIT_FAIL;
}

void
journal_unlock(struct journal *j)
{
	if (j->lock >= 0)
		close(j->lock);
	j->lock = -1;
}

int
journal_append(struct journal *j, const char *id, int64_t n, enum event e,
    const struct journal_kv *kv, size_t n_kv)
{
	struct buf b = BUF_INIT;
	ssize_t w;
	int err = 0;

	if (!ledger_allows(journal_task(j, id), n, e)) {
		errno = EINVAL;
		return -1;
	}
	record_format(&b, j->seq + 1, id, n, e, kv, n_kv);
	w = write(j->fd, b.s, b.len);
	if (w < 0)
		err = errno;
	else if ((size_t)w < b.len)
		err = ENOSPC;
	else if (fdatasync(j->fd) < 0)
		err = errno;
	if (err) {
		/* Neutralised: nobody may act on a record that may not last. */
		(void)!ftruncate(j->fd, (off_t)j->size);
		buf_release(&b);
		errno = err;
		return -1;
	}
	buf_release(&b);
	return journal_refresh(j) < 0 ? -1 : 0;
}

void
journal_pretend(struct journal *j, const char *id, int64_t n, enum event e,
    const struct journal_kv *kv, size_t n_kv)
{
	struct record r = { .seq = j->seq, .id = id, .n = n, .event = e };

	r.when = (struct stamp){ .wall = clock_now(), .boot_ms = clock_boot_ms() };
	memcpy(r.when.boot, clock_boot_id(), sizeof r.when.boot);
	r.kv = arena_alloc(&j->arena, (n_kv + 1) * sizeof *r.kv);
	for (size_t i = 0; i < n_kv; i++)
		if (kv[i].value && *kv[i].value)
			r.kv[r.n_kv++] = arena_printf(&j->arena, "%s=%s",
			    kv[i].key, kv[i].value);
	ledger_apply(task_made(j, id), &r, &j->arena);
}
