/*
 * jared-send - tell a worker something
 *
 * Under lock/journal: the newest attempt must not be over and must have a
 * supervisor; the message becomes a durable file in its inbox; unlock.  Only
 * then is it told that it was sent.  The supervisor, which looks into the inbox
 * under the same lock before it says that the attempt is over, delivers it.
 * Killed before the file is in its place nothing was sent; after it, the message
 * goes its way, whether or not it was told.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "follow.h"
#include "fs.h"
#include "journal.h"
#include "run.h"
#include "who.h"

static const char usage_text[] =
    "usage: jared-send [-FijnqV] [-C dir] [-o columns] [-w time] task text ...\n"
    "       jared-send [-FijnqV] [-C dir] [-o columns] [-w time] -t file task\n"
    "       jared-send -l [-ajV] [-C dir] [-o columns] [task ...]\n"
    "\n"
    "  -a, --all             with -l: of all attempts, not the newest alone\n"
    "  -C, --directory DIR   work in the repository of DIR\n"
    "  -F, --force           also from inside a worker\n"
    "  -i, --now             interrupt the worker for it\n"
    "  -j, --json            write JSON Lines\n"
    "  -L, --list-columns    print the columns and exit\n"
    "  -l, --list            what was sent, and what became of it\n"
    "  -n, --dry-run         send nothing, print the record as it would be\n"
    "  -o, --columns LIST    print these columns\n"
    "  -q, --quiet           do not say why it was refused\n"
    "  -t, --file FILE       send what the file holds; \"-\": standard input\n"
    "  -w, --wait TIME       wait until the worker took it, so long: 90s, 10m\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n";

static const struct option longopts[] = {
	{ "all",          no_argument,       NULL, 'a' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "dry-run",      no_argument,       NULL, 'n' },
	{ "file",         required_argument, NULL, 't' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list",         no_argument,       NULL, 'l' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "now",          no_argument,       NULL, 'i' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "version",      no_argument,       NULL, 'V' },
	{ "wait",         required_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns, *file;
	bool all, force, now, json, list, dry, quiet;
	int64_t wait;               /* until then, as clock_boot_ms; 0: do not */
} opt;

static struct {
	struct repo repo;
	struct journal journal;
	struct arena arena;
	struct rec_out out;
} my;

static int
list_task(const struct ledger *t)
{
	int status = EXIT_OK;

	for (const struct attempt *at = t->newest; at; at = opt.all ? at->older : NULL)
		status = worse(status, follow_list(&my.repo, at, &my.out, &my.arena));
	return status;
}

static int
list(char **name)
{
	int status = EXIT_OK;

	if (!*name)
		for (struct ledger *t = my.journal.first; t; t = t->next)
			status = worse(status, list_task(t));
	for (; *name; name++) {
		const struct ledger *t = follow_task(&my.journal, *name);

		status = worse(status, t ? list_task(t) : EXIT_NONE);
	}
	return status == EXIT_OK && my.out.n_rec == 0 ? EXIT_NONE : status;
}

/* --- sending --- */

static int
refuse(const char *id, const char *what, const char *help)
{
	if (!opt.quiet)
		warn("%s: %s%s%s", id, what, help ? ": " : "", help ? help : "");
	return EXIT_NONE;
}

static void
put(const struct attempt *at, const struct message *m, const char *kept)
{
	char *v[M_N];

	follow_record(at, m, kept, v, &my.arena);
	rec_put(&my.out, v);
}

static int
file(const struct ledger *t, struct message *m)
{
	struct follow_no no;
	int dir, status = EXIT_OK;

	if (!follow_can(&my.repo, t, t->id, m, &no, &my.arena))
		return refuse(t->id, no.fact, no.help);
	if (opt.dry) {
		put(t->newest, m, NULL);
		return EXIT_OK;
	}
	dir = run_dir(my.repo.statefd, t->id, t->newest->n, true);
	if (dir < 0 || inbox_file(dir, m) < 0) {
		warn_errno("%s: cannot file the message", t->id);
		return EXIT_FAIL;
	}
	journal_unlock(&my.journal);
	if (opt.wait)
		status = follow_await(&my.repo, &my.journal, t->newest, m, opt.wait,
		    &my.arena);
	put(t->newest, m, inbox_kept(dir, &my.arena));
	close(dir);
	return status;
}

