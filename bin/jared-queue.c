/*
 * jared-queue - list the tasks and their states, in dispatch order
 *
 * Reads task files, the journal and what locks and run directories show;
 * writes nothing.  One bad file is one invalid record and a message.
 */
#include <getopt.h>
#include <string.h>

#include "queue.h"

static const char usage_text[] =
    "usage: jared-queue [-hjLqSV] [-C dir] [-o column,...] [-s state,...] [task ...]\n"
    "  -C, --directory DIR       the repository at DIR\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns of a queue record\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -q, --quiet               do not say what is wrong with task files\n"
    "  -S, --strict              exit 3 if a task file is invalid\n"
    "  -s, --status STATE,...    only tasks in one of these states\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "directory",    required_argument, NULL, 'C' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "strict",       no_argument,       NULL, 'S' },
	{ "status",       required_argument, NULL, 's' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct settings {
	const char *dir, *columns;
	bool json, quiet, strict;
	bool only_states, state[TS_N];
	char **name;                /* of the tasks to show, n_name; none: all */
	int n_name;
};

static void
parse_states(struct settings *s, char *list)
{
	struct buf valid = BUF_INIT;
	enum task_state state;
	char *word;

	s->only_states = true;
	while ((word = strsep(&list, ","))) {
		if (task_state_parse(word, &state) == 0) {
			s->state[state] = true;
			continue;
		}
		for (int i = 0; i < TS_N; i++)
			buf_addf(&valid, "%s%s", i ? ", " : "",
			    task_state_name((enum task_state)i));
		die(EXIT_USAGE, "bad state '%s', valid: %s", word, valid.s);
	}
}

/* The tasks named on the command line, and EXIT_NONE if one is not there. */
static int
find_named(const struct queue *q, const struct settings *s,
    const struct task **named)
{
	int status = EXIT_OK;

	for (int i = 0; i < s->n_name; i++) {
		named[i] = tasks_operand(&q->tasks, s->name[i]);
		if (!named[i])
			status = EXIT_NONE;
	}
	return status;
}

static bool
is_named(const struct settings *s, const struct task **named, const struct task *t)
{
	for (int i = 0; i < s->n_name; i++)
		if (named[i] == t)
			return true;
	return s->n_name == 0;
}

static void
say_nothing(const struct queue *q)
{
	if (q->tasks.n)
		warn("no task matches");
	else
		warn("no task files '%s' in '%s' (layout %s)", q->layout.files[0],
		    q->repo.root, q->layout.name);
}

static int
list(struct queue *q, const struct settings *s, const struct task **named)
{
	struct rec_out out;
	bool invalid = false;
	char *v[Q_N];

	rec_out_init(&out, &rec_queue, stdout, s->json, s->columns);
	for (size_t i = 0; i < q->n; i++) {
		const struct queue_item *it = &q->item[i];

		if (!is_named(s, named, it->task))
			continue;
		if (it->task->error && !s->quiet)
			warn("%s", it->task->error);
		invalid |= it->task->error != NULL;
		if (s->only_states && !s->state[it->state])
			continue;
		queue_record(q, it, v);
		rec_put(&out, v);
	}
	if (!out.n_rec && !s->n_name && !s->quiet)
		say_nothing(q);
	int status = out.n_rec ? EXIT_OK : EXIT_NONE;
	rec_out_end(&out);
	return invalid && s->strict ? EXIT_FAIL : status;
}

static int
queue(const struct settings *s)
{
	static char buffer[1 << 16];
	struct queue q;
	const struct task **named;
	int status;

	/* In a pipe every write wakes the reader. */
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	queue_load(&q, s->dir, REPO_ANY);
	named = arena_alloc(&q.arena, ((size_t)s->n_name + 1) * sizeof *named);
	status = find_named(&q, s, named);
	status = worse(status, list(&q, s, named));
	/* journal_open has said what is wrong with it. */
	if (q.journal.corrupt_line)
		status = EXIT_FAIL;
	queue_release(&q);
	return status;
}

int
main(int argc, char *argv[])
{
	struct settings s = { 0 };
	int c;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:hjLo:qSs:V", longopts, NULL)) != -1)
		switch (c) {
		case 'C': s.dir = optarg; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': s.json = true; break;
		case 'L': rec_list_columns(&rec_queue, stdout); finish(EXIT_OK);
		case 'o': s.columns = optarg; break;
		case 'q': s.quiet = true; break;
		case 'S': s.strict = true; break;
		case 's': parse_states(&s, optarg); break;
		case 'V': version();
		default: usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	s.name = argv + optind;
	s.n_name = argc - optind;
	finish(queue(&s));
}
