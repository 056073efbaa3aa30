/*
 * jared-reconcile - say where journal, files and processes disagree
 *
 * Looks, and with --fix puts right what is proven, in this order: the journal
 * learns what has ended (settle); it is found out which branches conflict;
 * then, finding by finding, a file that nobody will finish and a session that
 * nobody will look at are removed, what an attempt left running is ended, and,
 * with --write, a task that has landed is set to done by jared-task.  Each step
 * is whole by itself and changes nothing when it is repeated, so that it may be
 * killed between any two.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conflict.h"
#include "drift.h"
#include "prefix.h"
#include "proc.h"
#include "settle.h"
#include "who.h"

static const char usage_text[] =
    "usage: jared-reconcile [-FhjLqVwx] [-C dir] [-o column,...]\n"
    "  -C, --directory DIR       work in the repository of DIR\n"
    "  -F, --force               also from inside a worker\n"
    "  -x, --fix                 put right what is proven\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -q, --quiet               no message when there is nothing\n"
    "  -w, --write               with --fix: set landed tasks to done\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "fix",          no_argument,       NULL, 'x' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "version",      no_argument,       NULL, 'V' },
	{ "write",        no_argument,       NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

enum { D_ID, D_KIND, D_ATTEMPT, D_SINCE, D_STATE, D_FIX, D_FACT, D_TITLE, D_N };
static const struct rec_column columns[D_N] = {
	[D_ID]      = { .name = "id", .type = REC_WORD },
	[D_KIND]    = { .name = "kind", .type = REC_WORD },
	[D_ATTEMPT] = { .name = "attempt", .type = REC_INT },
	[D_SINCE]   = { .name = "since", .type = REC_TIME },
	[D_STATE]   = { .name = "state", .type = REC_WORD },
	[D_FIX]     = { .name = "fix", .type = REC_WORD },
	[D_FACT]    = { .name = "fact", .type = REC_TEXT },
	[D_TITLE]   = { .name = "title", .type = REC_TEXT, .show = REC_SPARE },
};
static const struct rec_kind rec_drift = { .name = "drift", .column = columns,
	.n = D_N, .n_v1 = D_N, .color_column = D_STATE };

static struct {
	const char *dir, *columns;
	bool fix, force, json, quiet, write;
} opt;

/* A program of ours on that task; true if it did it. */
static bool
run_tool(struct queue *q, const char *tool, const char *verb, const char *id)
{
	char *path = arena_printf(&q->arena, "%s/%s", prefix_bin(), tool);
	const char *const with_verb[] = { path, verb, "--", id, NULL };
	const char *const without[] = { path, "--", id, NULL };
	struct proc p = { .argv = verb ? with_verb : without, .dir = q->repo.root };
	bool ok = access(path, X_OK) == 0 && proc_run(&p) == 0 && p.code == 0;

	if (!ok)
		warn("%s: %s: %s", id, tool, p.err.len ? proc_complaint(&p) : "failed");
	proc_release(&p);
	return ok;
}

static bool
put_right(struct queue *q, const struct drift *d)
{
	switch (d->fix) {
	case FIX_REMOVE:
		return unlinkat(q->repo.statefd, d->file, 0) == 0 || errno == ENOENT;
	case FIX_CLOSE:
		return tombs_end(&q->world, d->session, &q->arena);
	case FIX_KILL:
		return run_tool(q, "jared-kill", NULL, d->id);
	case FIX_DONE:
		return opt.write && run_tool(q, "jared-task", "done", d->id);
	case FIX_NONE: case FIX_SETTLE:
		break;
	}
	return false;
}

static void
put(struct queue *q, const struct drift *d, bool fixed, struct rec_out *out)
{
	char since[CLOCK_TEXT], attempt[24];
	char *v[D_N] = {
		[D_ID] = (char *)d->id, [D_KIND] = (char *)drift_name(d->kind),
		[D_ATTEMPT] = d->attempt ? attempt : NULL, [D_SINCE] = since,
		[D_STATE] = (char *)(fixed ? "fixed" : "open"),
		[D_FIX] = (char *)drift_fix_name(d->fix),
		[D_FACT] = (char *)d->fact, [D_TITLE] = (char *)d->title,
	};

	clock_format(d->since ? d->since : q->world.now, since);
	snprintf(attempt, sizeof attempt, "%" PRId64, d->attempt);
	rec_put(out, v);
}

/* What the journal just learnt was a finding until then. */
static void
put_settled(struct queue *q, const struct settled *s, struct rec_out *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct attempt *at = s->at[i];
		const struct drift d = { .kind = DR_UNSETTLED, .id = at->id,
		    .attempt = at->n, .since = at->ended.wall, .fix = FIX_SETTLE,
		    .fact = at->proof ? "it has landed" :
		    at->state == AT_INTERRUPTED ? "supervisor and agent are gone" :
		    at->state == AT_RELEASED ? "it was claimed and never ran" :
		    "it has ended", .title = at->title };

		put(q, &d, true, out);
	}
}

static int
reconcile(struct rec_out *out)
{
	struct settled settled = { 0 };
	struct drifts d;
	struct queue q;
	int status = EXIT_OK;
	bool tidy = opt.fix;

	queue_open(&q, opt.dir, opt.fix ? REPO_STATE : REPO_GIT);
	if (opt.fix)
		status = settle(&q.world, &q.journal, &settled);
	if (q.journal.corrupt_line)
		status = EXIT_FAIL;
	if (status != EXIT_OK)
		return status;
	if (opt.fix)
		status = conflict_learn(&q.world);
	put_settled(&q, &settled, out);
	free(settled.at);
	drift_find(&d, &q, DRIFT_ALL);
	for (size_t i = 0; i < d.n; i++) {
		bool fixed = opt.fix && put_right(&q, &d.v[i]);

		put(&q, &d.v[i], fixed, out);
		status = fixed ? status : worse(status, EXIT_NONE);
		tidy = tidy && (fixed || d.v[i].fix != FIX_CLOSE);
	}
	if (tidy)
		tombs_remember(&d.tombs, &q.world);
	if (out->n_rec == 0 && !opt.quiet)
		warn("nothing to reconcile");
	drift_release(&d);
	queue_release(&q);
	return status;
}

int
main(int argc, char *argv[])
{
	struct rec_out out;
	int c, status;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:FLVhjo:qwx", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'L': rec_list_columns(&rec_drift, stdout); finish(EXIT_OK);
		case 'V': version();
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': opt.json = true; break;
		case 'o': opt.columns = optarg; break;
		case 'q': opt.quiet = true; break;
		case 'w': opt.write = true; break;
		case 'x': opt.fix = true; break;
		default: usage(EXIT_USAGE, usage_text);
		}
	if (optind != argc || (opt.write && !opt.fix))
		usage(EXIT_USAGE, usage_text);
	if (opt.fix)
		who_refuse_worker(opt.force);
	rec_out_init(&out, &rec_drift, stdout, opt.json, opt.columns);
	status = reconcile(&out);
	rec_out_end(&out);
	finish(status);
}
