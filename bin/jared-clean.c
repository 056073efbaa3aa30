/*
 * jared-clean - take away worktrees whose work has landed
 *
 * Says what it would take away and by which proof; with --yes it does it, by the
 * steps in clean.h.  What is in the trash can be brought back by --restore until
 * --purge deletes it after trash_days.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanrec.h"
#include "progress.h"
#include "restore.h"
#include "settle.h"
#include "view.h"
#include "who.h"

static const char usage_text[] =
    "usage: jared-clean [-aFjLqy] [-C dir] [-o column,...] [task ...]\n"
    "       jared-clean --restore [-Fjnq] [-C dir] [-o column,...] task ...\n"
    "       jared-clean --purge [-Fjqy] [-C dir] [-o column,...] [task ...]\n"
    "  -a, --all               records also of what is kept\n"
    "  -C, --directory DIR     work in the repository at DIR\n"
    "  -F, --force             also from inside a worker\n"
    "  -j, --json              write JSON Lines\n"
    "  -L, --list-columns      list the columns of a clean record\n"
    "  -n, --dry-run           with --restore: only say what would be done\n"
    "  -o, --columns LIST      write these columns\n"
    "  -P, --purge             delete what was taken away trash_days ago\n"
    "  -q, --quiet             no reasons for what is kept\n"
    "  -u, --restore           bring back what was taken away\n"
    "  -y, --yes               do it, do not only say it\n"
    "  -h, --help              print this\n"
    "  -V, --version           print the version\n";

static const struct option longopts[] = {
	{ "all",          no_argument,       NULL, 'a' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "dry-run",      no_argument,       NULL, 'n' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "purge",        no_argument,       NULL, 'P' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "restore",      no_argument,       NULL, 'u' },
	{ "version",      no_argument,       NULL, 'V' },
	{ "yes",          no_argument,       NULL, 'y' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns;
	bool all, dry, force, json, purge, quiet, restore, yes;
} opt;

struct tool {
	struct view view;
	struct layout layout;
	struct tasks tasks;
	struct rec_out out;
	struct cleannames names;        /* operands */
};

/* --- what is said --- */

static void
put(struct tool *t, const struct attempt *at, struct cleanrec r)
{
	char *v[K_N];

	cleanrec_fill(at, &r, v, &t->view.arena);
	rec_put(&t->out, v);
}

static void
put_kept(struct tool *t, const struct cleanable *c)
{
	if (opt.all)
		put(t, c->at, (struct cleanrec){ .action = "kept", .code = c->code,
		    .fact = c->fact, .oid = c->landed.tip, .bytes = c->bytes });
	/* Of what is at work only who asks is told. */
	else if (!opt.quiet && (t->names.n || strcmp(c->code, "open") != 0))
		warn("%s.%lld: %s%s%s", c->at->id, (long long)c->at->n, c->code,
		    c->fact ? ": " : "", c->fact ? c->fact : "");
}

/* --- the three verbs --- */

/* Take c away and say so; EXIT_OK, or why not. */
static int
take_away(struct tool *t, struct cleanable *c)
{
	struct certificate cert;
	int status, lock = clean_lock(&t->view.world);

	if (lock < 0)
		return EXIT_RETRY;
	status = clean_one(&t->view.world, &t->view.journal, c, &cert, &t->view.arena);
	close(lock);
	if (status != EXIT_OK)
		return status;
	clean_end_sessions(&t->view.world, c->at, &t->view.arena);
	put(t, c->at, (struct cleanrec){ .action = "removed", .proof = c->proof,
	    .oid = c->landed.tip, .bytes = c->bytes, .archive = cert.archive,
	    .trash = cert.name });
	return EXIT_OK;
}

static int
clean(struct tool *t)
{
	struct cleanable *v;
	struct progress p;
	size_t n, k = 0, done = 0;
	int status = EXIT_OK;

	/* Those that are done or cancelled have no next attempt. */
	layout_load(&t->layout, t->view.repo.root, &t->view.config, &t->view.arena);
	tasks_load(&t->tasks, &t->view.repo, &t->layout, WALK_TO_READ);
	t->view.world.tasks = &t->tasks;
	n = cleanable_find(&t->view.world, NULL, &t->view.arena, &v);
	for (size_t i = 0; i < n; i++)
		if (cleannames_want(&t->names, v[i].at))
			v[k++] = v[i];
	progress_begin(&p, "cleaning");
	cleanable_check(&t->view.world, v, k, &t->view.arena);
	for (size_t i = 0; i < k; i++) {
		progress_step(&p, i, k, v[i].at->id);
		if (!v[i].code && opt.yes)
			status = worse(status, take_away(t, &v[i]));
		else if (!v[i].code)
			put(t, v[i].at, (struct cleanrec){ .action = "remove",
			    .proof = v[i].proof, .oid = v[i].landed.tip,
			    .bytes = v[i].bytes });
		else if (t->names.n)
			status = worse(status, EXIT_NONE);
		if (v[i].code)
			put_kept(t, &v[i]);
		done += !v[i].code;
	}
	progress_end(&p);
	tasks_release(&t->tasks);
	return done || (opt.all && k) ? status : worse(status, EXIT_NONE);
}

