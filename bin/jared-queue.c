/*
 * jared-queue - list the tasks and their states, in dispatch order
 *
 * Reads task files, the journal and what locks and run directories show;
 * writes nothing.  One bad file is one invalid record and a message.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "queue.h"
#include "snap.h"

static const char usage_text[] =
    "usage: jared-queue [-hjLqSV] [-C dir] [-O name] [-o column,...] [-s state,...]\n"
    "                   [-t snapshot] [task ...] [-]\n"
    "  -C, --directory DIR       the repository at DIR\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns of a queue record\n"
    "  -O, --owner NAME          say of ready tasks that they are not NAME's\n"
    "                            ('me', 'any'), and list them after those that are\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -q, --quiet               do not say what is wrong with task files\n"
    "  -S, --strict              exit 3 if a task file is invalid\n"
    "  -s, --status STATE,...    only tasks in one of these states\n"
    "  -t, --snap SNAPSHOT       as it was then: a time, an age, last, a name, a path\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "directory",    required_argument, NULL, 'C' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "owner",        required_argument, NULL, 'O' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "snap",         required_argument, NULL, 't' },
	{ "strict",       no_argument,       NULL, 'S' },
	{ "status",       required_argument, NULL, 's' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct settings {
	const char *dir, *columns, *owner, *snap;
	bool json, quiet, strict;
	bool only_states, state[TS_N];
	bool only_named;
	const char **name;          /* of the tasks to show, n_name */
	size_t n_name, cap_name;
};

/* What the names mean: tasks, or records of a snapshot. */
struct chosen {
	const void **v;
	size_t n;
	int status;                 /* EXIT_NONE if a name means none */
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

static void
add_name(struct settings *s, const char *name)
{
	GROW(s->name, s->n_name, s->cap_name);
	s->name[s->n_name++] = name;
}

/* A name a line; of a record its first column, which is the id. */
static void
read_names(struct settings *s)
{
	struct tsv in;

	tsv_init(&in, stdin, "standard input");
	while (tsv_read(&in))
		if (in.field[0])
			add_name(s, xstrdup(in.field[0]));
	tsv_release(&in);
}

static int
by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(const void *const *)a;
	uintptr_t y = (uintptr_t)*(const void *const *)b;

	return (x > y) - (x < y);
}

/* Look the names up, in the snapshot if there is one. */
static void
choose(const struct settings *s, const struct queue *q, const struct snap *snap,
    struct chosen *c)
{
	*c = (struct chosen){ .v = xrealloc_array(NULL, s->n_name + 1, sizeof *c->v) };
	for (size_t i = 0; i < s->n_name; i++) {
		const void *one = snap ? (void *)snap_task(snap, s->name[i]) :
		    (void *)tasks_operand(&q->tasks, s->name[i]);

		if (one)
			c->v[c->n++] = one;
		else
			c->status = EXIT_NONE;
	}
	qsort(c->v, c->n, sizeof *c->v, by_address);
}

static bool
is_chosen(const struct settings *s, const struct chosen *c, const void *one)
{
	return !s->only_named || bsearch(&one, c->v, c->n, sizeof *c->v, by_address);
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
list(struct queue *q, const struct settings *s, const struct chosen *c,
    struct rec_out *out)
{
	bool invalid = false;

	for (size_t i = 0; i < q->n; i++) {
		const struct queue_item *it = &q->item[i];

		if (!is_chosen(s, c, it->task))
			continue;
		if (it->task->error && !s->quiet)
			warn("%s", it->task->error);
		invalid |= it->task->error != NULL;
		if (s->only_states && !s->state[it->state])
			continue;
		queue_put(q, it, out);
	}
	if (!out->n_rec && !s->only_named && !s->quiet)
		say_nothing(q);
	return invalid && s->strict ? EXIT_FAIL : EXIT_OK;
}

static int
queue(const struct settings *s, struct rec_out *out)
{
	struct chosen c;
	struct queue q;
	int status;

	queue_open(&q, s->dir, REPO_ANY);
	queue_for(&q, s->owner);
	queue_classify(&q);
	choose(s, &q, NULL, &c);
	status = worse(c.status, list(&q, s, &c, out));
	/* journal_open has said what is wrong with it. */
	if (q.journal.corrupt_line)
		status = EXIT_FAIL;
	free(c.v);
	queue_release(&q);
	return status;
}

/* --- then --- */

static int
list_snap(const struct snap *snap, const struct settings *s, struct rec_out *out)
{
	struct chosen c;
	enum task_state state;
	bool invalid = false;

	choose(s, NULL, snap, &c);
	for (size_t i = 0; i < snap->queue.n; i++) {
		char **v = snap->queue.v[i];

		if (!is_chosen(s, &c, v) || task_state_parse(v[Q_STATE], &state) < 0)
			continue;
		invalid |= state == TS_INVALID;
		if (!s->only_states || s->state[state])
			rec_put(out, v);
	}
	free(c.v);
	return worse(c.status, invalid && s->strict ? EXIT_FAIL : EXIT_OK);
}

/* jared-pick takes today's limits unless told. */
static void
say_limits(const struct snap *snap, const struct repo *r)
{
	struct arena a = { 0 };
	struct config now;
	const char *options;

	config_load(&now, r->root, &a);
	options = snap->limits ?
	    limit_options(snap->limits, limit_text(&now, &a), &a) : NULL;
	if (options)
		warn("the limits were others then: jared-pick %s", options);
	arena_release(&a);
}

static int
replay(const struct settings *s, struct rec_out *out)
{
	struct snapdir d;
	struct snap snap;
	struct repo r;
	int status;

	repo_open(&r, s->dir, REPO_ANY);
	snapdir_open(&d, r.statefd);
	status = snap_named(&snap, &d, s->snap);
	if (status == EXIT_OK) {
		status = list_snap(&snap, s, out);
		if (!s->quiet)
			say_limits(&snap, &r);
	}
	snap_release(&snap);
	snapdir_release(&d);
	repo_close(&r);
	return status;
}

int
main(int argc, char *argv[])
{
	enum { BUFFER = 1 << 15 };
	struct arena a = { 0 };
	struct settings s = { 0 };
	struct rec_out out;
	int c, status;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:hjLO:o:qSs:t:V", longopts, NULL)) != -1)
		switch (c) {
		case 'C': s.dir = optarg; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': s.json = true; break;
		case 'L': rec_list_columns(&rec_queue, stdout); finish(EXIT_OK);
		case 'O': s.owner = optarg; break;
		case 'o': s.columns = optarg; break;
		case 'q': s.quiet = true; break;
		case 'S': s.strict = true; break;
		case 's': parse_states(&s, optarg); break;
		case 't': s.snap = optarg; break;
		case 'V': version();
		default: usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	if (s.snap && s.owner)
		usage(EXIT_USAGE, usage_text);
	s.only_named = optind < argc;
	for (; optind < argc; optind++)
		if (strcmp(argv[optind], "-") == 0)
			read_names(&s);
		else
			add_name(&s, argv[optind]);
	/* In a pipe every write wakes the reader. */
	setvbuf(stdout, arena_alloc(&a, BUFFER), _IOFBF, BUFFER);
	rec_out_init(&out, &rec_queue, stdout, s.json, s.columns);
	status = s.snap ? replay(&s, &out) : queue(&s, &out);
	if (!out.n_rec)
		status = worse(status, EXIT_NONE);
	rec_out_end(&out);
	finish(status);
}
