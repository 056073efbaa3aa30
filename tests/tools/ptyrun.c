/*
 * ptyrun [-r ROWS] [-c COLUMNS] PROGRAM [ARG...] - run a program on a raw
 * terminal: standard input is typed, what it shows goes to standard output.
 *
 * USR1 makes the terminal 50 x 132, USR2 hangs it up and waits for the
 * program, STOP is a terminal that takes nothing.  The status is the
 * program's.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t resize, hangup;

static void
note(int sig)
{
	if (sig == SIGUSR1)
		resize = 1;
	else
		hangup = 1;
}

static int
copy(int from, int to)
{
	char data[4096], *p = data;
	ssize_t n = read(from, data, sizeof data), w;

	if (n <= 0)
		return n < 0 && errno == EINTR ? 0 : -1;
	for (; n > 0; p += w, n -= w)
		if ((w = write(to, p, (size_t)n)) < 0)
			return -1;
	return 0;
}

static void
relay(int master)
{
	struct pollfd pfd[2] = { { .fd = master, .events = POLLIN },
	    { .fd = 0, .events = POLLIN } };

	while (!hangup) {
		if (resize) {
			struct winsize w = { .ws_row = 50, .ws_col = 132 };
			resize = 0;
			ioctl(master, TIOCSWINSZ, &w);
		}
		/* Short, because a signal may come just before. */
		if (poll(pfd, 2, 100) <= 0)
			continue;
		if (pfd[1].revents && copy(0, master) < 0)
			pfd[1].fd = -1;
		if (pfd[0].revents && copy(master, 1) < 0)
			break;
	}
	close(master);
}

int
main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct sigaction sa = { .sa_handler = note };
	struct termios raw = { 0 };
	int c, master, status;

	while ((c = getopt(argc, argv, "+r:c:")) != -1)
		if (c == 'r')
			size.ws_row = (unsigned short)strtol(optarg, NULL, 10);
		else if (c == 'c')
			size.ws_col = (unsigned short)strtol(optarg, NULL, 10);
		else
			return 2;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	cfmakeraw(&raw);
	cfsetspeed(&raw, B38400);
	raw.c_cflag |= CREAD;
	pid_t pid = forkpty(&master, NULL, &raw, &size);
	if (pid == 0) {
		execvp(argv[optind], argv + optind);
		_exit(127);
	}
	if (pid < 0)
		return 2;
	relay(master);
	while (waitpid(pid, &status, 0) < 0)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
