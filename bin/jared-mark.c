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

#include "queue.h"
#include "settle.h"

static const char usage_text[] =
    "usage: jared-mark [-FhjLnqV] [-C dir] [-o columns] verb task ...\n"
    "verbs:\n"
    "  unpark                    let the task start again, with all its attempts\n"
    "  -C, --directory DIR       the repository at DIR\n"
    "  -F, --force               also from inside a worker\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns of a queue record\n"
    "  -n, --dry-run             write the records that would be written, mark nothing\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -q, --quiet               do not say why a task was refused\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "dry-run",      no_argument,       NULL, 'n' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct verb {
	const char *name;
	enum event event;
	unsigned states;            /* that allow it, as bits */
	const char *refusal;        /* what a task in another state is */
};

static const struct verb verbs[] = {
	{ "unpark", EV_UNPARK, 1u << TS_BACKOFF | 1u << TS_PARKED |
	    1u << TS_EXITED | 1u << TS_REVIEW, "not parked" },
};

static struct {
	const char *dir, *columns;
	bool json, dry, force, quiet;
} opt;

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

static const char *
who(void)
{
	static char uid[24];
	const char *attempt = getenv("JARED_ATTEMPT"), *login = getenv("LOGNAME");

	if (attempt && *attempt)
		return attempt;
	if (login && *login)
		return login;
	snprintf(uid, sizeof uid, "uid%lu", (unsigned long)getuid());
	return uid;
}

/* One record for the task's newest attempt, or its effect alone. */
static int
record(struct queue *q, const struct verb *verb, const struct task *t)
{
	struct ledger *l = journal_task(&q->journal, t->id);
	const struct journal_kv by = { "by", who() };
	const struct record dry = { .n = l->newest->n, .event = verb->event };

	if (opt.dry) {
		ledger_apply(l, &dry, &q->journal.arena);
		return EXIT_OK;
	}
	if (journal_append(&q->journal, t->id, l->newest->n, verb->event, &by, 1) == 0)
		return EXIT_OK;
	if (errno == EINVAL) {
		refuse(t->id, "its attempt is just ending", NULL);
		return EXIT_RETRY;
	}
	warn_errno("%s: cannot write the journal", t->id);
	return EXIT_FAIL;
}

/* Mark the task that name names; *out is the task, or NULL if it was not. */
static int
mark_one(struct queue *q, const struct verb *verb, const char *name,
    const struct task **out)
{
	struct buf why = BUF_INIT;
	size_t n;
	const struct task *t = tasks_meant(&q->tasks, name, &n);
	enum task_state s;
	int status;

	*out = NULL;
	if (!t)
		return refuse(name, n ? "more than one task" : "no such task", NULL);
	s = state_task(&q->world, t, &why);
	buf_release(&why);
	if (!(verb->states & 1u << s) || !journal_task(&q->journal, t->id))
		return refuse(t->id, verb->refusal, task_state_name(s));
	status = record(q, verb, t);
	if (status == EXIT_OK)
		*out = t;
	return status;
}

static void
put(struct queue *q, const struct task *t, struct rec_out *out)
{
	char *v[REC_MAXCOL];

	for (size_t i = 0; i < q->n; i++)
		if (q->item[i].task == t) {
			queue_record(q, &q->item[i], v);
			rec_put(out, v);
		}
}

static int
mark(const struct verb *verb, char **name, size_t n, struct rec_out *out)
{
	const struct task **marked = xrealloc_array(NULL, n, sizeof *marked);
	struct settled settled = { 0 };
	struct queue q;
	int status = EXIT_OK;

	queue_open(&q, opt.dir, opt.dry ? REPO_GIT : REPO_STATE);
	if (!opt.dry)
		status = settle(&q.world, &q.journal, &settled);
	free(settled.at);
	if (status == EXIT_OK && !opt.dry)
		status = journal_lock(&q.journal);
	if (status == EXIT_OK) {
		for (size_t i = 0; i < n; i++)
			status = worse(status, mark_one(&q, verb, name[i], &marked[i]));
		if (!opt.dry)
			journal_unlock(&q.journal);
		queue_classify(&q);
		for (size_t i = 0; i < n; i++)
			if (marked[i])
				put(&q, marked[i], out);
	}
	queue_release(&q);
	free(marked);
	return status;
}

static void
parse(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "+C:FLVhjno:q", longopts, NULL)) != -1)
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
		default: usage(EXIT_USAGE, usage_text);
		}
}

int
main(int argc, char *argv[])
{
	const struct verb *verb;
	struct rec_out out;
	int status;

	set_progname(argv[0]);
	parse(argc, argv);
	check_operands(argv, optind);
	argv += optind;
	argc -= optind;
	if (argc < 1)
		usage(EXIT_USAGE, usage_text);
	verb = verb_find(argv[0]);
	if (!verb) {
		warn("no verb '%s'", argv[0]);
		usage(EXIT_USAGE, usage_text);
	}
	if (argc < 2)
		usage(EXIT_USAGE, usage_text);
	if (getenv("JARED_ATTEMPT") && !opt.force && !opt.dry)
		die(EXIT_NONE, "refused inside a worker (JARED_ATTEMPT is set); "
		    "--force does it all the same");
	rec_out_init(&out, &rec_queue, stdout, opt.json, opt.columns);
	status = mark(verb, argv + 1, (size_t)argc - 1, &out);
	rec_out_end(&out);
	finish(status);
}
