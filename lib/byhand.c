#include "byhand.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "capacity.h"
#include "settle.h"
#include "setup.h"
#include "tree.h"
#include "workerenv.h"

enum { SETUP_MS = 4 * 3600 * 1000 };

int
byhand_ports(const struct queue *q, struct lease *l)
{
	l->lo = capacity_ports(&q->world);
	l->hi = l->lo + q->config.port_step - 1;
	if (l->lo)
		return EXIT_OK;
	warn("every port bundle is leased or in use");
	return EXIT_NONE;
}

/* Step 1; *fd is the lease's, from here on. */
static int
take(struct queue *q, struct lease *l, int *fd)
{
	int status = journal_lock(&q->journal);

	if (status != EXIT_OK)
		return status;
	status = byhand_ports(q, l);
	if (status == EXIT_OK) {
		*fd = lease_take(&q->repo, l);
		if (*fd < 0 && errno == EEXIST) {
			warn("%s: somebody makes it just now", l->name);
			status = EXIT_NONE;
		} else if (*fd < 0) {
			warn_errno("%s: cannot write the lease", l->name);
			status = EXIT_FAIL;
		}
	}
	journal_unlock(&q->journal);
	return status;
}

/* Step 2; *gitdir is git's directory of the new worktree. */
static int
add(struct queue *q, const struct lease *l, const char *path, const char *base,
    const char **gitdir)
{
	const struct tree t = { .path = path, .branch = l->branch, .base = base,
	    .reason = tree_reason(&q->arena, l->name, 0) };
	const char *why = "its .git does not point where it should";
	int lock = tree_lock_git(&q->repo);

	if (lock < 0) {
		warn("git's directory is locked for too long");
		return EXIT_RETRY;
	}
	if (settle_debris(&q->world, &q->journal) < 0 ||
	    tree_exclude(&q->repo, &q->config) < 0)
		warn_errno("cannot tidy git's directory");
	if (tree_add(&q->repo, &t, &q->arena, &why) == 0)
		*gitdir = tree_gitdir(&q->repo, path, &q->arena);
	/* It is complete, and a person's to remove. */
	if (*gitdir)
		(void)unlink(arena_printf(&q->arena, "%s/locked", *gitdir));
	close(lock);
	if (*gitdir)
		return EXIT_OK;
	if (journal_lock(&q->journal) == EXIT_OK)
		lease_drop(&q->repo, l->name);
	journal_unlock(&q->journal);
	warn("%s: %s", l->name, why);
	return EXIT_FAIL;
}

/* One of the setup commands. */
static int
run(struct queue *q, const struct lease *l, const char *path,
    const char **command, const char *const *env)
{
	struct proc p = { .argv = command, .env = env, .dir = path, .show = true,
	    .timeout_ms = SETUP_MS };
	int r = proc_run(&p);

	if (r < 0)
		warn_errno("%s: cannot run '%s'", l->name, *command);
	else if (p.code != 0)
		warn("%s: '%s' failed with %s %d; the worktree stays", l->name,
		    setup_shown(command, &q->arena), p.signal ? "signal" : "status",
		    p.signal ? p.signal : p.code);
	proc_release(&p);
	return r < 0 || p.code != 0 ? EXIT_FAIL : EXIT_OK;
}

static int
run_setup(struct queue *q, const struct lease *l, const char *path,
    const char *gitdir, bool told)
{
	int status = EXIT_OK;
	const char **env;

	for (const char **v = worker_ports(&q->config, l->lo, l->hi, &q->arena); *v; v++)
		putenv(xstrdup(*v));
	setenv("JARED_ROOT", q->repo.root, 1);
	env = proc_scrubbed_env();
	for (const char ***c = q->config.setup; c && *c && status == EXIT_OK; c++) {
		if (told)
			warn("%s: %s", l->name, setup_shown(*c, &q->arena));
		status = run(q, l, path, *c, env);
	}
	free(env);
	if (status == EXIT_OK)
		setup_note(gitdir, setup_hash(&q->repo, &q->config, &q->arena));
	return status;
}

int
byhand_make(struct queue *q, struct lease *l, const char *base, bool told)
{
	const char *path = repo_path(&q->repo, l->worktree, &q->arena);
	const char *gitdir = NULL, *why;
	int fd = -1, status = take(q, l, &fd);

	if (status == EXIT_OK)
		status = add(q, l, path, base, &gitdir);
	if (status == EXIT_OK && tree_furnish(&q->repo, &q->config, path, l->lo, l->hi,
	    &q->arena, &why) < 0) {
		warn("%s: %s; the worktree stays", l->name, why);
		status = EXIT_FAIL;
	}
	if (status == EXIT_OK)
		status = run_setup(q, l, path, gitdir, told);
	if (fd >= 0)
		close(fd);
	return status;
}
