/*
 * jared-snap - write down everything, and say what changed
 *
 * Without a question it takes a snapshot, in the order that take.h tells.  All
 * other modes only read.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "overview.h"
#include "snaplist.h"
#include "take.h"
#include "times.h"

static const char usage_text[] =
    "usage: jared-snap [-hjLnqVv] [-C dir] [-o columns]\n"
    "       jared-snap -t time [-jw] [-C dir] [-o columns]\n"
    "       jared-snap -d from [-j] [-C dir] [-o columns] [to]\n"
    "       jared-snap -u [-j] [-C dir] [-o columns] [-t time]\n"
    "       jared-snap -g [-j] [-C dir] [-o columns] [-t time]\n"
    "       jared-snap -i|-m [-j] [-C dir] [-o columns]\n"
    "  -t, --at TIME             the queue as it was then\n"
    "  -w, --runs                with -t: the runs\n"
    "  -d, --diff FROM           what changed since FROM, or from FROM to TO\n"
    "  -u, --summary             what jared-status shows, now or with -t then\n"
    "  -g, --signals             what needs attention\n"
    "  -i, --list                the snapshots that there are\n"
    "  -m, --times               how long attempts took, from the journal\n"
    "  -C, --directory DIR       the repository at DIR\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns of the records\n"
    "  -n, --dry-run             only print what changed since the last snapshot\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -q, --quiet               do not print what changed\n"
    "  -v, --verbose             say what it was compared with, and its name\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n"
    "TIME, FROM and TO: 2026-11-22T10:00:00Z, 10m (ago), last, or a name\n";

static const struct option longopts[] = {
	{ "at",           required_argument, NULL, 't' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "diff",         required_argument, NULL, 'd' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "dry-run",      no_argument,       NULL, 'n' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list",         no_argument,       NULL, 'i' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "runs",         no_argument,       NULL, 'w' },
	{ "signals",      no_argument,       NULL, 'g' },
	{ "summary",      no_argument,       NULL, 'u' },
	{ "times",        no_argument,       NULL, 'm' },
	{ "verbose",      no_argument,       NULL, 'v' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct options {
	const char *dir, *columns, *at, *from;
	bool json, dry, quiet, verbose, runs, signals, summary, list, times, list_columns;
};

static const struct rec_kind *
kind(const struct options *o)
{
	if (o->list)
		return &rec_snapshot;
	if (o->times)
		return &rec_times;
	if (o->summary)
		return &rec_overview;
	if (o->signals)
		return &rec_signal;
	if (o->at)
		return o->runs ? &rec_run : &rec_queue;
	return &rec_change;
}

/* The answer of a snapshot: its records. */
static int
put(const struct options *o, const struct snap *s, struct rec_out *out)
{
	const struct snap_set *set = o->signals ? &s->signal :
	    o->runs ? &s->run : &s->queue;

	for (size_t i = 0; i < set->n; i++)
		rec_put(out, set->v[i]);
	if (out->n_rec)
		return EXIT_OK;
	warn(o->signals ? "no signals" : o->runs ? "no runs" : "no tasks");
	return EXIT_NONE;
}

/* The same text, or the same records, as jared-status. */
static int
summarize(const struct options *o, struct overview *w, struct rec_out *out)
{
	bool none = w->n == 0;

	if (o->json || o->columns)
		overview_put(w, out);
	else
		overview_show(w);
	overview_release(w);
	if (none)
		warn("no tasks");
	return none ? EXIT_NONE : EXIT_OK;
}

/* --- now --- */

static int
look(const struct options *o, struct rec_out *out)
{
	struct scene now;
	struct overview w;
	int status;

	scene_observe(&now, o->dir, REPO_GIT);
	if (o->summary)
		overview_now(&w, &now);
	status = o->summary ? summarize(o, &w, out) : put(o, &now.s, out);
	scene_release(&now);
	return status;
}

/* --- the past --- */

static int
at(const struct options *o, const struct repo *r, const struct snapdir *d,
    struct rec_out *out)
{
	struct snap s;
	struct overview w;
	struct journal j;
	int status = snap_named(&s, d, o->at);

	if (status == EXIT_OK && o->summary) {
		if (journal_open(&j, r->statefd) < 0)
			die_errno(EXIT_FAIL, "cannot read the journal");
		overview_then(&w, &s, &j);
		status = summarize(o, &w, out);
		journal_close(&j);
	} else if (status == EXIT_OK) {
		status = put(o, &s, out);
	}
	snap_release(&s);
	return status;
}