static int
restore_named(struct tool *t, const char *name)
{
	int64_t n;
	const char *id = cleannames_task(&t->names, name, &n), *code, *fact;
	const struct attempt *at = id ? restore_find(&t->view.journal, id, n) : NULL;
	struct certificate cert;
	int status = EXIT_OK;

	if (!at) {
		if (!opt.quiet)
			warn("%s: nothing of it was taken away", name);
		return EXIT_NONE;
	}
	restore_check(&t->view.world, at, &cert, &code, &fact, &t->view.arena);
	if (code)
		status = EXIT_NONE;
	else if (!opt.dry)
		status = restore_one(&t->view.world, &t->view.journal, at, &cert, &code, &fact,
		    &t->view.arena);
	if (status == EXIT_OK)
		put(t, at, (struct cleanrec){ .action = opt.dry ? "restore" : "restored",
		    .proof = cert.proof, .oid = cert.oid, .bytes = -1,
		    .archive = cert.archive });
	else if (!opt.quiet)
		warn("%s.%lld: %s: %s", at->id, (long long)at->n, code, fact);
	return status;
}

static int
restore(struct tool *t)
{
	int status = EXIT_OK, lock = opt.dry ? -1 : clean_lock(&t->view.world);

	if (lock < 0 && !opt.dry)
		return EXIT_RETRY;
	for (size_t i = 0; i < t->names.n; i++)
		status = worse(status, restore_named(t, t->names.v[i]));
	if (lock >= 0)
		close(lock);
	return status;
}

static int
purge(struct tool *t)
{
	int r, status = EXIT_OK, lock = opt.yes ? clean_lock(&t->view.world) : -1;
	const struct attempt **v;
	size_t n, done = 0;

	if (lock < 0 && opt.yes)
		return EXIT_RETRY;
	n = purge_find(&t->view.world, &t->view.arena, &v);
	for (size_t i = 0; i < n; i++) {
		if (!cleannames_want(&t->names, v[i]))
			continue;
		r = !opt.yes ? EXIT_OK : purge_one(&t->view.world, &t->view.journal,
		    v[i], &t->view.arena);
		status = worse(status, r);
		done += r == EXIT_OK;
		if (r == EXIT_OK)
			put(t, v[i], (struct cleanrec){ .action = opt.yes ? "purged" :
			    "purge", .bytes = -1, .archive = v[i]->archive,
			    .trash = v[i]->trash });
	}
	if (!t->names.n)
		status = worse(status, purge_debris(&t->view.world, opt.yes, opt.quiet, &done));
	if (lock >= 0)
		close(lock);
	if (done == 0 && status == EXIT_OK && !opt.quiet)
		warn("nothing was taken away %" PRId64 " days ago or earlier",
		    t->view.config.trash_days);
	return done ? status : worse(status, EXIT_NONE);
}

/* --- the frame --- */

static int
open_tool(struct tool *t)
{
	bool writes = opt.yes || (opt.restore && !opt.dry);
	struct settled settled = { 0 };
	int lock, status = EXIT_OK;

	view_open(&t->view, opt.dir, writes ? REPO_STATE : REPO_GIT);
	rec_out_init(&t->out, &rec_clean, stdout, opt.json, opt.columns);
	cleannames_init(&t->names, &t->view.journal, &t->view.arena);
	if (writes)
		status = settle(&t->view.world, &t->view.journal, &settled);
	free(settled.at);
	if (!writes || status != EXIT_OK)
		return status;
	if ((lock = clean_lock(&t->view.world)) < 0)
		return EXIT_RETRY;
	status = restore_recover(&t->view.world, &t->view.journal, &t->view.arena);
	close(lock);
	return status;
}

static void
parse_options(int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+aC:FhjLno:PquVy", longopts, NULL)) != -1)
		switch (c) {
		case 'a': opt.all = true; break;
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': opt.json = true; break;
		case 'L': rec_list_columns(&rec_clean, stdout); finish(EXIT_OK);
		case 'n': opt.dry = true; break;
		case 'o': opt.columns = rec_columns(&rec_clean, optarg); break;
		case 'P': opt.purge = true; break;
		case 'q': opt.quiet = true; break;
		case 'u': opt.restore = true; break;
		case 'V': version();
		case 'y': opt.yes = true; break;
		default: usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	if (opt.dry && opt.yes)
		die(EXIT_USAGE, "-n and -y contradict each other");
	if (opt.restore && (opt.purge || optind == argc))
		usage(EXIT_USAGE, usage_text);
	if (opt.yes || (opt.restore && !opt.dry))
		who_refuse_worker(opt.force);
}

int
main(int argc, char *argv[])
{
	struct tool t = { .names = { .n = 0 } };
	int status;

	set_progname(argv[0]);
	parse_options(argc, argv);
	t.names.v = argv + optind;
	t.names.n = (size_t)(argc - optind);
	status = open_tool(&t);
	if (status == EXIT_OK)
		status = opt.restore ? restore(&t) : opt.purge ? purge(&t) : clean(&t);
	if (!opt.restore && cleannames_unmet(&t.names, opt.quiet ? NULL :
	    opt.purge ? "purge" : "clean"))
		status = worse(status, EXIT_NONE);
	rec_out_end(&t.out);
	view_close(&t.view);
	finish(status);
}
