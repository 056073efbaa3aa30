#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *prog = "jared";

void
set_progname(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	prog = slash ? slash + 1 : argv0;
	/* Read-only on all three: what goes to a closed output must not
	 * silently vanish into /dev/null. */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", O_RDONLY);
}

const char *
progname(void)
{
	return prog;
}

static PRINTF_LIKE(1, 0) void
report(const char *fmt, va_list ap, int err)
{
	char msg[4096];
	int n = snprintf(msg, sizeof msg, "%s: ", prog), room;

	if (n < 0 || n >= (int)sizeof msg)
		n = 0;
	room = (int)sizeof msg - n;
	int m = vsnprintf(msg + n, (size_t)room, fmt, ap);
	n += m < 0 ? 0 : m >= room ? room - 1 : m;
	if (err && n < (int)sizeof msg - 1) {
		room = (int)sizeof msg - n;
		m = snprintf(msg + n, (size_t)room, ": %s", strerror(err));
		n += m < 0 ? 0 : m >= room ? room - 1 : m;
	}
	/* A task title must not be able to drive the operator's terminal. */
	for (int i = 0; i < n; i++)
		if ((unsigned char)msg[i] < 0x20 || msg[i] == 0x7f)
			msg[i] = '?';
	msg[n] = '\n';
	(void)!write(2, msg, (size_t)n + 1);
}

void
warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(fmt, ap, 0);
	va_end(ap);
}

void
warn_errno(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	report(fmt, ap, err);
	va_end(ap);
}

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(fmt, ap, 0);
	va_end(ap);
	exit(status);
}

void
die_errno(int status, const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	report(fmt, ap, err);
	va_end(ap);
	exit(status);
}

static int
rank(int status)
{
	switch (status) {
	case EXIT_OK:    return 0;
	case EXIT_NONE:  return 1;
	case EXIT_RETRY: return 2;
	case EXIT_USAGE: return 3;
	}
	return 4;
}

int
worse(int a, int b)
{
	return rank(a) >= rank(b) ? a : b;
}

void
finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		die_errno(EXIT_FAIL, "cannot write standard output");
	/* Some file systems report a full disk only here. */
	if (close(1) != 0 && errno != EBADF)
		die_errno(EXIT_FAIL, "cannot write standard output");
	exit(status);
}

void
usage(int status, const char *text)
{
	fputs(text, status == EXIT_OK ? stdout : stderr);
	if (status == EXIT_OK)
		finish(EXIT_OK);
	exit(status);
}

void
check_operands(char *const argv[], int first)
{
	if (first > 0 && strcmp(argv[first - 1], "--") == 0)
		return;
	for (; argv[first]; first++)
		if (argv[first][0] == '-' && argv[first][1])
			die(EXIT_USAGE, "'%s' stands behind an operand: options come first",
			    argv[first]);
}

void
version(void)
{
	printf("%s %s\n", prog, JARED_VERSION);
	finish(EXIT_OK);
}
