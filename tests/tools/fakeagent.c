/*
 * fakeagent [-bcdsu] [-w MS] DIR - an agent at its prompt, for tests
 *
 * It reports its state by OSC 7501, has pasted text bracketed, and writes what
 * was entered at its prompt into DIR/1, DIR/2, … byte for byte, each with a turn
 * of MS milliseconds; all that it reads goes into DIR/raw.  Escape ends a turn, ^U
 * empties the prompt, and "exit" there ends it.
 *
 *   -b  it takes no pasted text
 *   -c  its terminal hands over lines, without raw mode or pasted text
 *   -d  it starts with a question, until DIR/go is there; Enter approves
 *   -s  it reads a few bytes at a time
 *   -u  it reports nothing
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static bool brackets = true, canonical, asks, slow, mute, pasting;
static long work_ms = 50, turn_end;
static char *text;
static size_t n_text, cap_text;
static int n_entered;
static const char *dir;
static char held[8];
static size_t n_held;

static long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
say(const char *state)
{
	if (!mute)
		printf("\033]7501;state=%s:app=fake\033\\", state);
	fflush(stdout);
}

static void
record(const char *name, const char *mode, const char *data, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, mode);
	if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
		exit(3);
}

static void
entered(void)
{
	char name[32];

	if (n_text == 4 && memcmp(text, "exit", 4) == 0)
		exit(0);
	snprintf(name, sizeof name, "%d.part", ++n_entered);
	record(name, "w", text, n_text);
	char from[4096], to[4096];
	snprintf(from, sizeof from, "%s/%s", dir, name);
	snprintf(to, sizeof to, "%s/%d", dir, n_entered);
	if (rename(from, to) < 0)
		exit(3);
	n_text = 0;
	turn_end = now() + work_ms;
	say("working");
}

static void
put(char c)
{
	if (n_text == cap_text) {
		cap_text = cap_text ? cap_text * 2 : 4096;
		text = realloc(text, cap_text);
		if (!text)
			exit(3);
	}
	text[n_text++] = c;
}

/* One byte; sequences are those that begin and end pasted text. */
static void
take(char c)
{
	static const char begin[] = "\033[200~", end[] = "\033[201~";
	const char *want = pasting ? end : begin;

	if (n_held > 0 || c == '\033') {
		held[n_held++] = c;
		if (memcmp(held, want, n_held) == 0) {
			if (n_held == 6) {
				pasting = !pasting;
				n_held = 0;
			}
			return;
		}
		for (size_t i = 0; i < n_held; i++)
			put(held[i]);
		n_held = 0;
		return;
	}
	if (!pasting && asks && c == '\r') {
		record("approved", "w", "", 0);
		asks = false;
	} else if (!pasting && c == (canonical ? '\n' : '\r')) {
		entered();
	} else if (!pasting && c == 025) {
		n_text = 0;
	} else {
		put(c);
	}
}

/* Nothing follows: it was the key. */
static void
escape(void)
{
	if (n_held == 1 && turn_end) {
		turn_end = now();
		record("interrupted", "a", "x", 1);
	}
	n_held = 0;
}

static void
look(void)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/go", dir);
	if (asks && access(path, F_OK) == 0) {
		asks = false;
		say("idle");
	}
	if (turn_end && now() >= turn_end) {
		turn_end = 0;
		say("idle");
	}
}

int
main(int argc, char **argv)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	struct termios t;
	char data[4096];
	int c;

	while ((c = getopt(argc, argv, "bcdsuw:")) != -1)
		switch (c) {
		case 'b': brackets = false; break;
		case 'c': canonical = true; brackets = false; break;
		case 'd': asks = true; break;
		case 's': slow = true; break;
		case 'u': mute = true; break;
		case 'w': work_ms = atol(optarg); break;
		default: return 2;
		}
	dir = argv[optind];
	if (!canonical && tcgetattr(0, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(0, TCSANOW, &t);
	}
	if (brackets)
		printf("\033[?2004h");
	printf("fake agent\r\n> ");
	say(asks ? "blocked:kind=permission" : "idle");
	for (;;) {
		int ready = poll(&in, 1, 20);
		ssize_t n = ready > 0 ? read(0, data, slow ? 7 : sizeof data) : 0;

		if (ready > 0 && n <= 0)
			return errno == EIO || n == 0 ? 0 : 3;
		if (n > 0)
			record("raw", "a", data, (size_t)n);
		for (ssize_t i = 0; i < n; i++)
			take(data[i]);
		if (n == 0)
			escape();
		if (slow && n > 0)
			usleep(200);
		look();
	}
}
