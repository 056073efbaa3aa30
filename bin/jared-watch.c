/*
 * jared-watch - how the workers are doing
 *
 * Writes a run record for the newest attempt of every task.  It only looks:
 * at the journal, locks, run directories, /proc, the panes by one tmux client, git.
 * With -f it goes on: one record for each that changed, woken by the journal,
 * run directories, references and the end of processes.  A timer catches what
 * makes no event: packed references, the clock.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fleet.h"
#include "tmux.h"
#include "view.h"
#include "wake.h"

enum { TIMER_MS = 5000, SETTLE_MS = 100 };

static const char usage_text[] =
    "usage: jared-watch [-afhjLqTV] [-C dir] [-o column,...] [-s state,...] [id ...]\n"
    "  -a, --all                   also attempts released, and tasks landed\n"
    "  -C, --directory DIR         work in the repository at DIR\n"
    "  -f, --follow                go on: a record for each change\n"
    "  -j, --json                  write JSON Lines\n"
    "  -L, --list-columns          list the columns of a run record\n"
    "  -o, --columns COLUMN,...    write these columns\n"
    "  -q, --quiet                 write nothing, only exit\n"
    "  -s, --status STATE,...      only records in one of these states\n"
    "  -T, --tmux-socket           only print where the workers' tmux server listens\n"
    "  -h, --help                  print this\n"
    "  -V, --version               print the version\n";

static const struct option longopts[] = {
	{ "all",          no_argument,       NULL, 'a' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "follow",       no_argument,       NULL, 'f' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "status",       required_argument, NULL, 's' },
	{ "tmux-socket",  no_argument,       NULL, 'T' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	bool all, follow, json, quiet, socket;
	const char *dir, *columns;
	bool state[RS_N], some_states;
	char **name;            /* operands, n_name */
	const char **id;        /* the task that each means, once that is known */
	size_t n_name;
} opt;

/* What records are made from.  Tasks are read only where it makes a difference
 * that one is closed. */
struct tool {
	struct view view;
	struct layout layout;
	struct tasks tasks;
	struct rec_out out;
	int ask;
	bool signs;
};

static void
open_tool(struct tool *v)
{
	view_open(&v->view, opt.dir, REPO_GIT);
	v->ask = FLEET_JOURNAL;
	rec_out_init(&v->out, &rec_run, stdout, opt.json, opt.columns);
	v->out.clock = opt.follow;
	if (!opt.quiet)
		v->ask = fleet_needed(v->out.col, v->out.n_col);
	if (opt.some_states)
		v->ask |= FLEET_SCREENS;
	for (size_t i = 0; i < v->out.n_col && !opt.quiet; i++)
		v->signs |= v->out.col[i] == R_SIGNALS;
	opt.id = arena_alloc(&v->view.arena, (opt.n_name + 1) * sizeof *opt.id);
}

static void
observe(struct tool *v, struct fleet *f, const struct fleet *before, int ask, bool all)
{
	v->view.world.tasks = NULL;
	fleet_observe_again(f, before, &v->view.world, ask, all);
	if (!v->signs || !fleet_wants_tasks(f))
		return;
	if (!v->layout.name)
		layout_load(&v->layout, v->view.repo.root, &v->view.config, &v->view.arena);
	tasks_release(&v->tasks);
	tasks_load(&v->tasks, &v->view.repo, &v->layout, WALK_TO_READ);
	v->view.world.tasks = &v->tasks;
	fleet_look_for_signs(f);
}

static bool
is_wanted(const struct fleet_item *it)
{
	bool named = opt.n_name == 0;

	for (size_t i = 0; i < opt.n_name && !named; i++)
		named = opt.id[i] && strcmp(it->at->id, opt.id[i]) == 0;
	return named && (!opt.some_states || opt.state[it->verdict.state]);
}

/* Each operand must mean one task, or the answer is no; with -f its first
 * attempt may be still to come. */
static int
resolve(const struct fleet *f)
{
	int status = EXIT_OK;

	for (size_t i = 0; i < opt.n_name; i++) {
		size_t n = 1;

		if (!opt.id[i])
			opt.id[i] = fleet_named(f, opt.name[i], &n);
		if (n == 1 || (n == 0 && opt.follow))
			continue;
		status = EXIT_NONE;
		if (n == 0 && !opt.quiet)
			warn("%s: no attempt%s", opt.name[i], opt.all ? "" :
			    ", or it has landed (-a shows those)");
	}
	return status;
}

