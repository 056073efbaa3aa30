/*
 * jared-mark - tell the journal what is wanted of a task
 *
 * Settle, so that what is over is known to be over; then, under lock/journal,
 * one durable record for each task whose state allows the verb.  Task files are
 * not touched.  Killed between two tasks it has marked the first; given again
 * it refuses that one, which is then in the wanted state, and marks the rest.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "queue.h"
#include "settle.h"
#include "who.h"

static const char usage_text[] =
    "usage: jared-mark [-FhjLnqV] [-C dir] [-o columns] verb [-t time] task ...\n"
    "\n"
    "  queue    start it as if its file said ready\n"
    "  hold     do not start it, with -t until that time\n"
    "  park     do not start it until it is unparked\n"
    "  unpark   try again what was held, parked, or failed\n"
    "\n"
    "  -C, --directory DIR   work in the repository of DIR\n"
    "  -F, --force           also from inside a worker\n"
    "  -j, --json            write JSON Lines\n"
    "  -L, --list-columns    print the columns of a queue record and exit\n"
    "  -n, --dry-run         write nothing, print the records as they would be\n"
    "  -o, --columns LIST    print these columns\n"
    "  -q, --quiet           do not say why a task was refused\n"
    "  -t, --until TIME      until then, or for so long: 2026-11-22T10:00:00Z, 4h\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n";

static const struct option longopts[] = {
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "dry-run",      no_argument,       NULL, 'n' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "until",        required_argument, NULL, 't' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct verb {
	const char *name;
	enum event event;
	unsigned states;            /* that allow it, as bits */
	const char *refusal;        /* what a task in another state is */
};

enum {
	STUCK = 1u << TS_BACKOFF | 1u << TS_PARKED | 1u << TS_EXITED | 1u << TS_REVIEW |
	    1u << TS_HELD,
	TO_COME = 1u << TS_READY | 1u << TS_WAITING | 1u << TS_HELD | 1u << TS_DRAFT |
	    1u << TS_BACKOFF | 1u << TS_PARKED,
};

static const struct verb verbs[] = {
	{ "queue", EV_QUEUE, STUCK | 1u << TS_DRAFT, "cannot be queued" },
	{ "hold", EV_HOLD, TO_COME, "cannot be held" },
	{ "park", EV_PARK, TO_COME, "cannot be parked" },
	{ "unpark", EV_UNPARK, STUCK, "not parked" },
};

static struct {
	const char *dir, *columns;
	bool json, dry, force, quiet;
	int64_t until;              /* -1: not given */
	char until_text[CLOCK_TEXT];
} opt = { .until = -1 };

static const struct verb *
verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Say why not; returns the status it costs. */
static int
refuse(const char *name, const char *what, const char *fact)
{
	if (!opt.quiet)
		warn("%s: %s%s%s", name, what, fact ? ": " : "", fact ? fact : "");
	return EXIT_NONE;
}

/* Would the mark change nothing? */
static bool
is_so_already(const struct verb *verb, const struct ledger *l, enum task_state s)
{
	enum intent is = l ? l->intent : IN_NONE;

	if (verb->event == EV_HOLD)
		return is == IN_HELD && l->hold_until == opt.until;
	if (verb->event == EV_PARK)
		return is == IN_PARKED;
	/* What the file holds, only the file lets go, or a queue. */
	return verb->event == EV_UNPARK && s == TS_HELD && is != IN_HELD;
}

/* One record after the task's newest attempt, or its effect alone. */
static int
record(struct queue *q, const struct verb *verb, const struct task *t)
{
	const struct ledger *l = journal_task(&q->journal, t->id);
	int64_t n = l && l->newest ? l->newest->n : 0;
	const struct journal_kv kv[] = { { "by", who() },
		{ "until", opt.until >= 0 ? opt.until_text : NULL } };

	if (opt.dry) {
		journal_pretend(&q->journal, t->id, n, verb->event, kv, 2);
		return EXIT_OK;
	}
	if (journal_append(&q->journal, t->id, n, verb->event, kv, 2) == 0)
		return EXIT_OK;
	if (errno == EINVAL) {
		refuse(t->id, "its attempt is just ending", NULL);
		return EXIT_RETRY;
	}
	warn_errno("%s: cannot write the journal", t->id);
	return EXIT_FAIL;
}

