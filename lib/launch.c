#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "lock.h"
#include "prefix.h"
#include "runfiles.h"
#include "settle.h"

enum { GIT_WAIT_MS = 120000, ADD_TIMEOUT_MS = 600000 };

/* --- step 2: the worktree --- */

/* The worktrees directory must not show up as untracked; under lock/git. */
static int
exclude_worktrees(struct dispatcher *d)
{
	const char *dir = d->q->config.worktrees;
	struct buf b = BUF_INIT;
	char *line;
	int fd, r = 0;

	if (*dir == '/')
		return 0;
	line = arena_printf(&d->arena, "/%s/\n", dir);
	if (fs_read(d->q->repo.commonfd, "info/exclude", 1 << 20, &b) < 0 &&
	    errno != ENOENT)
		r = -1;
	if (r == 0 && strstr(b.s, line) == NULL) {
		bool torn = b.len && b.s[b.len - 1] != '\n';

		(void)mkdirat(d->q->repo.commonfd, "info", 0777);
		fd = openat(d->q->repo.commonfd, "info/exclude",
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		line = torn ? arena_printf(&d->arena, "\n%s", line) : line;
		r = fd < 0 || lseek(fd, 0, SEEK_END) < 0 ? -1 :
		    fs_write_all(fd, line, strlen(line));
		if (fd >= 0)
			close(fd);
	}
	buf_release(&b);
	return r;
}

static int
add_worktree(struct dispatcher *d, struct claim *c)
{
	char *reason = arena_printf(&d->arena, "jared:%s:%lld", c->task->id,
	    (long long)c->n);
	/* Writing files is the cost of a big checkout; git does it by threads
	 * only where there are many. */
	const char *const args[] = { "-c", "checkout.workers=8", "worktree", "add",
		"--quiet", "--no-track", "--lock", "--reason", reason, "-b",
		c->name.branch, "--", claim_path(d, c->name.worktree), c->name.base, NULL };
	struct proc p = { .timeout_ms = ADD_TIMEOUT_MS, .out = BUF_INIT, .err = BUF_INIT };
	int r = git_run(&p, d->q->repo.root, args);

	if (r < 0 || p.code != 0) {
		const char *what = r < 0 ? strerror(errno) : proc_complaint(&p);

		claim_refuse(d, c, r < 0 && errno == ETIMEDOUT ? EXIT_RETRY : EXIT_FAIL,
		    "worktree", arena_printf(&d->arena, "git worktree add: %s", what));
		r = -1;
	}
	proc_release(&p);
	return r;
}

/* The git directory of a worktree, from its .git file, if that is one of the
 * repository's and the two point at each other; NULL if something was tampered
 * with. */
static char *
worktree_gitdir(struct dispatcher *d, const char *worktree)
{
	/* The way there may lead through a link; git writes the real path. */
	char *real = fs_realpath(worktree), *gitdir = NULL;
	char *dot = arena_printf(&d->arena, "%s/.git", real ? real : worktree);
	char *ours = arena_printf(&d->arena, "gitdir: %s/worktrees/", d->q->repo.common);
	size_t len = strlen(ours);
	struct buf b = BUF_INIT, back = BUF_INIT;

	if (fs_read(AT_FDCWD, dot, 8192, &b) == 0 && strncmp(b.s, ours, len) == 0 &&
	    b.s[len] != '.' && !strchr(b.s + len, '/')) {
		b.s[strcspn(b.s, "\r\n")] = '\0';
		gitdir = arena_strdup(&d->arena, b.s + strlen("gitdir: "));
		char *file = arena_printf(&d->arena, "%s/gitdir", gitdir);

		if (fs_read(AT_FDCWD, file, 8192, &back) < 0)
			gitdir = NULL;
		back.s[strcspn(back.s, "\r\n")] = '\0';
		if (gitdir && strcmp(back.s, dot) != 0)
			gitdir = NULL;
	}
	buf_release(&b);
	buf_release(&back);
	free(real);
	return gitdir;
}

static int
lock_git(struct dispatcher *d)
{
	int dir = fs_open_dir(d->q->repo.statefd, "lock");
	int lock = dir < 0 ? -1 : lock_take(dir, "git", GIT_WAIT_MS);

	if (dir >= 0)
		close(dir);
	return lock;
}

static int
make_worktree(struct dispatcher *d, struct claim *c)
{
	int lock, r;

	if (c->resume)
		return 0;
	lock = lock_git(d);
	if (lock < 0) {
		claim_refuse(d, c, EXIT_RETRY, "git-lock", "held for too long");
		return -1;
	}
	if (settle_debris(&d->q->world, &d->q->journal) < 0 ||
	    exclude_worktrees(d) < 0)
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
	lock = lock_git(d);
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
	gitdir = worktree_gitdir(d, claim_path(d, c->name.worktree));
	if (!gitdir)
		claim_refuse(d, c, EXIT_FAIL, "tampered", arena_printf(&d->arena,
		    "%s/.git does not point where it should", c->name.worktree));
	else if (runfiles_write(d, c, gitdir) == 0)
		start_session(d, c);
	if (c->code)
		unmake_worktree(d, c);
}
