/*
 * jared-status - show on one screen what needs a person, and how all is going
 *
 * Nothing is written.  With -w the screen is shown anew whenever something may
 * have changed, and at the latest every few seconds, because ages grow.
 */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "overview.h"

enum { TIMER_MS = 5000, SETTLE_MS = 300 };

static const char usage_text[] =
    "usage: jared-status [-hjLVw] [-C dir] [-o column,...]\n"
    "  -C, --directory DIR       work in the repository of DIR\n"
    "  -j, --json                write JSON Lines, one for each task\n"
    "  -L, --list-columns        list the columns of these records\n"
    "  -o, --columns COLUMN,...  write records with these columns\n"
    "  -w, --watch               show it again and again\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "version",      no_argument,       NULL, 'V' },
	{ "watch",        no_argument,       NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns;
	bool json, watch;
} opt;

/* From the top of the screen, each line cleared to its end, then the rest. */
static void
paint(const struct overview *o)
{
	struct buf text = BUF_INIT, b = BUF_INIT;
	struct term t;

	term_ask(&t, stdout);
	overview_text(o, &t, &text);
	buf_addstr(&b, "\033[H");
	for (const char *s = text.s; *s; s++) {
		if (*s == '\n')
			buf_addstr(&b, "\033[K");
		buf_addch(&b, *s);
	}
	buf_addstr(&b, "\033[J");
	fwrite(b.s, 1, b.len, stdout);
	buf_release(&text);
	buf_release(&b);
}

static int
status(struct scene *now)
{
	struct overview o;
	struct rec_out out;
	int r = EXIT_OK;

	scene_observe(now, opt.dir, REPO_GIT);
	overview_now(&o, now);
	if (opt.json || opt.columns) {
		rec_out_init(&out, &rec_overview, stdout, opt.json, opt.columns);
		overview_put(&o, &out);
		rec_out_end(&out);
	} else if (opt.watch && isatty(STDOUT_FILENO)) {
		paint(&o);
	} else {
		overview_show(&o);
	}
	if (o.n == 0 && !opt.watch)
		warn("no tasks");
	/* journal_open has said what is wrong with it. */
	if (now->q.journal.corrupt_line)
		r = EXIT_FAIL;
	else if (o.n == 0)
		r = EXIT_NONE;
	overview_release(&o);
	return r;
}

static void
watch(void)
{
	struct scene now;
	struct wake w;

	wake_init(&w);
	if (isatty(STDOUT_FILENO))
		fputs("\033[2J", stdout);
	do {
		(void)status(&now);
		if (fflush(stdout) != 0)
			finish(EXIT_FAIL);
		fleet_wake(&now.f, &w);
		scene_release(&now);
	} while (wake_wait(&w, TIMER_MS, SETTLE_MS, STDOUT_FILENO) == 0);
	/* As the next write would. */
	raise(SIGPIPE);
}

int
main(int argc, char *argv[])
{
	struct scene now;
	int c, r;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:hjLo:Vw", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': opt.json = true; break;
		case 'L': rec_list_columns(&rec_overview, stdout); finish(EXIT_OK);
		case 'o': opt.columns = rec_columns(&rec_overview, optarg); break;
		case 'V': version();
		case 'w': opt.watch = true; break;
		default: usage(EXIT_USAGE, usage_text);
		}
	if (optind < argc || (opt.watch && (opt.json || opt.columns)))
		usage(EXIT_USAGE, usage_text);
	if (opt.watch)
		watch();
	r = status(&now);
	scene_release(&now);
	finish(r);
}
