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
#include "num.h"
#include "tsv.h"

#define SEGMENT "journal/000001.tsv"

enum { LOCK_WAIT_MS = 30000, REREADS = 3 };

enum { F_SEQ, F_TIME, F_BOOT, F_ID, F_ATTEMPT, F_EVENT, F_KV };

static const char *const event_names[EV_N] = {
	[EV_CLAIM] = "claim", [EV_RUNNING] = "running",
	[EV_RESUMED] = "resumed", [EV_EXITED] = "exited",
	[EV_RELEASED] = "released", [EV_INTERRUPTED] = "interrupted",
	[EV_LANDED] = "landed", [EV_UNPARK] = "unpark",
};

const char *
event_name(enum event e)
{
	return event_names[e];
}

static int
event_parse(const char *s, enum event *out)
{
	for (int e = 0; e < EV_N; e++)
		if (strcmp(event_names[e], s) == 0) {
			*out = (enum event)e;
			return 0;
		}
	return -1;
}

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
	struct ledger *t = journal_task(j, id);
	struct attempt *at = t ? t->newest : NULL;

	while (at && at->n != n)
		at = at->older;
	return at;
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

/* --- one record --- */

struct record {
	uint64_t seq;
	struct stamp when;
	const char *id;
	int64_t n;
	enum event event;
	char **kv;
	size_t n_kv;
};

static const char *
get(const struct record *r, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < r->n_kv; i++)
		if (r->kv[i] && strncmp(r->kv[i], key, len) == 0 &&
		    r->kv[i][len] == '=')
			return r->kv[i] + len + 1;
	return NULL;
}

static int64_t
get_num(const struct record *r, const char *key, int64_t absent)
{
	const char *s = get(r, key);
	int64_t n;

	return s && num_parse(s, 0, INT64_MAX, &n) == 0 ? n : absent;
}

/* "a:b" or "a-b" as two numbers; zeros if it is not that. */
static void
get_pair(const struct record *r, const char *key, char sep, int64_t *a, int64_t *b)
{
	const char *s = get(r, key);
	char left[24];
	const char *cut = s ? strchr(s, sep) : NULL;

	*a = *b = 0;
	if (!cut || (size_t)(cut - s) >= sizeof left)
		return;
	memcpy(left, s, (size_t)(cut - s));
	left[cut - s] = '\0';
	if (num_parse(left, 0, INT64_MAX, a) < 0 ||
	    num_parse(cut + 1, 0, INT64_MAX, b) < 0)
		*a = *b = 0;
}

static int
parse_stamp(const char *time, const char *boot, struct stamp *out)
{
	if (clock_parse(time, &out->wall) < 0 || strlen(boot) < 10 || boot[8] != ':')
		return -1;
	memcpy(out->boot, boot, 8);
	out->boot[8] = '\0';
	return num_parse(boot + 9, 0, INT64_MAX, &out->boot_ms);
}

/* Split a line whose crc is right; NULL, or what is wrong. */
static const char *
parse_record(char *line, char **field, struct record *r)
{
	const char *why = "not a journal record";
	int64_t seq;
	int n = tsv_split(line, field, TSV_MAXFIELD, &why);

	if (n < F_KV)
		return why;
	for (int i = 0; i < F_KV; i++)
		if (!field[i])
			return "a field is empty";
	if (num_parse(field[F_SEQ], 1, INT64_MAX, &seq) < 0)
		return "bad sequence number";
	r->seq = (uint64_t)seq;
	if (parse_stamp(field[F_TIME], field[F_BOOT], &r->when) < 0)
		return "bad time";
	if (num_parse(field[F_ATTEMPT], 1, INT64_MAX, &r->n) < 0)
		return "bad attempt number";
	if (event_parse(field[F_EVENT], &r->event) < 0)
		return "unknown event";
	r->id = field[F_ID];
	r->kv = field + F_KV;
	r->n_kv = (size_t)n - F_KV;
	return NULL;
}

/* --- what a record does --- */

