/*
 * jared-doctor - tell what is wrong with the installation and its state
 *
 * Looking writes nothing.  --repair rebuilds the journal (repair.h tells how):
 * it prints every record that it adds, and it writes only with --yes or when
 * somebody at the terminal says so.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkup.h"
#include "repair.h"
#include "who.h"

static const char usage_text[] =
    "usage: jared-doctor [-hjLlqV] [-C dir] [-o column,...]\n"
    "       jared-doctor --repair [-Fjy] [-C dir] [-o column,...]\n"
    "  -C, --directory DIR       work in the repository of DIR\n"
    "  -F, --force               with -r: also from inside a worker\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns\n"
    "  -l, --login               also ask the agents whether they are logged in\n"
    "  -o, --columns COLUMN,...  write records with these columns\n"
    "  -q, --quiet               only what is not well\n"
    "  -r, --repair              rebuild the journal from what bears witness\n"
    "  -y, --yes                 with -r: write it without asking\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "login",        no_argument,       NULL, 'l' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "repair",       no_argument,       NULL, 'r' },
	{ "version",      no_argument,       NULL, 'V' },
	{ "yes",          no_argument,       NULL, 'y' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns;
	bool force, json, list, login, quiet, repair, yes;
} opt;

static bool
as_records(void)
{
	return opt.json || opt.columns || !isatty(STDOUT_FILENO);
}

static int
examine(void)
{
	struct checkup c = { .n = 0 };
	struct rec_out out;
	struct queue q;
	int status;

	checkup_programs(&c);
	if (checkup_tools(&c, opt.dir)) {
		queue_open(&q, opt.dir, REPO_ANY);
		checkup_settings(&c, &q);
		checkup_state(&c, &q);
		checkup_agents(&c, &q, opt.login);
		queue_release(&q);
	}
	if (as_records()) {
		rec_out_init(&out, &rec_finding, stdout, opt.json, opt.columns);
		checkup_put(&c, &out, !opt.quiet);
		rec_out_end(&out);
	} else {
		checkup_text(&c, !opt.quiet);
	}
	status = checkup_status(&c);
	checkup_release(&c);
	return status;
}

/* --- repair --- */

static void
put(const struct repair *r)
{
	struct rec_out out;

	rec_out_init(&out, &rec_repair, stdout, opt.json, opt.columns);
	repair_put(r, &out);
	rec_out_end(&out);
	fflush(stdout);
}

static bool
confirmed(void)
{
	char answer[16] = "";

	fputs("Write this journal? [y/N] ", stderr);
	return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

/* See, ask, do. */
static int
mend(void)
{
	bool asks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	struct repair r = { .n = 0 };
	struct queue q;
	bool done;
	int status;

	queue_open(&q, opt.dir, REPO_STATE);
	status = repair(&r, &q, false);
	done = status != EXIT_OK || (r.n == 0 && r.dropped == 0);
	if (status == EXIT_OK && done)
		warn("the journal is sound and lacks nothing");
	if (!done && !opt.yes) {
		put(&r);
		warn("%zu records are kept, %zu dropped, %zu added", r.kept, r.dropped, r.n);
		if (!asks || !confirmed()) {
			warn("nothing was written; --yes writes it");
			done = true;
			status = EXIT_NONE;
		}
	}
	repair_release(&r);
	queue_release(&q);
	if (done)
		return status;
	queue_open(&q, opt.dir, REPO_STATE);
	status = repair(&r, &q, true);
	if (status == EXIT_OK && opt.yes)
		put(&r);
	if (status == EXIT_OK)
		warn("%zu records kept, %zu dropped, %zu added%s%s", r.kept, r.dropped, r.n,
	    r.aside ? "; the old journal is " : "", r.aside ? r.aside : "");
	repair_release(&r);
	queue_release(&q);
	return status;
}

int
main(int argc, char *argv[])
{
	int c;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:FhjLlo:qrVy", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': opt.json = true; break;
		case 'L': opt.list = true; break;
		case 'l': opt.login = true; break;
		case 'o': opt.columns = optarg; break;
		case 'q': opt.quiet = true; break;
		case 'r': opt.repair = true; break;
		case 'V': version();
		case 'y': opt.yes = true; break;
		default: usage(EXIT_USAGE, usage_text);
		}
	if (opt.list) {
		rec_list_columns(opt.repair ? &rec_repair : &rec_finding, stdout);
		finish(EXIT_OK);
	}
	if (optind < argc || (opt.repair ? opt.login || opt.quiet : opt.yes || opt.force))
		usage(EXIT_USAGE, usage_text);
	if (opt.columns)
		opt.columns = rec_columns(opt.repair ? &rec_repair : &rec_finding, opt.columns);
	if (opt.repair)
		who_refuse_worker(opt.force);
	finish(opt.repair ? mend() : examine());
}
