#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prefix.h"
#include "runfiles.h"
#include "settle.h"
#include "tree.h"

/* --- step 2: the worktree --- */

static int
add_worktree(struct dispatcher *d, struct claim *c)
{
	const struct tree t = { .path = claim_path(d, c->name.worktree),
	    .branch = c->name.branch, .base = c->name.base,
	    .reason = tree_reason(&d->arena, c->task->id, c->n) };
	const char *why;

	if (tree_add(&d->q->repo, &t, &d->arena, &why) == 0)
		return 0;
	claim_refuse(d, c, errno == ETIMEDOUT ? EXIT_RETRY : EXIT_FAIL, "worktree", why);
	return -1;
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

static int
make_worktree(struct dispatcher *d, struct claim *c)
{
	int lock, r;

	if (c->resume)
		return 0;
	lock = tree_lock_git(&d->q->repo);
	if (lock < 0) {
		claim_refuse(d, c, EXIT_RETRY, "git-lock", "held for too long");
		return -1;
	}
	if (settle_debris(&d->q->world, &d->q->journal) < 0 ||
	    tree_exclude(&d->q->repo, &d->q->config) < 0)
		warn_errno("cannot tidy git's directory");
	r = add_worktree(d, c);
	close(lock);
	return r;
}

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
unmake_worktree(struct dispatcher *d, const struct claim *c)
{
	const struct attempt *at = journal_attempt(&d->q->journal, c->task->id, c->n);
	const char *path = claim_path(d, c->name.worktree);
	const char *ref = arena_printf(&d->arena, "refs/heads/%s", c->name.branch);
	const char *const unlock[] = { "worktree", "unlock", "--", path, NULL };
	const char *const discard[] = { "worktree", "remove", "--", path, NULL };
	const char *const drop[] = { "update-ref", "-d", ref, c->name.base, NULL };
	char oid[GIT_OID];
	int lock;

	if (c->resume || !at || at->state != AT_RELEASED ||
	    git_ref_read(d->q->repo.commonfd, ref, oid) < 0)
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

	/* A session of this name can only be ours: attempts are unique. */
	if (tmux_new_session(&d->tmux, c->name.session, argv, &d->arena, &why) == 0 ||
	    errno == EEXIST) {
		c->waiting = true;
	} else if (errno == ETIMEDOUT) {
		c->status = EXIT_RETRY;
		c->code = "tmux";
		c->fact = "did not answer in time; the next beat will know";
	} else {
		claim_refuse(d, c, EXIT_FAIL, "tmux", why ? why : strerror(errno));
	}
}

void
launch(struct dispatcher *d, struct claim *c)
{
	char *gitdir;

	if (make_worktree(d, c) < 0)
		return;
	gitdir = tree_gitdir(&d->q->repo, claim_path(d, c->name.worktree), &d->arena);
	if (!gitdir)
		claim_refuse(d, c, EXIT_FAIL, "tampered", arena_printf(&d->arena,
		    "%s/.git does not point where it should", c->name.worktree));
	else if (furnish(d, c) == 0 && runfiles_write(d, c, gitdir) == 0)
		start_session(d, c);
	if (c->code)
		unmake_worktree(d, c);
}
