/*
 * jared-legible - make what a program wrote on its terminal legible
 *
 * A filter, for jared-log.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "fs.h"
#include "legible.h"

static const char usage_text[] =
    "usage: jared-legible [-fhV]\n"
    "  -f, --follow   print each line as soon as it ends\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

static void
put(struct buf *b)
{
	if (fs_write_all(STDOUT_FILENO, b->s, b->len) < 0)
		die_errno(EXIT_FAIL, "cannot write");
	buf_reset(b);
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static struct legible l;
	struct buf out = BUF_INIT;
	char data[65536];
	ssize_t n;
	int c;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+fhV", longopts, NULL)) != -1)
		switch (c) {
		case 'f': l.live = true; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'V': version();
		default:  usage(EXIT_USAGE, usage_text);
		}
	if (argc != optind)
		usage(EXIT_USAGE, usage_text);
	while ((n = read(STDIN_FILENO, data, sizeof data)) > 0 ||
	    (n < 0 && errno == EINTR)) {
		legible_take(&l, data, n > 0 ? (size_t)n : 0, &out);
		put(&out);
	}
	if (n < 0)
		die_errno(EXIT_FAIL, "cannot read");
	legible_end(&l, &out);
	put(&out);
	finish(EXIT_OK);
}