static int
send_text(const char *name, const struct buf *text)
{
	struct message m = { .now = opt.now, .by = who(), .text = text->s,
	    .len = text->len };
	const char *unfit = inbox_unfit(text->s, text->len, &my.arena);
	const struct ledger *t = follow_task(&my.journal, name);
	int status;

	if (!t)
		return EXIT_NONE;
	if (unfit)
		return refuse(t->id, unfit, NULL);
	if (opt.dry)
		return file(t, &m);
	status = journal_lock(&my.journal);
	if (status == EXIT_OK)
		status = file(journal_task(&my.journal, t->id), &m);
	journal_unlock(&my.journal);
	return status;
}

static void
take_file(const char *path, struct buf *text)
{
	int r = strcmp(path, "-") == 0 ?
	    fs_read_fd(STDIN_FILENO, INBOX_TEXT_MAX, text) :
	    fs_read(AT_FDCWD, path, INBOX_TEXT_MAX, text);

	if (r < 0 && errno == EFBIG)
		die(EXIT_NONE, "'%s' has more than the %d bytes that can be sent; "
		    "send its name", path, INBOX_TEXT_MAX);
	if (r < 0)
		die_errno(EXIT_FAIL, "cannot read '%s'", path);
}

/* The words behind the task, with blanks between them; a lone "-" is standard
 * input. */
static void
take_text(char **word, bool literal, struct buf *text)
{
	if (opt.file && *word)
		die(EXIT_USAGE, "there is a file and a text");
	if (!opt.file && *word && !word[1] && strcmp(*word, "-") == 0 && !literal)
		opt.file = "-";
	if (opt.file) {
		take_file(opt.file, text);
		return;
	}
	if (!*word)
		die(EXIT_USAGE, "no text; '-' takes it from standard input");
	for (char **w = word; *w; w++)
		buf_addf(text, "%s%s", w == word ? "" : " ", *w);
}

static void
parse_wait(const char *text)
{
	int64_t until;

	if (clock_parse_near(text, 1, &until) < 0 || until < clock_now())
		die(EXIT_USAGE, "bad time '%s', valid: 90s, 10m, "
		    "2026-11-22T10:00:00Z", text);
	opt.wait = clock_boot_ms() + (until - clock_now()) * 1000 + 1;
}

/* Returns the first operand's index. */
static int
parse(int argc, char **argv)
{
	int c;

	/* 0 and not 1: the second time is for another argv. */
	optind = 0;
	while ((c = getopt_long(argc, argv, "+C:FLVahijlno:qt:w:", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'L': rec_list_columns(&rec_message, stdout); finish(EXIT_OK);
		case 'V': version();
		case 'a': opt.all = true; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'i': opt.now = true; break;
		case 'j': opt.json = true; break;
		case 'l': opt.list = true; break;
		case 'n': opt.dry = true; break;
		case 'o': opt.columns = optarg; break;
		case 'q': opt.quiet = true; break;
		case 't': opt.file = optarg; break;
		case 'w': parse_wait(optarg); break;
		default: usage(EXIT_USAGE, usage_text);
		}
	return optind;
}

struct request {
	const char *name;           /* the task */
	char **word;                /* the text; with -l the tasks */
	bool literal;               /* "-" is a text */
};

static bool
ends_options(const char *word)
{
	return strcmp(word, "--") == 0;
}

/* Options may stand on both sides of the task: `send ws-b --now text' reads
 * better than the other way around.  What looks like one is never taken for the
 * text, unless "--" stands before it. */
static void
operands(int argc, char **argv, struct request *r)
{
	int at = parse(argc, argv);

	r->word = argv + at;
	r->literal = ends_options(argv[at - 1]);
	if (opt.list || !argv[at]) {
		check_operands(argv, at);
		return;
	}
	r->name = argv[at];
	at += r->literal ? 1 : parse(argc - at, argv + at);
	r->word = argv + at;
	r->literal |= ends_options(argv[at - 1]);
	if (opt.list)
		*--r->word = (char *)r->name;
	if (!r->literal)
		check_operands(argv, at);
}

int
main(int argc, char *argv[])
{
	struct request r = { 0 };
	struct buf text = BUF_INIT;
	int status;

	set_progname(argv[0]);
	operands(argc, argv, &r);
	if ((!r.name && !opt.list) || (opt.all && !opt.list))
		usage(EXIT_USAGE, usage_text);
	who_refuse_worker(opt.list || opt.force || opt.dry);
	if (!opt.list)
		take_text(r.word, r.literal, &text);
	repo_open(&my.repo, opt.dir, REPO_GIT);
	if (journal_open(&my.journal, my.repo.statefd) < 0)
		die_errno(EXIT_FAIL, "cannot read the journal");
	rec_out_init(&my.out, &rec_message, stdout, opt.json, opt.columns);
	status = opt.list ? list(r.word) : send_text(r.name, &text);
	rec_out_end(&my.out);
	finish(status);
}
