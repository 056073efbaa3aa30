#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What a child that could not become the program says before it goes. */
enum step { TAKE_TERMINAL, PASS_LOCK, ENTER, EXECUTE };
struct complaint { enum step step; int err; };

static const char *const step_names[] = {
	[TAKE_TERMINAL] = "give a terminal to", [PASS_LOCK] = "pass a lock to",
	[ENTER] = "enter", [EXECUTE] = "execute",
};

void
pty_close(struct pty *p)
{
	if (p->slave >= 0)
		close(p->slave);
	if (p->master >= 0)
		close(p->master);
	p->slave = p->master = -1;
}

int
pty_open(struct pty *p, const struct screen *s)
{
	struct winsize size;

	p->slave = -1;
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->master < 0)
		return -1;
	if (grantpt(p->master) == 0 && unlockpt(p->master) == 0)
		p->slave = ioctl(p->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->fd < 0 || ioctl(s->fd, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	if (p->slave >= 0 && ioctl(p->slave, TIOCSWINSZ, &size) == 0 &&
	    (s->fd < 0 || tcsetattr(p->slave, TCSANOW, &s->saved) == 0))
		return 0;
	int err = errno;
	pty_close(p);
	errno = err;
	return -1;
}

static void
reset_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
take_terminal(int slave, int in)
{
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		return -1;
	if (dup2(in >= 0 ? in : slave, 0) < 0 || dup2(slave, 1) < 0 ||
	    dup2(slave, 2) < 0)
		return -1;
	return 0;
}

/* Returns only if it failed, with the step that did. */
static enum step
become(const struct pty *p, const struct pty_child *c)
{
	reset_signals();
	if (take_terminal(p->slave, c->in) < 0)
		return TAKE_TERMINAL;
	/* Whatever is open closes at exec, ours or inherited; then the one
	 * exception is made.  A kernel too old for this flag leaves ours,
	 * which are close-on-exec anyway. */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (c->keep >= 0 && dup3(c->keep, c->keep_as, 0) < 0)
		return PASS_LOCK;
	if (chdir(c->dir) < 0)
		return ENTER;
	environ = (char **)c->env;
	execvp(c->argv[0], (char *const *)c->argv);
	return EXECUTE;
}

/* The program's start closes the pipe; else the complaint comes through. */
static pid_t
hear(pid_t pid, int from, const char **what)
{
	struct complaint c;
	ssize_t n;

	while ((n = read(from, &c, sizeof c)) < 0 && errno == EINTR)
		continue;
	if (n == 0)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	if (n != (ssize_t)sizeof c)
		c = (struct complaint){ EXECUTE, EIO };
	*what = step_names[c.step];
	errno = c.err;
	return -1;
}

pid_t
pty_start(const struct pty *p, const struct pty_child *c, const char **what)
{
	int report[2];
	pid_t pid;

	*what = "fork for";
	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		struct complaint why = { .step = become(p, c) };

		why.err = errno;
		(void)!write(report[1], &why, sizeof why);
		_exit(127);
	}
	int err = errno;
	close(report[1]);
	errno = err;
	if (pid > 0)
		pid = hear(pid, report[0], what);
	err = errno;
	close(report[0]);
	errno = err;
	return pid;
}

/* A description of its own: whoever shares ours (a shell, if this is run by
 * hand) must not find it non-blocking. */
void
screen_open(struct screen *s)
{
	struct termios raw;

	s->fd = -1;
	if (!isatty(0) || !isatty(1))
		return;
	s->fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (s->fd < 0)
		return;
	if (tcgetattr(s->fd, &s->saved) == 0) {
		raw = s->saved;
		cfmakeraw(&raw);
		if (tcsetattr(s->fd, TCSANOW, &raw) == 0)
			return;
	}
	close(s->fd);
	s->fd = -1;
}

void
screen_close(struct screen *s)
{
	if (s->fd < 0)
		return;
	/* Not TCSADRAIN: a terminal that takes nothing would hold us here. */
	(void)tcsetattr(s->fd, TCSANOW, &s->saved);
	close(s->fd);
	s->fd = -1;
}

bool
screen_is_there(const struct screen *s)
{
	struct termios t;

	return s->fd >= 0 && tcgetattr(s->fd, &t) == 0;
}

void
screen_pass_size(const struct screen *s, const struct pty *p)
{
	struct winsize size;

	if (s->fd >= 0 && ioctl(s->fd, TIOCGWINSZ, &size) == 0)
		(void)ioctl(p->master, TIOCSWINSZ, &size);
}