/* May event e come next for attempt n?  The one table of what follows what. */
static bool
allowed(const struct ledger *t, int64_t n, enum event e)
{
	const struct attempt *at = t ? t->newest : NULL;
	bool over = at && (at->state == AT_EXITED || at->state == AT_RELEASED ||
	    at->state == AT_INTERRUPTED);

	if (e == EV_CLAIM)
		return !at || (over && n > at->n);
	if (!at || at->n != n)
		return fault_is("no-fence") && e != EV_UNPARK;
	switch (e) {
	case EV_CLAIM:       break;
	case EV_RUNNING:     return at->state == AT_CLAIMED || fault_is("no-fence");
	case EV_RELEASED:    return at->state == AT_CLAIMED;
	case EV_RESUMED:
	case EV_EXITED:
	case EV_INTERRUPTED: return at->state == AT_RUNNING;
	case EV_LANDED:      return (at->state == AT_EXITED ||
	                         at->state == AT_INTERRUPTED) && !at->proof;
	case EV_UNPARK:      return over;
	case EV_N:           break;
	}
	return false;
}

static void
apply_claim(struct journal *j, struct ledger *t, const struct record *r)
{
	struct attempt *at = arena_alloc(&j->arena, sizeof *at);

	at->id = t->id;
	at->n = r->n;
	at->task = t;
	at->older = t->newest;
	at->claimed = r->when;
	at->base = get(r, "base");
	at->onto = get(r, "onto");
	at->hash = get(r, "hash");
	at->body = get(r, "body");
	at->agent = get(r, "agent");
	at->branch = get(r, "branch");
	at->worktree = get(r, "worktree");
	at->session = get(r, "session");
	at->file = get(r, "file");
	at->title = get(r, "title");
	get_pair(r, "ports", '-', &at->port_lo, &at->port_hi);
	/* An edited task starts with a whole budget again. */
	if (t->newest && t->newest->body && at->body &&
	    strcmp(t->newest->body, at->body) != 0)
		t->used = 0;
	t->newest = at;
	t->used++;
}

static void
apply_running(struct attempt *at, const struct record *r)
{
	int64_t pid, start;

	at->state = AT_RUNNING;
	at->started = r->when;
	/* Not at the claim: one that is released must not use up an unpark. */
	at->task->unparked = false;
	at->pid.pid = (pid_t)get_num(r, "pid", 0);
	at->pid.start = (uint64_t)get_num(r, "start", 0);
	get_pair(r, "server", ':', &pid, &start);
	at->server.pid = (pid_t)pid;
	at->server.start = (uint64_t)start;
	at->boot_full = get(r, "bootid");
	at->pidns = (uint64_t)get_num(r, "pidns", 0);
}

static void
apply_exited(struct attempt *at, const struct record *r)
{
	at->state = AT_EXITED;
	at->ended = r->when;
	at->code = (int)get_num(r, "code", -1);
	at->signal = (int)get_num(r, "signal", 0);
	at->cause = get(r, "cause");
	at->tip = get(r, "tip");
	at->report = get(r, "report");
}

static void
apply(struct journal *j, const struct record *r)
{
	struct ledger *t = task_made(j, r->id);
	struct attempt *at = journal_attempt(j, r->id, r->n);

	if (!at && r->event != EV_CLAIM)
		return;
	switch (r->event) {
	case EV_CLAIM:
		apply_claim(j, t, r);
		break;
	case EV_RUNNING:
		apply_running(at, r);
		break;
	case EV_RESUMED:
		at->started = r->when;
		break;
	case EV_EXITED:
		apply_exited(at, r);
		break;
	case EV_RELEASED:
		at->state = AT_RELEASED;
		at->ended = r->when;
		if (t->used > 0)
			t->used--;
		break;
	case EV_INTERRUPTED:
		at->state = AT_INTERRUPTED;
		at->ended = r->when;
		break;
	case EV_LANDED:
		at->proof = get(r, "proof");
		at->landed_oid = get(r, "oid");
		if (!at->proof)
			at->proof = "unnamed";
		break;
	case EV_UNPARK:
		t->used = 0;
		t->unparked = true;
		break;
	case EV_N:
		break;
	}
}

