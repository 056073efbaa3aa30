/*
 * replay7501 FILE PIECE PAUSE STATUS - be an agent that writes FILE
 *
 * in pieces of so many bytes with a pause of so many microseconds after each.
 * After each report in it (OSC 7501) it asks whether the terminal knows them:
 * once that is answered, all before was seen to.  It then writes the lines of
 * the file STATUS, without the time, to standard error, which the caller
 * redirects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char query[] = "\033]7501;?\a";

static void
write_all(const char *s, size_t n)
{
	while (n > 0) {
		ssize_t w = write(1, s, n);

		if (w < 0)
			exit(3);
		s += w;
		n -= (size_t)w;
	}
}

static void
wait_for_answer(void)
{
	size_t at = 0;
	char c;

	write_all(query, sizeof query - 1);
	while (at < sizeof query - 1) {
		if (read(0, &c, 1) != 1)
			exit(4);
		at = c == query[at] ? at + 1 : c == query[0];
	}
}

static void
tell(const char *path)
{
	char line[8192], *tab;
	FILE *f = fopen(path, "r");

	if (!f || !fgets(line, sizeof line, f))
		exit(5);
	fclose(f);
	/* state reason since source text */
	tab = strchr(strchr(line, '\t') + 1, '\t');
	fprintf(stderr, "%.*s%s", (int)(tab - line), line, strchr(tab + 1, '\t'));
}

/* Does a report end just before s + at? */
static int
report_ends(const char *s, size_t at)
{
	size_t i = at;

	if (!(s[at - 1] == '\a' || (at > 1 && s[at - 1] == '\\' && s[at - 2] == '\033')))
		return 0;
	for (i -= 2; i > 0 && (s[i] != '\033' || s[i + 1] != ']'); i--)
		if (s[i] == '\a')
			return 0;
	return strncmp(s + i, "\033]7501;state=", 13) == 0;
}

int
main(int argc, char **argv)
{
	static char s[1 << 20];
	struct termios raw;
	FILE *f = argc == 5 ? fopen(argv[1], "r") : NULL;
	size_t n, from = 0, piece;
	useconds_t pause;

	if (!f || tcgetattr(0, &raw) < 0)
		return 2;
	n = fread(s, 1, sizeof s, f);
	piece = strtoul(argv[2], NULL, 10);
	pause = (useconds_t)strtoul(argv[3], NULL, 10);
	cfmakeraw(&raw);
	tcsetattr(0, TCSANOW, &raw);
	for (size_t at = 1; at <= n; at++) {
		int report = report_ends(s, at);

		if (!report && at - from < piece && at < n)
			continue;
		write_all(s + from, at - from);
		from = at;
		if (report) {
			wait_for_answer();
			tell(argv[4]);
		} else if (pause) {
			usleep(pause);
		}
	}
	return 0;
}