static int
watch(struct tool *v)
{
	size_t n = 0;
	struct fleet f;
	int status;

	observe(v, &f, NULL, v->ask, opt.all);
	status = resolve(&f);
	for (size_t i = 0; i < f.n; i++) {
		if (!is_wanted(&f.item[i]))
			continue;
		n++;
		if (!opt.quiet)
			fleet_put(&f, &f.item[i], &v->out);
	}
	if (n == 0 && opt.n_name == 0 && !opt.quiet)
		warn("%s", f.n ? "no attempt is in these states" :
		    "there are no attempts to show");
	fleet_release(&f);
	/* journal_open has said what is wrong with it. */
	return v->view.journal.corrupt_line ? EXIT_FAIL : n ? status : EXIT_NONE;
}

/* What of a record is shown and worth a line when it changes. */
static char *
gist(const struct tool *v, struct fleet *f, const struct fleet_item *it)
{
	struct buf b = BUF_INIT;
	char *rec[R_N];

	fleet_record(f, it, rec);
	for (size_t i = 0; i < v->out.n_col; i++) {
		size_t c = v->out.col[i];

		/* What a screen told began whenever it was last written on. */
		if (c == R_SINCE && (strcmp(rec[R_EVIDENCE], "screen") == 0 ||
		    strcmp(rec[R_EVIDENCE], "title") == 0))
			continue;
		if (c != R_LAST && c != R_EVIDENCE)
			buf_addf(&b, "%s\n", rec[c] ? rec[c] : "");
	}
	return buf_steal(&b);
}

/* Show what differs from before; the first time what a look without -f shows. */
static void
show_changes(struct tool *v, struct fleet *now, struct fleet *before, bool first)
{
	for (size_t i = 0; i < now->n; i++) {
		const struct fleet_item *it = &now->item[i];
		const struct fleet_item *was = fleet_find(before, it->at->id);
		bool past = it->landed || it->verdict.state == RS_RELEASED;
		char *is = gist(v, now, it), *old = was ? gist(v, before, was) : NULL;

		if ((!old || strcmp(old, is) != 0) &&
		    (!first || opt.all || !past) && is_wanted(it))
			fleet_put(now, it, &v->out);
		free(is);
		free(old);
	}
	rec_flush(&v->out);
}

static int
follow(struct tool *v)
{
	struct fleet now, before = { .item = NULL };
	int64_t asked = clock_boot_ms();
	struct wake w;

	wake_init(&w);
	for (bool first = true;; first = false) {
		int ask = v->ask;

		/* No event tells that a file in a worktree was changed. */
		if (clock_boot_ms() - asked >= TIMER_MS) {
			asked = clock_boot_ms();
			ask |= FLEET_TREES;
		}
		view_refresh(&v->view, opt.dir);
		observe(v, &now, &before, ask, true);
		if (resolve(&now) != EXIT_OK)
			finish(EXIT_NONE);
		show_changes(v, &now, &before, first);
		fleet_wake(&now, &w);
		fleet_release(&before);
		before = now;
		if (ferror(stdout))
			finish(EXIT_FAIL);
		if (wake_wait(&w, TIMER_MS, SETTLE_MS, STDOUT_FILENO) < 0)
			break;
	}
	/* As the next write would. */
	raise(SIGPIPE);
	finish(EXIT_OK);
}

static int
show_socket(struct tool *v)
{
	const char *why;
	struct tmux t;

	if (tmux_init(&t, v->view.repo.state, -1, false, &v->view.arena, &why) < 0)
		die(EXIT_FAIL, "%s", why);
	puts(t.socket);
	tmux_release(&t);
	return EXIT_OK;
}

static void
parse_options(int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+afhjLqTVC:o:s:", longopts, NULL)) != -1)
		switch (c) {
		case 'a': opt.all = true; break;
		case 'f': opt.follow = true; break;
		case 'j': opt.json = true; break;
		case 'q': opt.quiet = true; break;
		case 'C': opt.dir = optarg; break;
		case 'o': opt.columns = optarg; break;
		case 's': fleet_parse_states(optarg, opt.state); opt.some_states = true; break;
		case 'T': opt.socket = true; break;
		case 'L': rec_list_columns(&rec_run, stdout); finish(EXIT_OK);
		case 'V': version();
		case 'h': usage(EXIT_OK, usage_text);
		default: usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	opt.name = argv + optind;
	opt.n_name = (size_t)(argc - optind);
	if (opt.follow && opt.quiet)
		die(EXIT_USAGE, "-f and -q contradict each other");
}

int
main(int argc, char *argv[])
{
	struct tool v = { .signs = false };
	int status;

	set_progname(argv[0]);
	parse_options(argc, argv);
	open_tool(&v);
	status = opt.socket ? show_socket(&v) : opt.follow ? follow(&v) : watch(&v);
	rec_out_end(&v.out);
	tasks_release(&v.tasks);
	view_close(&v.view);
	finish(status);
}
