#include "inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "num.h"
#include "tsv.h"
#include "utf8.h"

enum { HEADER_MAX = 4096, WORD_MAX = 64 };

static const char *const state_names[MESSAGE_N] = {
	[MESSAGE_QUEUED] = "queued", [MESSAGE_TYPING] = "typing",
	[MESSAGE_TYPED] = "typed", [MESSAGE_TAKEN] = "taken",
	[MESSAGE_REFUSED] = "refused",
};

const char *
message_state_name(enum message_state s)
{
	return state_names[s];
}

int
message_state_parse(const char *s, enum message_state *out)
{
	for (int i = 0; i < MESSAGE_N; i++)
		if (strcmp(state_names[i], s) == 0) {
			*out = (enum message_state)i;
			return 0;
		}
	return -1;
}

/* --- one file --- */

static void
format(struct buf *b, const struct message *m)
{
	char sent[CLOCK_TEXT], since[CLOCK_TEXT];

	tsv_addf(b, '\t', "%lld", (long long)m->number);
	tsv_add(b, state_names[m->state], '\t');
	tsv_add(b, clock_format(m->since, since), '\t');
	tsv_add(b, clock_format(m->sent, sent), '\t');
	tsv_add(b, m->by, '\t');
	tsv_add(b, m->now ? "now" : "idle", '\t');
	tsv_add(b, m->why, '\t');
	tsv_addf(b, '\t', "%zu", m->len);
	tsv_seal(b, 0);
	buf_add(b, m->text, m->len);
}

/* n bytes of a file that has size. */
static int
parse(const char *data, size_t n, size_t size, struct message *m, struct arena *a)
{
	enum { NUMBER, STATE, SINCE, SENT, BY, WHEN, WHY, BYTES, N };
	const char *lf = memchr(data, '\n', n < HEADER_MAX ? n : HEADER_MAX), *why;
	char *line, *f[N];
	ssize_t payload = lf ? tsv_sealed(data, (size_t)(lf - data)) : -1;
	int64_t bytes;

	if (payload < 0)
		return -1;
	line = arena_strndup(a, data, (size_t)payload);
	if (tsv_split(line, f, N, &why) != N || !f[NUMBER] || !f[STATE] ||
	    !f[SINCE] || !f[SENT] || !f[WHEN] || !f[BYTES])
		return -1;
	*m = (struct message){ .by = f[BY] ? f[BY] : "-", .why = f[WHY],
	    .now = strcmp(f[WHEN], "now") == 0 };
	if (num_parse(f[NUMBER], 1, INT64_MAX, &m->number) < 0 ||
	    message_state_parse(f[STATE], &m->state) < 0 ||
	    clock_parse(f[SINCE], &m->since) < 0 ||
	    clock_parse(f[SENT], &m->sent) < 0 ||
	    num_parse(f[BYTES], 0, INBOX_TEXT_MAX, &bytes) < 0 ||
	    (size_t)bytes != size - (size_t)(lf + 1 - data))
		return -1;
	m->len = (size_t)bytes;
	m->text = n == size ? arena_strndup(a, lf + 1, m->len) : NULL;
	return 0;
}

static void
name_of(int64_t number, char out[24])
{
	snprintf(out, 24, "%06lld", (long long)number);
}

/* What is to be read of a file; *size is all that it has. */
static int
read_part(int fd, enum inbox_part part, struct buf *b, size_t *size)
{
	struct stat st;
	ssize_t n;

	if (part == INBOX_HEADS && fstat(fd, &st) == 0 && st.st_size > HEADER_MAX) {
		n = pread(fd, buf_room(b, HEADER_MAX), HEADER_MAX, 0);
		if (n < 0)
			return -1;
		buf_setlen(b, (size_t)n);
		*size = (size_t)st.st_size;
		return 0;
	}
	if (fs_read_fd(fd, INBOX_TEXT_MAX + HEADER_MAX, b) < 0)
		return -1;
	*size = b->len;
	return 0;
}

static int
read_one(int dir, const char *name, enum inbox_part part, struct message *m,
    struct arena *a)
{
	struct buf b = BUF_INIT;
	int fd = fs_open_regular(dir, name), r = fd;
	size_t size;

	if (fd >= 0) {
		r = read_part(fd, part, &b, &size);
		if (r == 0 && parse(b.s, b.len, size, m, a) < 0) {
			errno = EBADMSG;
			r = -1;
		}
	}
	int err = errno;
	if (fd >= 0)
		close(fd);
	buf_release(&b);
	errno = err;
	return r;
}

/* --- the two directories --- */

struct numbers { int64_t *v; size_t n, cap; };

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Add the numbers of the messages in a directory, which may not be there. */
static int
scan(int rundir, const char *which, struct numbers *out)
{
	int fd = fs_open_dir(rundir, which);
	struct dirent *e;
	int64_t number;
	DIR *d;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -1;
	}
	while ((errno = 0, e = readdir(d)))
		if (num_parse(e->d_name, 1, INT64_MAX, &number) == 0) {
			GROW(out->v, out->n, out->cap);
			out->v[out->n++] = number;
		}
	int err = errno;
	closedir(d);
	errno = err;
	return err ? -1 : 0;
}

/* The order of the two looks matters: a message moves from the first
 * directory to the second, and is in both for a moment. */
static int
scan_both(int rundir, struct numbers *out)
{
	if (scan(rundir, "inbox", out) < 0 || scan(rundir, "handled", out) < 0)
		return -1;
	if (out->n)
		qsort(out->v, out->n, sizeof *out->v, by_number);
	return 0;
}

