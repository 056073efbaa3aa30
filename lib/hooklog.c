#include "hooklog.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "tsv.h"

enum { TIME, EVENT, STATE, REASON, SESSION, TRANSCRIPT, TEXT, N };
enum { TAIL = 64 * 1024 };

static const char *
tail(int dirfd, struct hooklog *h, struct arena *a)
{
	int fd = fs_open_regular(dirfd, "hooks");
	struct stat st;
	char *text = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		off_t skip = st.st_size > TAIL ? st.st_size - TAIL : 0;
		size_t size = (size_t)(st.st_size - skip);
		char *from, *all = arena_alloc(a, size + 1);
		ssize_t n = pread(fd, all, size, skip);

		h->age_ms = (clock_stamp_ns() - (int64_t)st.st_mtim.tv_sec *
		    1000000000 - st.st_mtim.tv_nsec) / 1000000;
		all[n > 0 ? n : 0] = '\0';
		/* Where it was cut there is no whole line. */
		from = skip ? strchr(all, '\n') : all;
		text = from ? from + (skip > 0) : NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static void
take(struct hooklog *h, char *line)
{
	const char *why;
	int64_t time;
	char *f[N];

	if (tsv_split(line, f, N, &why) != N || !f[TIME] || !f[EVENT] ||
	    clock_parse(f[TIME], &time) < 0)
		return;
	if (f[SESSION])
		h->session = f[SESSION];
	if (f[TRANSCRIPT])
		h->transcript = f[TRANSCRIPT];
	if (!f[STATE])
		return;
	if (!h->state || strcmp(h->state, f[STATE]) != 0)
		h->since = time;
	h->state = f[STATE];
	h->reason = f[REASON];
	h->text = f[TEXT];
}

int
hooklog_read(int dirfd, struct hooklog *h, struct arena *a)
{
	const char *text;
	char *line, *next;

	*h = (struct hooklog){ .state = NULL };
	text = tail(dirfd, h, a);
	if (!text)
		return -1;
	for (line = (char *)text; (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		take(h, line);
	}
	return h->state || h->session ? 0 : -1;
}

/* Short enough that the line is written at once, cut between characters. */
static void
add(struct buf *b, const char *s, size_t max, int end)
{
	struct buf cut = BUF_INIT;
	size_t n = s ? strnlen(s, max) : 0;

	while (n && s[n] && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	if (n)
		buf_add(&cut, s, n);
	tsv_add(b, n ? cut.s : NULL, end);
	buf_release(&cut);
}

int
hooklog_append(int dirfd, const struct hook_event *e)
{
	struct buf b = BUF_INIT;
	char now[CLOCK_TEXT];
	int r = -1, fd = openat(dirfd, "hooks", O_WRONLY | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	tsv_add(&b, clock_format(clock_now(), now), '\t');
	add(&b, e->event, 64, '\t');
	add(&b, e->state, 32, '\t');
	add(&b, e->reason, 32, '\t');
	add(&b, e->session, 128, '\t');
	add(&b, e->transcript, 1024, '\t');
	add(&b, e->text, 240, '\n');
	if (fd >= 0 && b.len <= HOOKLOG_LINE_MAX &&
	    write(fd, b.s, b.len) == (ssize_t)b.len)
		r = 0;
	if (fd >= 0)
		close(fd);
	buf_release(&b);
	return r;
}
