/*
 * jared-kill - end workers for good; what they did stays
 *
 * How an attempt is ended stands in stop.h, who belongs to it in herd.h.  A
 * record is printed when nothing of the attempt lives, its lock is free and
 * the journal says durably that it is over.  Killed in between, this leaves an
 * attempt that can be killed again, or that the next beat finds over.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "num.h"
#include "stop.h"
#include "tmux.h"
#include "view.h"

static const char usage_text[] =
    "usage: jared-kill [-FhjLnqV] [-C dir] [-o columns] [-w time] task ...\n"
    "       jared-kill -a [-Fjnq] [-C dir] [-o columns] [-w time]\n"
    "\n"
    "End the workers of these tasks: TERM, then KILL, to all their processes.\n"
    "\n"
    "  -a, --all             every worker that lives\n"
    "  -C, --directory DIR   work in the repository of DIR\n"
    "  -F, --force           also from inside a worker\n"
    "  -j, --json            write JSON Lines\n"
    "  -L, --list-columns    print the columns of a run record and exit\n"
    "  -n, --dry-run         signal nothing, tell the processes on standard error\n"
    "  -o, --columns LIST    print these columns\n"
    "  -q, --quiet           do not say why a worker was not ended\n"
    "  -w, --wait TIME       how long TERM may take, such as 10s; default 5s\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n";

static const struct option longopts[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "columns", required_argument, NULL, 'o' },
	{ "directory", required_argument, NULL, 'C' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "force", no_argument, NULL, 'F' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "list-columns", no_argument, NULL, 'L' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "version", no_argument, NULL, 'V' },
	{ "wait", required_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns;
	bool all, force, json, dry, quiet;
	int64_t wait;               /* seconds */
} opt = { .wait = 5 };

struct tool {
	struct view view;
	struct stop *v;             /* n of them */
	size_t n;
};

static int
refuse(const char *id, const char *code, const char *fact, int status)
{
	if (!opt.quiet)
		warn("%s: %s%s%s", id, code, fact ? ": " : "", fact ? fact : "");
	return status;
}

static void
add(struct tool *v, const char *id)
{
	const struct ledger *l = journal_task(&v->view.journal, id);

	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i].id, id) == 0)
			return;
	if (l && l->newest)
		stop_begin(&v->v[v->n++], &v->view.world, &v->view.journal, l->newest);
}

/* Whose workers are meant; returns the worst status of those that are not. */
static int
choose(struct tool *v, const struct fleet *f, char **name, size_t n_name)
{
	size_t room = opt.all ? f->n : n_name, n;
	int status = EXIT_OK;

	v->v = arena_alloc(&v->view.arena, (room + 1) * sizeof *v->v);
	for (size_t i = 0; opt.all && i < f->n; i++)
		if (!fleet_is_over(&f->item[i]) || f->item[i].verdict.alive)
			add(v, f->item[i].at->id);
	for (size_t i = 0; i < n_name; i++) {
		const char *id = fleet_named(f, name[i], &n);

		if (id)
			add(v, id);
		else if (n == 0)
			warn("no attempt of '%s'", name[i]);
		if (!id)
			status = EXIT_NONE;
	}
	return status;
}

static void
show_herd(const struct stop *s)
{
	for (size_t i = 0; i < s->herd.n; i++)
		warn("%s: would end pid %ld (%s): %s", s->id, (long)s->herd.v[i].pid,
		    s->herd.v[i].name, s->herd.v[i].why);
}

static void
close_sessions(struct tool *v)
{
	const struct attempt *at;
	struct tmux t;
	const char *why;

	if (tmux_init(&t, v->view.repo.state, v->view.repo.statefd, false, &v->view.arena, &why) == 0)
		for (size_t i = 0; i < v->n; i++) {
			at = journal_attempt(&v->view.journal, v->v[i].id, v->v[i].n);
			if (v->v[i].status == EXIT_OK && at && at->session)
				(void)tmux_kill_session(&t, at->session);
		}
	tmux_release(&t);
}

static void
put(struct tool *v, struct fleet *f, struct rec_out *out)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct fleet_item *it = fleet_find(f, v->v[i].id);

		if (v->v[i].status == EXIT_OK && it)
			fleet_put(f, it, out);
	}
}

static int
stop_them(struct tool *v, int status)
{
	if (!opt.dry) {
		stop_all(v->v, v->n, &v->view.world, &v->view.journal, (int)opt.wait * 1000);
		close_sessions(v);
	}
	for (size_t i = 0; i < v->n; i++) {
		const struct stop *s = &v->v[i];

		if (s->status != EXIT_OK)
			status = worse(status, refuse(s->id, s->code, s->fact, s->status));
		else if (opt.dry)
			show_herd(s);
	}
	return status;
}

static int
kill_workers(char **name, size_t n, struct rec_out *out)
{
	struct tool v = { .n = 0 };
	struct fleet f;
	int status;

	view_open(&v.view, opt.dir, opt.dry ? REPO_GIT : REPO_STATE);
	fleet_observe(&f, &v.view.world, FLEET_JOURNAL, true);
	status = choose(&v, &f, name, n);
	fleet_release(&f);
	if (opt.all && v.n == 0)
		status = refuse("none", "no worker lives", NULL, EXIT_NONE);
	status = stop_them(&v, status);
	fleet_observe(&f, &v.view.world, FLEET_JOURNAL, true);
	put(&v, &f, out);
	fleet_release(&f);
	for (size_t i = 0; i < v.n; i++)
		stop_release(&v.v[i]);
	view_close(&v.view);
	return status;
}

static void
parse_options(int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+aC:FjLno:qw:hV", longopts, NULL)) != -1)
		switch (c) {
		case 'a': opt.all = true; break;
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'j': opt.json = true; break;
		case 'L': rec_list_columns(&rec_run, stdout); finish(EXIT_OK);
		case 'n': opt.dry = true; break;
		case 'o': opt.columns = rec_columns(&rec_run, optarg); break;
		case 'q': opt.quiet = true; break;
		case 'w':
			if (num_duration(optarg, &opt.wait) < 0 || opt.wait > 3600)
				die(EXIT_USAGE, "bad time '%s', valid: 0s to 1h", optarg);
			break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'V': version();
		default:  usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	if (opt.all != (optind == argc))
		usage(EXIT_USAGE, usage_text);
	if (!opt.force && !opt.dry && getenv("JARED_ATTEMPT"))
		die(EXIT_NONE, "refusing to end workers from inside worker %s (--force does)",
		    getenv("JARED_ATTEMPT"));
}

int
main(int argc, char *argv[])
{
	struct rec_out out;
	int status;

	set_progname(argv[0]);
	parse_options(argc, argv);
	rec_out_init(&out, &rec_run, stdout, opt.json, opt.columns);
	status = kill_workers(argv + optind, (size_t)(argc - optind), &out);
	rec_out_end(&out);
	finish(status);
}