static int
read_message(int rundir, int64_t number, enum inbox_part part, struct message *m,
    struct arena *a)
{
	static const char *const where[] = { "handled", "inbox", "handled" };
	char name[24];
	int r = -1;

	name_of(number, name);
	for (size_t i = 0; r < 0 && i < sizeof where / sizeof *where; i++) {
		int dir = fs_open_dir(rundir, where[i]);

		r = dir < 0 ? -1 : read_one(dir, name, part, m, a);
		int err = errno;
		if (dir >= 0)
			close(dir);
		errno = err;
		if (r < 0 && errno != ENOENT)
			break;
	}
	if (r == 0 && m->number != number) {
		errno = EBADMSG;
		r = -1;
	}
	return r;
}

static int
write_message(int rundir, const char *which, const struct message *m)
{
	struct buf b = BUF_INIT;
	char name[24];
	int dir, r = -1;

	if (fs_mkdirs(rundir, which) < 0)
		return -1;
	dir = fs_open_dir(rundir, which);
	if (dir < 0)
		return -1;
	name_of(m->number, name);
	format(&b, m);
	r = fs_replace(dir, name, b.s, b.len);
	int err = errno;
	buf_release(&b);
	close(dir);
	errno = err;
	return r;
}

int
inbox_file(int rundir, struct message *m)
{
	struct numbers have = { 0 };
	int r = scan_both(rundir, &have);

	m->number = have.n ? have.v[have.n - 1] + 1 : 1;
	free(have.v);
	m->state = MESSAGE_QUEUED;
	m->sent = m->since = clock_now();
	return r < 0 ? -1 : write_message(rundir, "inbox", m);
}

int
inbox_set(int rundir, struct message *m, enum message_state s, const char *why)
{
	struct message to = *m;
	char name[24];
	int dir;

	to.state = s;
	to.why = why;
	to.since = clock_now();
	if (write_message(rundir, "handled", &to) < 0)
		return -1;
	*m = to;
	/* What is handled counts, also while the other is still there. */
	name_of(m->number, name);
	dir = fs_open_dir(rundir, "inbox");
	if (dir >= 0) {
		(void)unlinkat(dir, name, 0);
		close(dir);
	}
	return 0;
}

int
inbox_list(int rundir, enum inbox_part part, struct message **list, size_t *bad,
    struct arena *a)
{
	struct numbers have = { 0 };
	size_t n = 0, broken = 0;

	if (scan_both(rundir, &have) < 0) {
		free(have.v);
		return -1;
	}
	*list = arena_alloc(a, (have.n + 1) * sizeof **list);
	for (size_t i = 0; i < have.n; i++) {
		if (i > 0 && have.v[i] == have.v[i - 1])
			continue;
		if (read_message(rundir, have.v[i], part, &(*list)[n], a) == 0)
			n++;
		else
			broken++;
	}
	free(have.v);
	if (bad)
		*bad = broken;
	return (int)n;
}

int
inbox_next(int rundir, struct message *m, struct arena *a)
{
	struct numbers have = { 0 };
	struct message one;
	bool found = false;

	if (scan(rundir, "inbox", &have) < 0) {
		free(have.v);
		return -1;
	}
	if (have.n)
		qsort(have.v, have.n, sizeof *have.v, by_number);
	for (size_t i = 0; i < have.n && !(found && m->now); i++)
		if (read_message(rundir, have.v[i], INBOX_WHOLE, &one, a) == 0 &&
		    one.state == MESSAGE_QUEUED && (!found || one.now)) {
			*m = one;
			found = true;
		}
	free(have.v);
	return found;
}

/* --- what cannot arrive --- */

const char *
inbox_unfit(const char *text, size_t len, struct arena *a)
{
	size_t line = 1, n;

	if (len == 0)
		return "there is no text";
	if (len > INBOX_TEXT_MAX)
		return arena_printf(a, "%zu bytes, at most %d can be sent; put the "
		    "text into a file and name that", len, INBOX_TEXT_MAX);
	for (size_t at = 0; at < len; at += n) {
		/* The NUL behind the text ends a character that is cut short. */
		int32_t c = text[at] ? utf8_next(text + at, &n) : 0;

		if (!text[at])
			n = 1;
		if (c == '\n')
			line++;
		if (c == UTF8_BAD)
			return arena_printf(a, "line %zu: byte 0x%02x is not UTF-8",
			    line, (unsigned char)text[at]);
		if (c == '\r')
			return arena_printf(a, "line %zu: a carriage return, which "
			    "is the Enter key", line);
		if ((c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0))
			return arena_printf(a, "line %zu: the control character "
			    "0x%02x would be obeyed, not taken", line, (unsigned)c);
	}
	return NULL;
}

/* --- what keeps them --- */

void
inbox_keep(int rundir, const char *why)
{
	int dir = fs_open_dir(rundir, "inbox");

	if (dir < 0)
		return;
	if (why)
		(void)fs_replace_fast(dir, "kept", why, strlen(why));
	else
		(void)unlinkat(dir, "kept", 0);
	close(dir);
}

const char *
inbox_kept(int rundir, struct arena *a)
{
	int dir = fs_open_dir(rundir, "inbox");
	struct buf b = BUF_INIT;
	const char *word = NULL;

	if (dir >= 0 && fs_read(dir, "kept", WORD_MAX, &b) == 0 && b.len &&
	    strspn(b.s, "abcdefghijklmnopqrstuvwxyz-") == b.len)
		word = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	if (dir >= 0)
		close(dir);
	return word;
}