/* --- reading --- */

/* Is the crc at the end of this line (no LF) right? */
static bool
sound(const char *line, size_t len)
{
	const char *tab = memrchr(line, '\t', len);
	char want[9];

	if (!tab || (size_t)(line + len - tab) != 9)
		return false;
	snprintf(want, sizeof want, "%08x", hash_crc32(line, (size_t)(tab - line)));
	return memcmp(want, tab + 1, 8) == 0;
}

/* True if a bad line in text[0..n) has a good one behind it. */
static bool
broken_inside(const char *text, size_t n)
{
	bool bad = false;

	for (size_t at = 0; at < n;) {
		const char *lf = memchr(text + at, '\n', n - at);

		if (!lf)
			break;
		bool good = sound(text + at, (size_t)(lf - text) - at);
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

/* Apply one sound line of len bytes. */
static void
take_line(struct journal *j, char *line, size_t len)
{
	char *field[TSV_MAXFIELD];
	struct record r;
	const char *why;

	line[len - 9] = '\0';   /* without the crc */
	why = parse_record(line, field, &r);
	if (!why && !j->corrupt_line && r.seq != j->seq + 1)
		why = "sequence number out of order";
	if (!why && !allowed(journal_task(j, r.id), r.n, r.event) && !fault_is("no-fence"))
		why = "this event cannot follow what came before";
	if (why) {
		corrupt(j, why);
		return;
	}
	j->seq = r.seq;
	apply(j, &r);
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
		if (sound(text + at, len)) {
			if (line != j->line + 1) {
				j->line++;
				corrupt(j, "bad checksum");
			}
			j->line = line;
			take_line(j, text + at, len);
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

int
journal_refresh(struct journal *j)
{
	struct stat st;
	char *text = NULL;
	size_t n = 0;

	if (j->fd < 0) {
		j->fd = openat(j->statefd, SEGMENT, O_RDONLY | O_CLOEXEC);
		if (j->fd < 0)
			return errno == ENOENT ? 0 : -1;
	}
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
	return statefd < 0 ? 0 : journal_refresh(j);
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

static void
format_record(struct buf *b, uint64_t seq, const char *id, int64_t n,
    enum event e, const struct journal_kv *kv, size_t n_kv)
{
	char now[CLOCK_TEXT];

	buf_addf(b, "%llu\t%s\t%s:%lld\t", (unsigned long long)seq,
	    clock_format(clock_now(), now), clock_boot_id(),
	    (long long)clock_boot_ms());
	tsv_add(b, id, '\t');
	buf_addf(b, "%lld\t%s", (long long)n, event_name(e));
	for (size_t i = 0; i < n_kv; i++)
		if (kv[i].value && *kv[i].value) {
			char *pair = xasprintf("%s=%s", kv[i].key, kv[i].value);

			buf_addch(b, '\t');
			tsv_add(b, pair, 0);
			free(pair);
		}
	buf_addf(b, "\t%08x\n", hash_crc32(b->s, b->len));
}

int
journal_append(struct journal *j, const char *id, int64_t n, enum event e,
    const struct journal_kv *kv, size_t n_kv)
{
	struct buf b = BUF_INIT;
	ssize_t w;
	int err = 0;

	if (!allowed(journal_task(j, id), n, e)) {
		errno = EINVAL;
		return -1;
	}
	format_record(&b, j->seq + 1, id, n, e, kv, n_kv);
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

int64_t
stamp_age(const struct stamp *a)
{
	int64_t age;

	/* A pinned clock is a test's: it moves wall time only. */
	if (!getenv("JARED_NOW") && strcmp(a->boot, clock_boot_id()) == 0)
		age = (clock_boot_ms() - a->boot_ms) / 1000;
	else
		age = clock_now() - a->wall;
	return age < 0 ? 0 : age;
}