/* Mark t, if its state allows that; *marked tells. */
static int
mark_one(struct queue *q, const struct verb *verb, const struct task *t,
    bool *marked)
{
	const struct ledger *l = journal_task(&q->journal, t->id);
	struct buf why = BUF_INIT;
	enum task_state s = state_task(&q->world, t, &why);
	int status;

	buf_release(&why);
	if (!(verb->states & 1u << s) || is_so_already(verb, l, s))
		return refuse(t->id, verb->refusal, task_state_name(s));
	status = record(q, verb, t);
	*marked = status == EXIT_OK;
	return status;
}

static void
put(struct queue *q, const struct task *t, struct rec_out *out)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->item[i].task == t)
			queue_put(q, &q->item[i], out);
}

static int
mark_all(struct queue *q, const struct verb *verb, char **name, size_t n,
    struct rec_out *out)
{
	const struct task **t = arena_alloc(&q->arena, (n + 1) * sizeof *t);
	bool *marked = arena_alloc(&q->arena, (n + 1) * sizeof *marked);
	int status = EXIT_OK;

	for (size_t i = 0; i < n; i++) {
		t[i] = tasks_operand(&q->tasks, name[i]);
		status = worse(status, !t[i] ? EXIT_NONE :
		    mark_one(q, verb, t[i], &marked[i]));
	}
	if (!opt.dry)
		journal_unlock(&q->journal);
	queue_classify(q);
	for (size_t i = 0; i < n; i++)
		if (marked[i])
			put(q, t[i], out);
	return status;
}

static int
mark(const struct verb *verb, char **name, size_t n, struct rec_out *out)
{
	struct settled settled = { 0 };
	struct queue q;
	int status = EXIT_OK;

	queue_open(&q, opt.dir, opt.dry ? REPO_GIT : REPO_STATE);
	if (!opt.dry)
		status = settle(&q.world, &q.journal, &settled);
	free(settled.at);
	if (status == EXIT_OK && !opt.dry)
		status = journal_lock(&q.journal);
	if (status == EXIT_OK)
		status = mark_all(&q, verb, name, n, out);
	queue_release(&q);
	return status;
}

static void
parse_until(const char *text)
{
	if (clock_parse_near(text, 1, &opt.until) < 0)
		die(EXIT_USAGE, "bad time '%s', valid: 2026-11-22T10:00:00Z, "
		    "2026-11-22, 4h (from now)", text);
	if (opt.until <= clock_now())
		die(EXIT_USAGE, "'%s' has passed", text);
	clock_format(opt.until, opt.until_text);
}

/* Returns the first operand's index. */
static int
parse(int argc, char **argv)
{
	int c;

	/* 0 and not 1: the second time is for another argv. */
	optind = 0;
	while ((c = getopt_long(argc, argv, "+C:FLVhjno:qt:", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'L': rec_list_columns(&rec_queue, stdout); finish(EXIT_OK);
		case 'V': version();
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': opt.json = true; break;
		case 'n': opt.dry = true; break;
		case 'o': opt.columns = optarg; break;
		case 'q': opt.quiet = true; break;
		case 't': parse_until(optarg); break;
		default: usage(EXIT_USAGE, usage_text);
		}
	return optind;
}

int
main(int argc, char *argv[])
{
	const struct verb *verb;
	struct rec_out out;
	int status, verb_at, first;

	set_progname(argv[0]);
	verb_at = parse(argc, argv);
	if (verb_at == argc)
		usage(EXIT_USAGE, usage_text);
	verb = verb_find(argv[verb_at]);
	if (!verb) {
		warn("no verb '%s'", argv[verb_at]);
		usage(EXIT_USAGE, usage_text);
	}
	/* `hold --until T` reads better than the other way around. */
	first = verb_at + parse(argc - verb_at, argv + verb_at);
	check_operands(argv, first);
	if (first == argc || (opt.until >= 0 && verb->event != EV_HOLD))
		usage(EXIT_USAGE, usage_text);
	who_refuse_worker(opt.force || opt.dry);
	rec_out_init(&out, &rec_queue, stdout, opt.json, opt.columns);
	status = mark(verb, argv + first, (size_t)(argc - first), &out);
	rec_out_end(&out);
	finish(status);
}
