/*
 * jared-hook - note what an agent's own hook tells
 *
 * Agents run it at their events, with the event's facts as JSON on standard
 * input; it appends one line to the file "hooks" of the attempt.  Agents take
 * what a hook prints, and how it ends, for an answer: so it prints nothing and
 * ends with 0, whatever happens, and soon, whatever is on its input.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "hooklog.h"
#include "json.h"

enum { KEPT = 64 * 1024, PATIENCE_MS = 1000 };

static const char usage_text[] =
    "usage: jared-hook DIR EVENT [STATE [REASON [KEY]]]\n"
    "Append an event, told as JSON on standard input, to the file hooks in DIR;\n"
    "KEY names the member whose text is kept.  Agents run it.\n"
    "\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

/* The beginning of the input; the rest is read too, lest its writer fail. */
static void
read_input(struct buf *b)
{
	int64_t end = clock_boot_ms() + PATIENCE_MS;
	char chunk[16384];

	for (;;) {
		struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
		int64_t left = end - clock_boot_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return;
		n = read(STDIN_FILENO, chunk, sizeof chunk);
		if (n <= 0)
			return;
		if (b->len < KEPT)
			buf_add(b, chunk, (size_t)n);
	}
}

static const char *
either(const struct json_object *o, const char *const *key)
{
	const char *text = NULL;

	for (; *key && !text; key++)
		text = json_text(o, *key);
	return text;
}

static const char *
word(int argc, char **argv, int i)
{
	return i < argc && strcmp(argv[i], "-") != 0 ? argv[i] : NULL;
}

static void
note(int argc, char **argv)
{
	static const char *const session[] = { "session_id", "sessionId",
		"sessionID", NULL };
	static const char *const transcript[] = { "transcript_path",
		"transcriptPath", NULL };
	struct buf b = BUF_INIT;
	struct arena a = { 0 };
	struct json_object o;
	const char *key = word(argc, argv, 5);
	int dir = fs_open_dir(AT_FDCWD, argv[1]);

	read_input(&b);
	/* What was cut short still told what came first. */
	(void)json_skim(b.s, &a, &o);
	if (dir >= 0) {
		const struct hook_event e = {
			.event = argv[2], .state = word(argc, argv, 3),
			.reason = word(argc, argv, 4),
			.session = either(&o, session),
			.transcript = either(&o, transcript),
			.text = key ? json_text(&o, key) : NULL,
		};

		(void)hooklog_append(dir, &e);
		close(dir);
	}
	arena_release(&a);
	buf_release(&b);
}

int
main(int argc, char **argv)
{
	set_progname(argv[0]);
	if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		usage(EXIT_OK, usage_text);
	if (argc == 2 && (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0))
		version();
	if (argc > 2)
		note(argc, argv);
	return EXIT_OK;
}
