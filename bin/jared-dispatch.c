/*
 * jared-dispatch - start workers for queued tasks
 *
 * Reads queue records (or task names as operands), starts a worker for each
 * that may be started, and writes a run record for each that runs.
 *
 * The order of steps and what a crash between them leaves stands in claim.h.
 * In short: the claim is durable before anything else exists; whatever dies
 * later is found by settle, because its locks are free.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brake.h"
#include "claim.h"
#include "fault.h"
#include "fleet.h"
#include "launch.h"
#include "settle.h"
#include "snapdir.h"
#include "workerenv.h"

static const char usage_text[] =
    "usage: jared-dispatch [-FhjLnqV] [-C dir] [-O name] [-o columns] [task ...]\n"
    "       jared-dispatch --reap [-Fjq] [-C dir] [-o columns]\n"
    "Start workers for the queue records on standard input, or for the tasks named.\n"
    "  -C, --directory DIR   work in the repository of DIR\n"
    "  -F, --force           also from inside a worker\n"
    "  -j, --json            write JSON Lines\n"
    "  -L, --list-columns    print the columns of a run record and exit\n"
    "  -n, --dry-run         write the records that would be written, start nothing\n"
    "  -O, --owner NAME      start only what is NAME's ('me', 'any') or nobody's\n"
    "  -o, --columns LIST    print these columns\n"
    "  -q, --quiet           no reasons for what was not started\n"
    "  -r, --reap            only settle what has ended; write its run records\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n";

static const struct option longopts[] = {
	{ "directory", required_argument, NULL, 'C' },
	{ "force", no_argument, NULL, 'F' },
	{ "json", no_argument, NULL, 'j' },
	{ "list-columns", no_argument, NULL, 'L' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "owner", required_argument, NULL, 'O' },
	{ "columns", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "reap", no_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns, *owner;
	bool force, json, dry, quiet, reap;
} opt;

struct wants {
	struct want *v;
	size_t n, cap;
	int status;                     /* the worst of those that could not even be found */
};

/* What a person can do about a task that only a person lets go on. */
static const char *
remedy(const char *code)
{
	static const char *const over[] = { "exited", "review", "parked" };

	for (size_t i = 0; i < sizeof over / sizeof *over; i++)
		if (strcmp(code, over[i]) == 0)
			return " (jared-mark unpark lets it start again)";
	return "";
}

static void
refuse(int *status, int how, const char *id, const char *code, const char *fact)
{
	*status = worse(*status, how);
	if (!opt.quiet)
		warn("%s: %s%s%s%s", id, code, fact ? ": " : "", fact ? fact : "",
		    remedy(code));
}

static void
want(struct wants *w, const struct task *t, const char *hash)
{
	GROW(w->v, w->n, w->cap);
	w->v[w->n++] = (struct want){ t, hash };
}

/* Tasks named on the command line. */
static void
wants_from_names(struct wants *w, const struct queue *q, char **name)
{
	for (; *name; name++) {
		const struct task *t = tasks_operand(&q->tasks, *name);

		if (t)
			want(w, t, NULL);
		else
			w->status = worse(w->status, EXIT_NONE);
	}
}

static void
wants_from_records(struct wants *w, struct queue *q)
{
	struct rec_in in;

	rec_in_init(&in, &rec_queue, stdin, "standard input");
	while (rec_read(&in)) {
		const char *id = in.v[Q_ID], *state = in.v[Q_STATE];
		const struct task *t = tasks_get(&q->tasks, id);

		if (!t)
			refuse(&w->status, EXIT_NONE, id, "gone", "no such task any more");
		else if (strcmp(state, "ready") != 0)
			refuse(&w->status, EXIT_NONE, id, state, in.v[Q_WAITS]);
		else
			want(w, t, in.v[Q_HASH] ?
			    arena_strdup(&q->arena, in.v[Q_HASH]) : NULL);
	}
	rec_in_release(&in);
}

/* The run records of these attempts, as the journal and the locks show them. */
static void
put_runs(struct rec_out *out, const struct world *w,
    bool (*mine)(const struct attempt *, const void *), const void *arg)
{
	struct fleet f;

	fleet_observe(&f, w, FLEET_JOURNAL, true);
	for (size_t i = 0; i < f.n; i++)
		if (mine(f.item[i].at, arg))
			fleet_put(&f, &f.item[i], out);
	fleet_release(&f);
}

