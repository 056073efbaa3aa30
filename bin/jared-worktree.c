/*
 * jared-worktree - make a worktree by hand, with ports and all that a worker gets
 *
 * In which order, and what a crash leaves behind, stands in byhand.h.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byhand.h"
#include "clock.h"
#include "git.h"
#include "lease.h"
#include "naming.h"
#include "queue.h"
#include "setup.h"
#include "taskid.h"

static const char usage_text[] =
    "usage: jared-worktree [-FhjLnqV] [-b branch] [-B base] [-C dir] [-o columns] [name]\n"
    "       jared-worktree -t [-C dir]\n"
    "\n"
    "Make a worktree of that name as workers get them; without a name list those made.\n"
    "\n"
    "  -b, --branch BRANCH   check out this branch, made if need be; default: the name\n"
    "  -B, --base COMMIT     where a new branch starts; default: as for workers\n"
    "  -C, --directory DIR   work in the repository of DIR\n"
    "  -F, --force           also if a task has that name, and from inside a worker\n"
    "  -j, --json            write JSON Lines\n"
    "  -L, --list-columns    print the columns of a worktree record and exit\n"
    "  -n, --dry-run         make nothing, write the record that would be written\n"
    "  -o, --columns LIST    print these columns\n"
    "  -q, --quiet           do not tell the setup commands\n"
    "  -t, --trust           trust the setup commands of jared.yaml, and print them\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n";

static const struct option longopts[] = {
	{ "base", required_argument, NULL, 'B' },
	{ "branch", required_argument, NULL, 'b' },
	{ "columns", required_argument, NULL, 'o' },
	{ "directory", required_argument, NULL, 'C' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "force", no_argument, NULL, 'F' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "list-columns", no_argument, NULL, 'L' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "trust", no_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static struct {
	const char *dir, *columns, *branch, *base;
	bool force, json, dry, quiet, trust;
} opt;

static void
put(struct queue *q, const struct lease *l, struct rec_out *out)
{
	const char **name = q->config.port_names;
	struct buf names = BUF_INIT;
	char since[CLOCK_TEXT];

	for (int64_t i = 0; name && name[i] && l->lo + i <= l->hi; i++)
		buf_addf(&names, "%s%s=%lld", i ? "," : "", name[i], (long long)(l->lo + i));
	char *v[TR_N] = {
		[TR_ID] = (char *)l->name,
		[TR_STATE] = (char *)(l->making ? "making" : "made"),
		[TR_BRANCH] = (char *)l->branch,
		[TR_PORTS] = arena_printf(&q->arena, "%lld-%lld", (long long)l->lo,
		    (long long)l->hi),
		[TR_NAMES] = names.len ? names.s : NULL,
		[TR_SINCE] = clock_format(l->since, since),
		[TR_WORKTREE] = (char *)repo_path(&q->repo, l->worktree, &q->arena),
	};
	rec_put(out, v);
	buf_release(&names);
}

static int
list(struct queue *q, struct rec_out *out)
{
	struct lease *v;
	size_t n = lease_list(&q->repo, &q->arena, &v);

	for (size_t i = 0; i < n; i++)
		put(q, &v[i], out);
	return n ? EXIT_OK : EXIT_NONE;
}

static int
trust(struct queue *q)
{
	const char ***c = q->config.setup;

	if (!c) {
		warn("jared.yaml has no setup commands");
		return EXIT_NONE;
	}
	if (setup_trust(&q->repo, &q->config) < 0)
		die_errno(EXIT_FAIL, "cannot write it down");
	for (; *c; c++)
		puts(setup_shown(*c, &q->arena));
	return EXIT_OK;
}

static void
check_name(struct queue *q, const char *name, const char *worktree)
{
	if (!taskid_valid(name))
		die(EXIT_USAGE, "bad name '%s', valid: letters in lower case, digits and '-'",
		    name);
	if (!opt.force && tasks_get(&q->tasks, name))
		die(EXIT_NONE, "%s: a task has that name, and its worker would not find "
		    "room: choose another (--force takes it)", name);
	if (naming_taken(&q->world, worktree))
		die(EXIT_NONE, "%s: '%s' exists already", name, worktree);
}

/* Where a new branch starts; NULL: the branch is there. */
static const char *
base_of(struct queue *q, const char *branch)
{
	char oid[GIT_OID], *head;
	const char *base = opt.base ? opt.base : q->config.base;

	if (git_ref_read(q->repo.commonfd, arena_printf(&q->arena, "refs/heads/%s", branch),
	    oid) == 0) {
		if (opt.base)
			die(EXIT_NONE, "branch '%s' exists already: leave out --base", branch);
		return NULL;
	}
	if (base)
		return base;
	head = git_head_branch(q->repo.commonfd);
	base = head ? arena_strdup(&q->arena, head) : "HEAD";
	free(head);
	return base;
}

static int
make(struct queue *q, const char *name, struct rec_out *out)
{
	struct lease l = { .name = name, .branch = opt.branch ? opt.branch : name,
	    .worktree = arena_printf(&q->arena, "%s/%s", q->config.worktrees, name),
	    .since = clock_now() };
	const char *base;
	int status;

	check_name(q, name, l.worktree);
	setup_need_trust(&q->repo, &q->config);
	base = base_of(q, l.branch);
	status = opt.dry ? byhand_ports(q, &l) : byhand_make(q, &l, base, !opt.quiet);
	if (status == EXIT_OK)
		put(q, &l, out);
	return status;
}

static void
parse_options(int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+b:B:C:FjLno:qthV", longopts, NULL)) != -1)
		switch (c) {
		case 'b': opt.branch = optarg; break;
		case 'B': opt.base = optarg; break;
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'j': opt.json = true; break;
		case 'L': rec_list_columns(&rec_tree, stdout); finish(EXIT_OK);
		case 'n': opt.dry = true; break;
		case 'o': opt.columns = rec_columns(&rec_tree, optarg); break;
		case 'q': opt.quiet = true; break;
		case 't': opt.trust = true; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'V': version();
		default:  usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	if (argc - optind > (opt.trust ? 0 : 1))
		usage(EXIT_USAGE, usage_text);
	/* A worker must not trust in a person's name, however it is forced. */
	if (getenv("JARED_ATTEMPT") && (opt.trust || (optind < argc && !opt.force)))
		die(EXIT_NONE, "refused inside a worker (JARED_ATTEMPT is set)");
}

int
main(int argc, char *argv[])
{
	struct rec_out out;
	struct queue q;
	int status;

	set_progname(argv[0]);
	parse_options(argc, argv);
	queue_open(&q, opt.dir, opt.dry || (optind == argc && !opt.trust) ?
	    REPO_GIT : REPO_STATE);
	if (opt.trust)
		finish(trust(&q));
	rec_out_init(&out, &rec_tree, stdout, opt.json, opt.columns);
	status = optind < argc ? make(&q, argv[optind], &out) : list(&q, &out);
	rec_out_end(&out);
	queue_release(&q);
	finish(status);
}