static int
diff(const struct snapdir *d, const char *from, const char *to, struct rec_out *out)
{
	struct snap a, b = { 0 };
	int status = snap_named(&a, d, from);

	if (status == EXIT_OK)
		status = snap_named(&b, d, to);
	if (status == EXIT_OK) {
		change_put(&a, &b, out);
		if (out->n_rec == 0) {
			warn("nothing changed from %s to %s", a.name.text, b.name.text);
			status = EXIT_NONE;
		}
	}
	snap_release(&a);
	snap_release(&b);
	return status;
}

static int
list(const struct snapdir *d, struct rec_out *out)
{
	snaplist_put(d, out);
	if (d->n)
		return EXIT_OK;
	warn("no snapshot");
	return EXIT_NONE;
}

static int
times(const struct repo *r, struct rec_out *out)
{
	struct journal j;
	size_t n;

	if (journal_open(&j, r->statefd) < 0)
		die_errno(EXIT_FAIL, "cannot read the journal");
	n = times_put(&j, out);
	if (n == 0)
		warn("no attempt has run");
	/* journal_open has said what is wrong with it. */
	return j.corrupt_line ? EXIT_FAIL : n ? EXIT_OK : EXIT_NONE;
}

static int
look_back(const struct options *o, const char *to, struct rec_out *out)
{
	struct repo r;
	struct snapdir d;
	int status;

	repo_open(&r, o->dir, REPO_GIT);
	snapdir_open(&d, r.statefd);
	if (o->times)
		status = times(&r, out);
	else if (o->list)
		status = list(&d, out);
	else if (o->from)
		status = diff(&d, o->from, to ? to : "last", out);
	else
		status = at(o, &r, &d, out);
	snapdir_release(&d);
	repo_close(&r);
	return status;
}

/* --- the command line --- */

static void
parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "+C:LVd:ghijmno:qt:uvw", longopts, NULL)) != -1)
		switch (c) {
		case 'C': o->dir = optarg; break;
		case 'L': o->list_columns = true; break;
		case 'V': version();
		case 'd': o->from = optarg; break;
		case 'g': o->signals = true; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'i': o->list = true; break;
		case 'j': o->json = true; break;
		case 'm': o->times = true; break;
		case 'n': o->dry = true; break;
		case 'o': o->columns = optarg; break;
		case 'q': o->quiet = true; break;
		case 't': o->at = optarg; break;
		case 'u': o->summary = true; break;
		case 'v': o->verbose = true; break;
		case 'w': o->runs = true; break;
		default: usage(EXIT_USAGE, usage_text);
		}
}

/* At most one question at a time, and with it only what belongs to it. */
static bool
sound(const struct options *o, int operands)
{
	int questions = (o->from != NULL) + o->list + o->summary + o->signals +
	    o->runs + o->times;
	bool reads = o->at || questions;

	if (questions > 1 || (o->at && (o->from || o->list || o->times)) || (o->runs && !o->at))
		return false;
	if ((reads || o->quiet) && (o->dry || o->verbose))
		return false;
	if (reads && o->quiet)
		return false;
	return operands <= (o->from != NULL);
}

/* What is to be done when nothing is asked. */
static int
take(const struct options *o, struct rec_out *out)
{
	return snap_take(o->dir, (o->dry ? TAKE_DRY : 0u) |
	    (o->quiet ? TAKE_QUIET : 0u) | (o->verbose ? TAKE_VERBOSE : 0u), out);
}

int
main(int argc, char *argv[])
{
	struct options o = { 0 };
	struct rec_out out;
	int status;

	set_progname(argv[0]);
	parse(&o, argc, argv);
	if (o.list_columns) {
		rec_list_columns(kind(&o), stdout);
		finish(EXIT_OK);
	}
	if (!sound(&o, argc - optind))
		usage(EXIT_USAGE, usage_text);
	rec_out_init(&out, kind(&o), stdout, o.json, o.columns);
	if (o.at || o.from || o.list || o.times)
		status = look_back(&o, argv[optind], &out);
	else
		status = o.summary || o.signals ? look(&o, &out) : take(&o, &out);
	rec_out_end(&out);
	finish(status);
}
