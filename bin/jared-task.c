/*
 * jared-task - write and check task files
 *
 * The only tool that changes them.  A file is read, its new text made and proven
 * in memory, written beside it, synced, and exchanged with it; what came out
 * must be what was read, or it is put back.  Killed at any moment it leaves each
 * file as it was or as it was to be.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue.h"
#include "retask.h"
#include "taskcheck.h"
#include "taskedit.h"
#include "textout.h"
#include "who.h"

static const char usage_text[] =
    "usage: jared-task [-Fjnq] [-C dir] [-o column,...] set task key=value ...\n"
    "       jared-task [-Fjnq] [-C dir] [-o column,...] ready|start|done|draft task ...\n"
    "       jared-task [-Fjnq] [-C dir] [-o column,...] new [-d task,...] [-i id]\n"
    "                  [-O owner] [-p priority] [-s status] [-w workstream] title ...\n"
    "       jared-task [-b] [-C dir] check [task ...]\n"
    "       jared-task [-C dir] show|path task ...\n"
    "       jared-task -h | -L | -V\n"
    "\n"
    "  new      write a new file\n"
    "  set      change values: key=value\n"
    "  ready    set the status; start, done and draft too\n"
    "  check    say what is wrong with files\n"
    "  show     print files; path prints where they are\n"
    "\n"
    "  -b, --body                with check: read the text, too\n"
    "  -C, --directory DIR       work in the repository of DIR\n"
    "  -d, --depends-on TASK,... of a new one: what it waits for\n"
    "  -F, --force               also from inside a worker\n"
    "  -i, --id ID               of a new one\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns of a queue record\n"
    "  -n, --dry-run             write nothing, print what would be\n"
    "  -O, --owner NAME          of a new one\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -p, --priority WORD       of a new one\n"
    "  -q, --quiet               print no record\n"
    "  -s, --status WORD         of a new one\n"
    "  -w, --workstream NAME     of a new one\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "body",         no_argument,       NULL, 'b' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "depends-on",   required_argument, NULL, 'd' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "dry-run",      no_argument,       NULL, 'n' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "id",           required_argument, NULL, 'i' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "owner",        required_argument, NULL, 'O' },
	{ "priority",     required_argument, NULL, 'p' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "status",       required_argument, NULL, 's' },
	{ "version",      no_argument,       NULL, 'V' },
	{ "workstream",   required_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns;
	bool json, dry, force, quiet, body;
	struct newtask new;
	const struct verb *verb;
	bool given[128];            /* which letters were */
} opt;

struct verb {
	const char *name, *letters; /* the options that it takes */
	int least;                  /* operands */
	int (*run)(struct queue *q, char **arg, int n);
	enum status_word word;      /* to be set */
};

/* --- output --- */

static void
put_records(const char **file, size_t n)
{
	struct rec_out out;

	rec_out_init(&out, &rec_queue, stdout, opt.json, opt.columns);
	retask_put(opt.dir, file, n, &out);
	rec_out_end(&out);
}

/* --- writing --- */

static unsigned
how(void)
{
	return (opt.force ? RETASK_FORCE : 0u) | (opt.dry ? RETASK_DRY : 0u);
}

static int
run_set(struct queue *q, char **arg, int n)
{
	const struct task *t;
	int status;

	for (int i = 1; i < n; i++)
		if (!strchr(arg[i], '=') || *arg[i] == '=')
			die(EXIT_USAGE, "'%s' is not KEY=VALUE", arg[i]);
	t = tasks_operand(&q->tasks, arg[0]);
	status = t ? retask_set(q, t, arg + 1, n - 1, how()) : EXIT_NONE;
	if (status == EXIT_OK && !opt.dry && !opt.quiet)
		put_records((const char *[]){ t->file }, 1);
	return status;
}

static int
run_mark(struct queue *q, char **arg, int n)
{
	const char **file = arena_alloc(&q->arena, (size_t)n * sizeof *file);
	size_t n_file = 0;
	int status = EXIT_OK;

	for (int i = 0; i < n; i++) {
		const struct task *t = tasks_operand(&q->tasks, arg[i]);
		int r = t ? retask_status(q, t, opt.verb->word, how()) : EXIT_NONE;

		status = worse(status, r);
		if (r == EXIT_OK)
			file[n_file++] = t->file;
	}
	if (n_file && !opt.dry && !opt.quiet)
		put_records(file, n_file);
	return status;
}

