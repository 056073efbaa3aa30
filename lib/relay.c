#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "typed.h"

enum { SCREEN, MASTER };
enum { CHUNK = 16384, QUIET_MS = 50 };

static void
log_open(struct relay *r)
{
	struct stat st;

	r->log = openat(r->dir, "log",
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	r->log_size = 0;
	if (r->log < 0)
		r->log_errno = errno;
	/* An attempt that goes on continues its log. */
	else if (fstat(r->log, &st) == 0 && lseek(r->log, 0, SEEK_END) >= 0)
		r->log_size = (size_t)st.st_size;
}

static void
log_add(struct relay *r, const char *data, size_t n)
{
	if (r->log >= 0 && r->log_size + n > RELAY_LOG) {
		close(r->log);
		(void)renameat(r->dir, "log", r->dir, "log.1");
		log_open(r);
	}
	if (r->log < 0)
		return;
	if (fs_write_all(r->log, data, n) < 0)
		r->log_errno = errno;
	r->log_size += n;
}

/* --- what one side is owed --- */

static size_t
owed(const struct relay_queue *q)
{
	return q->b.len - q->at;
}

static void
forget(struct relay_queue *q)
{
	buf_reset(&q->b);
	q->at = 0;
}

static void
owe(struct relay_queue *q, const char *data, size_t n)
{
	/* A slow taker may never have got it all. */
	if (q->at > RELAY_MAX) {
		memmove(q->b.s, q->b.s + q->at, owed(q));
		buf_setlen(&q->b, owed(q));
		q->at = 0;
	}
	buf_add(&q->b, data, n);
}

static void
send_on(struct relay_queue *q, int fd)
{
	while (owed(q) > 0) {
		ssize_t n = write(fd, q->b.s + q->at, owed(q));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		q->at += (size_t)n;
	}
	forget(q);
}

/* Until it takes some, no more is read from the agent. */
static bool
is_full(const struct relay *r)
{
	return r->screen.fd >= 0 && !r->stalled && owed(&r->out) >= RELAY_MAX;
}

static void
to_screen(struct relay *r, const char *data, size_t n)
{
	size_t before;

	if (r->screen.fd < 0)
		return;
	if (owed(&r->out) == 0)
		r->took = clock_boot_ms();
	if (r->stalled)
		r->left_out += n;
	else
		owe(&r->out, data, n);
	before = owed(&r->out);
	send_on(&r->out, r->screen.fd);
	if (owed(&r->out) == before && before > 0)
		return;
	r->took = clock_boot_ms();
	if (!r->stalled || owed(&r->out) > 0)
		return;
	buf_addf(&r->out.b, "\r\n[%s: %llu bytes are not shown here, see the log]\r\n",
	    progname(), (unsigned long long)r->left_out);
	r->stalled = false;
	r->left_out = 0;
}

/* To a terminal that shows the agent what it types, bare, the answer would be
 * the next query. */
static bool
would_echo(const struct relay *r)
{
	struct termios t;

	return tcgetattr(r->pty.master, &t) == 0 && (t.c_lflag & ECHO) &&
	    !(t.c_lflag & ECHOCTL);
}

static void
answer(struct relay *r)
{
	if (would_echo(r))
		return;
	relay_type(r, r->osc.text, strlen(r->osc.text));
	send_on(&r->in, r->pty.master);
}

/* See to what the agent tells; what is for the screen is left in shown. */
static void
listen_to(struct relay *r, const char *data, size_t n)
{
	enum osc_what what;
	size_t taken;

	for (; n > 0; data += taken, n -= taken) {
		taken = osc_take(&r->osc, data, n, &r->shown, &what);
		if (what == OSC_ASKS)
			answer(r);
		else if (what != OSC_NOTHING && r->told)
			r->told(r->told_arg, what);
	}
}

static void
show(struct relay *r)
{
	to_screen(r, r->shown.s, r->shown.len);
	buf_reset(&r->shown);
}

/* One read of what the agent wrote: 1; 0 when there is nothing now, -1 when
 * there will be nothing more. */
static int
from_agent(struct relay *r)
{
	char data[CHUNK];
	ssize_t n = read(r->pty.master, data, sizeof data);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	r->wrote = clock_boot_ms();
	log_add(r, data, (size_t)n);
	listen_to(r, data, (size_t)n);
	show(r);
	return 1;
}

/* False if the screen hung up. */
static bool
from_screen(struct relay *r)
{
	char data[CHUNK];
	ssize_t n = read(r->screen.fd, data, sizeof data);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	if (typed_by_person(data, (size_t)n)) {
		r->typed = clock_boot_ms();
		r->draft = data[n - 1] != '\r' && data[n - 1] != '\n';
	}
	owe(&r->in, data, (size_t)n);
	return true;
}

void
relay_type(struct relay *r, const void *data, size_t n)
{
	owe(&r->in, data, n);
}

size_t
relay_untaken(const struct relay *r)
{
	return owed(&r->in);
}

size_t
relay_unread(const struct relay *r)
{
	int n = 0;

	(void)ioctl(r->pty.slave, FIONREAD, &n);
	return relay_untaken(r) + (n > 0 ? (size_t)n : 0);
}

int
relay_open(struct relay *r, int dir)
{
	*r = (struct relay){ .dir = dir, .log = -1,
	    .out.b = BUF_INIT, .in.b = BUF_INIT, .shown = BUF_INIT };
	screen_open(&r->screen);
	if (pty_open(&r->pty, &r->screen) < 0) {
		int err = errno;

		screen_close(&r->screen);
		errno = err;
		return -1;
	}
	log_open(r);
	return 0;
}

void
relay_close(struct relay *r)
{
	screen_close(&r->screen);
	pty_close(&r->pty);
	if (r->log >= 0)
		close(r->log);
	r->log = -1;
	buf_release(&r->out.b);
	buf_release(&r->in.b);
	buf_release(&r->shown);
	errno = r->log_errno;
	if (errno)
		warn_errno("the log is not complete");
}

int64_t
relay_want(const struct relay *r, struct pollfd pfd[2])
{
	bool typed = owed(&r->in) > 0, full = is_full(r);

	pfd[SCREEN] = (struct pollfd){ .fd = r->screen.fd };
	if (!typed && !r->held)
		pfd[SCREEN].events |= POLLIN;
	if (owed(&r->out) > 0)
		pfd[SCREEN].events |= POLLOUT;
	pfd[MASTER] = (struct pollfd){ .fd = r->pty.master };
	if (!full)
		pfd[MASTER].events |= POLLIN;
	if (typed)
		pfd[MASTER].events |= POLLOUT;
	return full ? r->took + RELAY_STALL_MS : 0;
}

bool
relay_move(struct relay *r, const struct pollfd pfd[2])
{
	bool there = true;

	if (pfd[MASTER].revents & POLLIN)
		(void)from_agent(r);
	if (pfd[SCREEN].revents & POLLOUT)
		to_screen(r, "", 0);
	if (pfd[SCREEN].revents & ~POLLOUT)
		there = from_screen(r);
	send_on(&r->in, r->pty.master);
	if (is_full(r) && clock_boot_ms() >= r->took + RELAY_STALL_MS)
		r->stalled = true;
	return there;
}

void
relay_blind(struct relay *r)
{
	screen_close(&r->screen);
	forget(&r->out);
	r->stalled = false;
}

void
relay_drain(struct relay *r, int ms)
{
	int64_t end = clock_boot_ms() + ms, left = ms;
	struct pollfd pfd = { .fd = r->pty.master, .events = POLLIN };
	int more = 1;

	/* With our end of the terminal closed, its end is seen as soon as
	 * nobody has it open; until then silence must do. */
	close(r->pty.slave);
	r->pty.slave = -1;
	while (more >= 0 && left > 0) {
		if (poll(&pfd, 1, left < QUIET_MS ? (int)left : QUIET_MS) == 0)
			break;
		more = from_agent(r);
		left = end - clock_boot_ms();
	}
	osc_rest(&r->osc, &r->shown);
	show(r);
	pfd = (struct pollfd){ .fd = r->screen.fd, .events = POLLOUT };
	while (owed(&r->out) > 0 && left > 0 && poll(&pfd, 1, (int)left) > 0 &&
	    !(pfd.revents & (POLLERR | POLLHUP))) {
		to_screen(r, "", 0);
		left = end - clock_boot_ms();
	}
}
