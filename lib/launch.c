#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prefix.h"
#include "progress.h"
#include "runfiles.h"
#include "settle.h"
#include "tree.h"

/* --- step 2: the worktree --- */

static void
no_worktree(struct dispatcher *d, struct claim *c, const char *why)
{
	claim_refuse(d, c, errno == ETIMEDOUT ? EXIT_RETRY : EXIT_FAIL, "worktree", why);
}

/* A worktree that git is writing. */
struct writing {
	struct claim *c;
	int lock;                   /* lock/git, or -1: nothing is being written */
	struct proc git;
};

static void
make_worktree(struct dispatcher *d, struct claim *c, struct writing *w)
{
	const char *why;

	*w = (struct writing){ .c = c, .lock = -1 };
	if (c->status != EXIT_OK || c->resume)
		return;
	w->lock = tree_lock_git(&d->q->repo);
	if (w->lock < 0) {
		claim_refuse(d, c, EXIT_RETRY, "git-lock", "held for too long");
		return;
	}
	if (settle_debris(&d->q->world, &d->q->journal) < 0 ||
	    tree_exclude(&d->q->repo, &d->q->config) < 0)
		warn_errno("cannot tidy git's directory");
	const struct tree t = { .path = claim_path(d, c->name.worktree),
	    .branch = c->name.branch, .base = c->name.base,
	    .reason = tree_reason(&d->arena, c->task->id, c->n) };
	if (tree_add_start(&d->q->repo, &t, &d->arena, &w->git, &why) < 0) {
		no_worktree(d, c, why);
		close(w->lock);
		w->lock = -1;
	}
}

static void
wait_worktree(struct dispatcher *d, struct writing *w)
{
	const char *why;

	if (w->lock < 0)
		return;
	if (tree_add_wait(&w->git, &d->arena, &why) < 0)
		no_worktree(d, w->c, why);
	else
		w->c->made = true;
	close(w->lock);
	w->lock = -1;
}

/* What git does not keep; an attempt that goes on has it already, but for its
 * ports. */
static int
furnish(struct dispatcher *d, struct claim *c)
{
	const char *why;

	if (tree_furnish(&d->q->repo, &d->q->config, claim_path(d, c->name.worktree),
	    c->port_lo, c->port_hi, &d->arena, &why) == 0)
		return 0;
	claim_refuse(d, c, EXIT_FAIL, "worktree", why);
	return -1;
}

/* --- step 4: the session --- */

static void
start_session(struct dispatcher *d, struct claim *c)
{
	const char *why = NULL;
	const char *const argv[] = {
		arena_printf(&d->arena, "%s/jared-run", prefix_libexec()),
		d->q->repo.state, c->task->id,
		arena_printf(&d->arena, "%lld", (long long)c->n), NULL,
	};

	if (tmux_new_session(&d->tmux, c->name.session, argv, &d->arena, &why) == 0) {
		c->waiting = true;
	} else if (errno == ETIMEDOUT) {
		c->status = EXIT_RETRY;
		c->code = "tmux";
		c->fact = "did not answer in time; the next beat will know";
	} else if (errno == EEXIST) {
		/* Attempts are unique: it is not ours. */
		claim_refuse(d, c, EXIT_FAIL, "tmux", arena_printf(&d->arena,
		    "session '%s' exists already; does another repository use '%s', too?",
		    c->name.session, d->tmux.socket));
	} else {
		claim_refuse(d, c, EXIT_FAIL, "tmux", why ? why : strerror(errno));
	}
}

/* Steps 3 and 4. */
static void
start(struct dispatcher *d, struct claim *c)
{
	char *gitdir;

	if (c->status != EXIT_OK)
		return;
	gitdir = tree_gitdir(&d->q->repo, claim_path(d, c->name.worktree), &d->arena);
	if (!gitdir)
		claim_refuse(d, c, EXIT_FAIL, "tampered", arena_printf(&d->arena,
		    "%s/.git does not point where it should", c->name.worktree));
	else if (furnish(d, c) == 0 && runfiles_write(d, c, gitdir) == 0)
		start_session(d, c);
}

/* --- and back --- */

static void
tidy(struct dispatcher *d, const char *const *args)
{
	struct proc p = { 0 };

	(void)git_run(&p, d->q->repo.root, args);
	proc_release(&p);
}

/* The attempt was released: nothing has run in its worktree, and nothing will.
 * A fault that lasts would leave one more at each beat.  git itself refuses to
 * remove what is not as it was made. */
static void
undo(struct dispatcher *d, const struct claim *c)
{
	const struct attempt *at = journal_attempt(&d->q->journal, c->task->id, c->n);

	if (!c->made || !at || at->state != AT_RELEASED)
		return;
	const char *path = claim_path(d, c->name.worktree);
	const char *ref = arena_printf(&d->arena, "refs/heads/%s", c->name.branch);
	const char *const unlock[] = { "worktree", "unlock", "--", path, NULL };
	const char *const discard[] = { "worktree", "remove", "--", path, NULL };
	const char *const drop[] = { "update-ref", "-d", ref, c->name.base, NULL };
	char oid[GIT_OID];
	int lock;

	if (git_ref_read(d->q->repo.commonfd, ref, oid) < 0)
		return;
	lock = tree_lock_git(&d->q->repo);
	if (lock < 0)
		return;
	tidy(d, unlock);
	tidy(d, discard);
	if (!naming_taken(&d->q->world, c->name.worktree))
		tidy(d, drop);
	close(lock);
}

void
launch(struct dispatcher *d, const struct want *w, size_t n, struct claim *c)
{
	struct writing writing;
	struct progress p;

	progress_begin(&p, "starting");
	claim_take(d, &w[0], false, &c[0]);
	for (size_t i = 0; i < n; i++) {
		progress_step(&p, i, n, w[i].task->id);
		make_worktree(d, &c[i], &writing);
		if (i > 0)
			start(d, &c[i - 1]);
		if (i + 1 < n)
			claim_take(d, &w[i + 1], false, &c[i + 1]);
		wait_worktree(d, &writing);
		/* It takes the same lock. */
		if (i > 0)
			undo(d, &c[i - 1]);
	}
	start(d, &c[n - 1]);
	undo(d, &c[n - 1]);
	claim_wait(d, c, n);
	progress_end(&p);
}