static int
run_new(struct queue *q, char **arg, int n)
{
	const char *file;
	int status;

	opt.new.title = newtask_title(arg, n, &q->arena);
	status = retask_new(q, &opt.new, how(), &file);
	if (status == EXIT_OK && !opt.dry && !opt.quiet)
		put_records(&file, 1);
	return status;
}

/* --- reading --- */

static int
show(struct queue *q, const struct task *t)
{
	struct taskedit te = { 0 };
	int status = taskedit_open(&te, &q->tasks, t);

	textout(&te.was);
	taskedit_close(&te);
	return status;
}

static int
run_show(struct queue *q, char **arg, int n)
{
	struct buf path = BUF_INIT;
	int status = EXIT_OK;

	for (int i = 0; i < n; i++) {
		const struct task *t = tasks_operand(&q->tasks, arg[i]);

		if (!t)
			status = worse(status, EXIT_NONE);
		else if (*opt.verb->name == 's')
			status = worse(status, show(q, t));
		else
			buf_addf(&path, "%s/%s\n", q->repo.root, t->file);
	}
	textout(&path);
	buf_release(&path);
	return status;
}

static int
run_check(struct queue *q, char **arg, int n)
{
	struct buf out = BUF_INIT;
	int status = EXIT_OK;

	if (n == 0 && taskcheck_team(&q->team, &out) > 0)
		status = EXIT_NONE;
	for (size_t i = 0; i < (n ? (size_t)n : q->tasks.n); i++) {
		const struct task *t = n ? tasks_operand(&q->tasks, arg[i]) :
		    q->tasks.v[i];

		if (!t || taskcheck(&q->tasks, &q->team, t, &out) > 0)
			status = EXIT_NONE;
		if (t && opt.body)
			taskcheck_body(&q->tasks, t, &out);
	}
	textout(&out);
	buf_release(&out);
	return status;
}

/* --- the command line --- */

static const struct verb verbs[] = {
	{ "set",   "CFjnoq", 2, run_set, 0 },
	{ "ready", "CFjnoq", 1, run_mark, ST_READY },
	{ "start", "CFjnoq", 1, run_mark, ST_IN_PROGRESS },
	{ "done",  "CFjnoq", 1, run_mark, ST_DONE },
	{ "draft", "CFjnoq", 1, run_mark, ST_DRAFT },
	{ "new",   "CFOdijnopqsw", 1, run_new, 0 },
	{ "check", "Cb", 0, run_check, 0 },
	{ "show",  "C", 1, run_show, 0 },
	{ "path",  "C", 1, run_show, 0 },
};

/* The options before the verb, or those behind it. */
static void
parse(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "+C:FLO:Vbd:hi:jno:p:qs:w:", longopts,
	    NULL)) != -1) {
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'L': rec_list_columns(&rec_queue, stdout); finish(EXIT_OK);
		case 'O': opt.new.owner = optarg; break;
		case 'V': version();
		case 'b': opt.body = true; break;
		case 'd': opt.new.depends_on = optarg; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'i': opt.new.id = optarg; break;
		case 'j': opt.json = true; break;
		case 'n': opt.dry = true; break;
		case 'o': opt.columns = rec_columns(&rec_queue, optarg); break;
		case 'p': opt.new.priority = optarg; break;
		case 'q': opt.quiet = true; break;
		case 's': opt.new.status = optarg; break;
		case 'w': opt.new.workstream = optarg; break;
		default: usage(EXIT_USAGE, usage_text);
		}
		opt.given[c] = true;
	}
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; name && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	if (name)
		warn("no verb '%s'", name);
	usage(EXIT_USAGE, usage_text);
}

int
main(int argc, char *argv[])
{
	const struct verb *v;
	struct queue q;
	int status;

	set_progname(argv[0]);
	parse(argc, argv);
	argc -= optind;
	argv += optind;
	opt.verb = v = find_verb(argv[0]);
	optind = 0;
	parse(argc, argv);
	for (int c = 0; c < 128; c++)
		if (opt.given[c] && !strchr(v->letters, c))
			die(EXIT_USAGE, "%s takes no -%c", v->name, c);
	argc -= optind;
	argv += optind;
	if (argc < v->least)
		usage(EXIT_USAGE, usage_text);
	if (strchr(v->letters, 'F'))
		who_refuse_worker(opt.force || opt.dry);
	queue_open(&q, opt.dir, REPO_ANY);
	status = v->run(&q, argv, argc);
	queue_release(&q);
	finish(status);
}