struct started { const struct claim *c; size_t n; };

static bool
was_started(const struct attempt *at, const void *arg)
{
	const struct started *s = arg;

	for (size_t i = 0; i < s->n; i++)
		if (s->c[i].status == EXIT_OK && s->c[i].n == at->n &&
		    strcmp(s->c[i].task->id, at->id) == 0)
			return true;
	return false;
}

static bool
was_settled(const struct attempt *at, const void *arg)
{
	const struct settled *s = arg;

	for (size_t i = 0; i < s->n; i++)
		if (s->at[i] == at)
			return true;
	return false;
}

static int
dispatch(struct queue *q, struct wants *w)
{
	struct dispatcher d;
	struct rec_out out;
	struct claim *c;
	int status = w->status;
	size_t started = 0;

	if (w->n == 0)
		return worse(status, EXIT_NONE);
	c = xrealloc_array(NULL, w->n, sizeof *c);
	dispatcher_init(&d, q, opt.dry);
	worker_need_program(&d.profile);
	if (!opt.dry)
		launch(&d, w->v, w->n, c);
	for (size_t i = 0; i < w->n && opt.dry; i++)
		claim_take(&d, &w->v[i], true, &c[i]);
	rec_out_init(&out, &rec_run, stdout, opt.json, opt.columns);
	for (size_t i = 0; i < w->n; i++) {
		if (c[i].status != EXIT_OK)
			refuse(&status, c[i].status, c[i].task->id, c[i].code, c[i].fact);
		started += c[i].status == EXIT_OK;
		if (c[i].status == EXIT_OK && opt.dry) {
			char *v[R_N];

			claim_record(&d, &c[i], v);
			rec_put(&out, v);
		}
	}
	if (started && !opt.dry)
		put_runs(&out, &q->world, was_started, &(struct started){ c, w->n });
	rec_out_end(&out);
	free(c);
	return started ? status : worse(status, EXIT_NONE);
}

static int
reap(struct queue *q)
{
	struct settled done;
	struct rec_out out;
	int status = settle(&q->world, &q->journal, &done);

	if (status == EXIT_OK)
		status = brake_settle(&q->world);
	rec_out_init(&out, &rec_run, stdout, opt.json, opt.columns);
	if (done.n)
		put_runs(&out, &q->world, was_settled, &done);
	rec_out_end(&out);
	free(done.at);
	return status;
}

static void
parse_options(int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+C:FjLnO:o:qrhV", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'j': opt.json = true; break;
		case 'L': rec_list_columns(&rec_run, stdout); finish(EXIT_OK);
		case 'n': opt.dry = true; break;
		case 'O': opt.owner = optarg; break;
		case 'o': opt.columns = rec_columns(&rec_run, optarg); break;
		case 'q': opt.quiet = true; break;
		case 'r': opt.reap = true; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'V': version();
		default:  usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	if (opt.reap && (optind < argc || opt.dry))
		usage(EXIT_USAGE, usage_text);
	if (!opt.reap && optind == argc && isatty(0))
		die(EXIT_USAGE, "standard input is a terminal: name tasks, or pipe records in "
		    "(jared-queue | jared-pick | jared-dispatch)");
	if (!opt.force && getenv("JARED_ATTEMPT"))
		die(EXIT_NONE, "refusing to start workers from inside worker %s (--force does)",
		    getenv("JARED_ATTEMPT"));
}

int
main(int argc, char *argv[])
{
	struct wants w = { .status = EXIT_OK };
	struct settled done = { .n = 0 };
	struct queue q;
	int status = EXIT_OK;

	set_progname(argv[0]);
	parse_options(argc, argv);
	queue_open(&q, opt.dir, opt.dry ? REPO_GIT : REPO_STATE);
	queue_for(&q, opt.owner);
	fault_init(q.repo.state);
	if (!opt.dry)
		snapdir_index(&q.tasks);
	if (opt.reap)
		finish(reap(&q));
	/* Before reading what to start: a stale claim would be in the way. */
	if (!opt.dry)
		status = settle(&q.world, &q.journal, &done);
	free(done.at);
	if (status != EXIT_OK)
		finish(status);
	if (optind < argc)
		wants_from_names(&w, &q, argv + optind);
	else
		wants_from_records(&w, &q);
	status = dispatch(&q, &w);
	free(w.v);
	finish(status);
}
