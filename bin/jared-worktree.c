/*
 * jared-worktree - make a worktree by hand, with ports and all that a worker gets
 *
 *   1  lock journal; choose ports; write the lease, locked; unlock
 *   2  lock git; git worktree add; unlock
 *   3  copies, links, the ports file, the setup commands
 *   4  let go of the lease's lock: from here on it holds while the worktree is
 *      there
 *
 * Killed at 1 it leaves a lease that the next one sweeps out; at 2, debris that
 * settle moves aside; at 3, a worktree that is not complete.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capacity.h"
#include "clock.h"
#include "git.h"
#include "lease.h"
#include "naming.h"
#include "queue.h"
#include "settle.h"
#include "setup.h"
#include "taskid.h"
#include "tree.h"

enum { SETUP_MS = 4 * 3600 * 1000 };

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

/* Step 1; the lease's descriptor. */
static int
lease(struct queue *q, struct lease *l)
{
	int status = opt.dry ? EXIT_OK : journal_lock(&q->journal), fd = -1, err;

	if (status != EXIT_OK)
		finish(status);
	l->lo = capacity_ports(&q->world);
	l->hi = l->lo + q->config.port_step - 1;
	if (l->lo && !opt.dry)
		fd = lease_take(&q->repo, l);
	err = errno;
	if (!opt.dry)
		journal_unlock(&q->journal);
	if (l->lo == 0)
		die(EXIT_NONE, "every port bundle is leased or in use");
	if (fd < 0 && !opt.dry && err == EEXIST)
		die(EXIT_NONE, "%s: somebody makes it just now", l->name);
	errno = err;
	if (fd < 0 && !opt.dry)
		die_errno(EXIT_FAIL, "%s: cannot write the lease", l->name);
	return fd;
}

/* Step 2: git's directory of the new worktree. */
static const char *
add(struct queue *q, const struct lease *l, const char *path, const char *base)
{
	const struct tree t = { .path = path, .branch = l->branch, .base = base,
	    .reason = arena_printf(&q->arena, "jared:%s:0", l->name) };
	const char *why = "its .git does not point where it should", *gitdir = NULL;
	int lock = tree_lock_git(&q->repo);

	if (lock < 0)
		die(EXIT_RETRY, "git's directory is locked for too long");
	if (settle_debris(&q->world, &q->journal) < 0 ||
	    tree_exclude(&q->repo, &q->config) < 0)
		warn_errno("cannot tidy git's directory");
	if (tree_add(&q->repo, &t, &q->arena, &why) == 0)
		gitdir = tree_gitdir(&q->repo, path, &q->arena);
	/* It is complete, and a person's to remove. */
	if (gitdir)
		(void)unlink(arena_printf(&q->arena, "%s/locked", gitdir));
	close(lock);
	if (gitdir)
		return gitdir;
	if (journal_lock(&q->journal) == EXIT_OK)
		lease_drop(&q->repo, l->name);
	journal_unlock(&q->journal);
	die(EXIT_FAIL, "%s: %s", l->name, why);
}

static void
tell_ports(struct queue *q, const struct lease *l)
{
	const char **name = q->config.port_names;

	setenv("JARED_PORT", arena_printf(&q->arena, "%lld", (long long)l->lo), 1);
	setenv("JARED_ROOT", q->repo.root, 1);
	for (int64_t i = 0; name && name[i] && l->lo + i <= l->hi; i++)
		setenv(config_port_variable(name[i], &q->arena),
		    arena_printf(&q->arena, "%lld", (long long)(l->lo + i)), 1);
}

static void
run_setup(struct queue *q, const struct lease *l, const char *path, const char *gitdir)
{
	const char **env;

	tell_ports(q, l);
	env = proc_scrubbed_env();
	for (const char ***c = q->config.setup; c && *c; c++) {
		struct proc p = { .argv = *c, .env = env, .dir = path, .show = true,
		    .timeout_ms = SETUP_MS };

		if (!opt.quiet)
			warn("%s: %s", l->name, setup_shown(*c, &q->arena));
		if (proc_run(&p) < 0)
			die_errno(EXIT_FAIL, "%s: cannot run '%s'", l->name, **c);
		if (p.code != 0)
			die(EXIT_FAIL, "%s: '%s' failed with %s %d; the worktree stays",
			    l->name, setup_shown(*c, &q->arena),
			    p.signal ? "signal" : "status", p.signal ? p.signal : p.code);
		proc_release(&p);
	}
	free(env);
	setup_note(gitdir, setup_hash(&q->repo, &q->config, &q->arena));
}

static int
make(struct queue *q, const char *name, struct rec_out *out)
{
	struct lease l = { .name = name, .branch = opt.branch ? opt.branch : name,
	    .worktree = arena_printf(&q->arena, "%s/%s", q->config.worktrees, name),
	    .since = clock_now() };
	const char *path = repo_path(&q->repo, l.worktree, &q->arena);
	const char *base, *gitdir, *why;
	int fd;

	check_name(q, name, l.worktree);
	setup_need_trust(&q->repo, &q->config);
	base = base_of(q, l.branch);
	fd = lease(q, &l);
	if (!opt.dry) {
		gitdir = add(q, &l, path, base);
		if (tree_furnish(&q->repo, &q->config, path, l.lo, l.hi, &q->arena, &why) < 0)
			die(EXIT_FAIL, "%s: %s; the worktree stays", name, why);
		run_setup(q, &l, path, gitdir);
		close(fd);
	}
	put(q, &l, out);
	return EXIT_OK;
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
