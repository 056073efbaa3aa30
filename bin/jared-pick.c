/*
 * jared-pick - choose the queue records to start now
 *
 * A pure filter: queue records in, those to start out, in the order in which
 * they came.  It is the limits of jared.yaml and of the command line that
 * decide.  The rejects are safe in their file before the first record is
 * passed on.
 */
#include <getopt.h>
#include <unistd.h>

#include "num.h"
#include "pick.h"
#include "repo.h"

static const char usage_text[] =
    "usage: jared-pick [-hjLqV] [-b column=number] [-C dir] [-c number]\n"
    "                  [-m number] [-O name] [-o column,...] [-R file]\n"
    "  -b, --max-by COLUMN=NUMBER  at most so many at work with one value there\n"
    "  -C, --directory DIR         read jared.yaml of the repository at DIR\n"
    "  -c, --count NUMBER          pass at most so many records\n"
    "  -j, --json                  write JSON Lines\n"
    "  -L, --list-columns          list the columns of a queue record\n"
    "  -m, --max-workers NUMBER    at most so many at work in all\n"
    "  -O, --owner NAME            pass only what is NAME's ('me', 'any') or nobody's\n"
    "  -o, --columns COLUMN,...    write these columns\n"
    "  -q, --quiet                 do not say why ready records are refused\n"
    "  -R, --rejects FILE          write each record not passed, and why\n"
    "  -h, --help                  print this\n"
    "  -V, --version               print the version\n";

static const struct option longopts[] = {
	{ "max-by",       required_argument, NULL, 'b' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "count",        required_argument, NULL, 'c' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "max-workers",  required_argument, NULL, 'm' },
	{ "owner",        required_argument, NULL, 'O' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "rejects",      required_argument, NULL, 'R' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct settings {
	struct pick_limits limits;
	const char *dir, *columns, *rejects, *owner;
	bool json, quiet;
};

static int64_t
parse_number(const char *what, const char *arg, int64_t min)
{
	int64_t n;

	if (num_parse(arg, min, PICK_MAX, &n) < 0)
		die(EXIT_USAGE, "bad %s '%s', valid: %d to %d", what, arg, (int)min,
		    PICK_MAX);
	return n;
}

static void
parse_limit_by(struct pick_limits *l, const char *arg)
{
	const char *why;

	if (pick_limit_by(l, arg, &why) < 0)
		die(EXIT_USAGE, "bad limit '%s', %s", arg, why);
}

/* Whose tasks to pass, as the team of the repository calls that person. */
static void
find_self(struct settings *s, const struct repo *r, const struct config *c,
    struct arena *a)
{
	struct layout layout;
	struct team team;

	if (!s->owner && !c->owner)
		return;
	layout_load(&layout, r->root, c, a);
	team_load(&team, r, &layout, a);
	s->limits.self = team_self(&team, s->owner, c);
	team_release(&team);
}

/* What the command line left open stands in jared.yaml. */
static void
configure(struct settings *s, struct arena *a)
{
	struct config c;
	struct repo r;

	repo_open(&r, s->dir, REPO_ANY);
	config_load(&c, r.root, a);
	pick_configure(&s->limits, &c);
	find_self(s, &r, &c, a);
	repo_close(&r);
}

static void
say_refused(const struct pick *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct pick_item *it = p->item[i];

		if (it->stage && it->state == TS_READY)
			warn("%s: %s: %s", it->v[Q_ID], it->code, it->fact);
	}
}

static bool
any_ready(const struct pick *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->item[i]->state == TS_READY)
			return true;
	return false;
}

static void
write_rejects(const struct pick *p, const struct settings *s)
{
	FILE *f = fopen(s->rejects, "we");
	struct rec_out out;

	if (!f)
		die_errno(EXIT_FAIL, "cannot open '%s'", s->rejects);
	rec_out_init(&out, &rec_reject, f, s->json, NULL);
	for (size_t i = 0; i < p->n; i++) {
		const struct pick_item *it = p->item[i];
		char *v[J_N] = { [J_ID] = it->v[Q_ID],
		    [J_STAGE] = (char *)it->stage, [J_CODE] = (char *)it->code,
		    [J_FACT] = (char *)it->fact, [J_TITLE] = it->v[Q_TITLE] };

		if (it->stage)
			rec_put(&out, v);
	}
	rec_out_end(&out);
	if (fflush(f) != 0 || ferror(f) || fclose(f) != 0)
		die_errno(EXIT_FAIL, "cannot write '%s'", s->rejects);
}

static int
pick(const struct settings *s)
{
	struct rec_out out;
	struct pick p;
	size_t n;

	rec_out_init(&out, &rec_queue, stdout, s->json, s->columns);
	pick_read(&p, stdin, "standard input", s->rejects);
	pick_decide(&p, &s->limits);
	if (s->rejects)
		write_rejects(&p, s);
	else if (!s->quiet)
		say_refused(&p);
	for (size_t i = 0; i < p.n; i++)
		if (!p.item[i]->stage)
			rec_put(&out, p.item[i]->v);
	n = out.n_rec;
	rec_out_end(&out);
	if (!n && !s->rejects && !s->quiet && !any_ready(&p))
		warn("no task is ready");
	pick_release(&p);
	return n ? EXIT_OK : EXIT_NONE;
}

int
main(int argc, char *argv[])
{
	struct settings s = { 0 };
	struct pick_limits *l = &s.limits;
	struct arena arena = { 0 };
	int c;

	set_progname(argv[0]);
	pick_no_limits(l);
	while ((c = getopt_long(argc, argv, "+b:C:c:hjLm:O:o:qR:V", longopts,
	    NULL)) != -1)
		switch (c) {
		case 'b': parse_limit_by(l, optarg); break;
		case 'C': s.dir = optarg; break;
		case 'c': l->count = parse_number("count", optarg, 1); break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': s.json = true; break;
		case 'L': rec_list_columns(&rec_queue, stdout); finish(EXIT_OK);
		case 'm': l->workers = parse_number("limit", optarg, 0); break;
		case 'O': s.owner = optarg; break;
		case 'o': s.columns = optarg; break;
		case 'q': s.quiet = true; break;
		case 'R': s.rejects = optarg; break;
		case 'V': version();
		default: usage(EXIT_USAGE, usage_text);
		}
	if (optind != argc)
		usage(EXIT_USAGE, usage_text);
	if (isatty(STDIN_FILENO))
		die(EXIT_USAGE, "standard input is a terminal, "
		    "try: jared-queue | jared-pick");
	configure(&s, &arena);
	finish(pick(&s));
}
