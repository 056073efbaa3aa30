#include "clean.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "fs.h"
#include "lock.h"
#include "tmux.h"

enum { GIT_WAIT_MS = 120000 };

int
clean_lock(const struct world *w)
{
	int dir = fs_open_dir(w->repo->statefd, "lock");
	int lock = dir < 0 ? -1 : lock_take(dir, "git", GIT_WAIT_MS);

	if (dir >= 0)
		close(dir);
	if (lock < 0)
		warn_errno("cannot lock git's directory");
	return lock;
}

static int
refuse(struct cleanable *c, int status, const char *code, const char *fact)
{
	c->code = code;
	c->fact = fact;
	return status;
}

const char *
clean_git(const struct world *w, const char *const *args, const char **why,
    struct arena *a)
{
	const char *all[80] = { "-c", "core.fsync=all", "-c", "user.name=jared",
		"-c", "user.email=jared@localhost" };
	struct proc p = { 0 };
	const char *said = NULL;
	size_t n = 6;

	while (*args && n < 79)
		all[n++] = *args++;
	if (git_run(&p, w->repo->root, all) < 0)
		*why = arena_printf(a, "git: %s", strerror(errno));
	else if (p.code != 0)
		*why = arena_printf(a, "git: %s", proc_complaint(&p));
	else
		said = arena_strndup(a, p.out.s, strcspn(p.out.s, "\n"));
	proc_release(&p);
	return said;
}

/* --- step 3 --- */

static int
sync_refs(const struct world *w, const char *ref)
{
	char *path = xstrdup(ref), *slash;
	int r = 0;

	while (r == 0 && (slash = strrchr(path, '/'))) {
		int fd;

		*slash = '\0';
		fd = fs_open_dir(w->repo->commonfd, path);
		/* git removes those that become empty. */
		r = fd >= 0 ? fs_sync_dir(fd) : errno == ENOENT ? 0 : -1;
		if (fd >= 0)
			close(fd);
	}
	free(path);
	return r;
}

/* A living git holds it for an instant. */
void
clean_unlock_ref(const struct world *w, const char *ref)
{
	char *lock = xasprintf("%s.lock", ref);

	for (int i = 0; i < 20 && faccessat(w->repo->commonfd, lock, F_OK, 0) == 0; i++)
		clock_sleep_ms(50);
	(void)unlinkat(w->repo->commonfd, lock, 0);
	free(lock);
}

/* One commit that has all the others for parents, in rounds, because git takes
 * a few dozen of them at a time. */
static const char *
gather(const struct world *w, const struct cleanable *c, const char *old,
    const char **why, struct arena *a)
{
	enum { ROUND = 16 };
	const char *top = c->landed.tip;
	size_t i = 0;

	while (top && (i < c->n_keep || old)) {
		const char *args[8 + 2 * (ROUND + 2)] = { "commit-tree", "--no-gpg-sign",
			"-m", arena_printf(a, "jared: commits of %s.%lld", c->at->id,
			(long long)c->at->n), "-p", top };
		size_t n = 6;

		for (int k = 0; k < ROUND && i < c->n_keep; k++) {
			args[n++] = "-p";
			args[n++] = c->keep[i++];
		}
		if (old) {
			args[n++] = "-p";
			args[n++] = old;
			old = NULL;
		}
		args[n++] = arena_printf(a, "%s^{tree}", c->landed.tip);
		top = clean_git(w, args, why, a);
	}
	return top;
}

static int
archive(const struct world *w, const struct cleanable *c, const char *ref,
    const char **why, struct arena *a)
{
	char old[GIT_OID] = "";
	const char *top;

	if (git_ref_read(w->repo->commonfd, ref, old) < 0 && errno != ENOENT) {
		*why = arena_printf(a, "%s: %s", ref, strerror(errno));
		return -1;
	}
	if (strcmp(old, c->landed.tip) == 0 && c->n_keep == 0)
		return 0;
	top = gather(w, c, *old && strcmp(old, c->landed.tip) != 0 ?
	    arena_strdup(a, old) : NULL, why, a);
	if (!top)
		return -1;
	const char *const args[] = { "update-ref", ref, top, old, NULL };
	clean_unlock_ref(w, ref);
	if (!clean_git(w, args, why, a))
		return -1;
	if (sync_refs(w, ref) < 0) {
		*why = "the archive reference cannot be synced";
		return -1;
	}
	return 0;
}

/* --- step 8, also after a crash --- */

static int
append_cleaned(const struct world *w, struct journal *j, const struct certificate *c)
{
	const char *root = w->repo->root;
	const struct journal_kv kv[] = {
		{ "proof", c->proof }, { "oid", c->oid }, { "branch", c->branch },
		{ "worktree", c->worktree && strncmp(c->worktree, root, strlen(root)) == 0 ?
		    repo_relative(w->repo, c->worktree) : c->worktree },
		{ "archive", c->archive }, { "trash", c->name },
	};
	int status = journal_lock(j);

	if (status != EXIT_OK)
		return status;
	if (journal_append(j, c->id, c->n, EV_CLEANED, kv, sizeof kv / sizeof *kv) < 0) {
		warn_errno("%s: cannot write the journal", c->id);
		status = EXIT_FAIL;
	}
	journal_unlock(j);
	return status;
}

static int
undo(const struct world *w, const struct certificate *cert)
{
	if (trash_put_back(cert) < 0) {
		warn_errno("%s: cannot be put back from trash/%s", cert->id, cert->name);
		return -1;
	}
	(void)trash_end(w->repo, cert);
	return 0;
}

/* Was it past step 7? */
static bool
is_finished(const struct world *w, const struct certificate *c)
{
	char *ref = xasprintf("refs/heads/%s", c->branch), oid[GIT_OID];
	bool has_branch = git_ref_read(w->repo->commonfd, ref, oid) == 0;

	free(ref);
	return !has_branch && !trash_there(c->worktree) && !trash_there(c->gitdir) &&
	    (c->tree || c->git || c->had_branch);
}

int
clean_recover(const struct world *w, struct journal *j, struct arena *a)
{
	char **names = trash_names(w->repo, a);
	int status = EXIT_OK;

	if (*names && journal_refresh(j) < 0) {
		warn_errno("cannot read the journal");
		return EXIT_FAIL;
	}
	for (; *names; names++) {
		struct certificate c;
		const struct attempt *at;

		if (trash_read(w->repo, *names, &c, a) < 0) {
			/* Nothing is moved before the certificate is there. */
			(void)trash_end(w->repo, &c);
			continue;
		}
		at = journal_attempt(j, c.id, c.n);
		if (!at || (at->trash && strcmp(at->trash, c.name) == 0))
			continue;
		clean_unlock_ref(w, arena_printf(a, "refs/heads/%s", c.branch));
		if (is_finished(w, &c))
			status = worse(status, append_cleaned(w, j, &c));
		else if (undo(w, &c) < 0)
			status = EXIT_FAIL;
	}
	return status;
}

/* --- all of it --- */

/* Step 1: no attempt may begin in it while, and after, it is moved. */
static int
fence(struct journal *j, struct cleanable *c)
{
	const struct landed *l = &c->landed;
	const struct journal_kv kv[] = { { "proof", c->proof }, { "oid", l->tip },
		{ "in", l->proof != LANDED_PR && *l->in ? l->in : NULL } };
	const struct attempt *at;
	int status = journal_lock(j);

	if (status != EXIT_OK)
		return refuse(c, status, "journal", "cannot be locked or read");
	at = journal_attempt(j, c->at->id, c->at->n);
	if (!at || at->trash || at->task->newest != c->at->task->newest ||
	    at->task->newest->state == AT_CLAIMED || at->task->newest->state == AT_RUNNING)
		status = refuse(c, EXIT_RETRY, "raced", "the journal went on");
	else if (l->proof != LANDED_NOT && at == at->task->newest && !at->proof &&
	    journal_append(j, at->id, at->n, EV_LANDED, kv, 3) < 0)
		status = refuse(c, EXIT_FAIL, "journal", strerror(errno));
	journal_unlock(j);
	return status;
}

static int
move_away(const struct world *w, struct cleanable *c, const struct certificate *cert,
    struct arena *a)
{
	const char *const drop[] = { "update-ref", "-d", "--no-deref",
		arena_printf(a, "refs/heads/%s", cert->branch), cert->oid, NULL };
	const char *why;

	if (archive(w, c, cert->archive, &why, a) < 0)
		return refuse(c, EXIT_FAIL, "archive", why);
	FAULT_POINT("clean-move");
	if (trash_move(cert->worktree, cert->tree) < 0)
		return refuse(c, EXIT_FAIL, "trash", arena_strdup(a, strerror(errno)));
	FAULT_POINT("clean-moved");
	if (!fault_is("no-recheck"))
		cleanable_recheck(w, c, cert->tree, a);
	if (c->code)
		return EXIT_NONE;
	if (trash_save_log(w->repo, cert) < 0 || trash_move(cert->gitdir, cert->git) < 0)
		return refuse(c, EXIT_FAIL, "trash", arena_strdup(a, strerror(errno)));
	if (cert->had_branch && !clean_git(w, drop, &why, a))
		return refuse(c, EXIT_NONE, "raced", why);
	if (sync_refs(w, drop[3]) < 0)
		return refuse(c, EXIT_FAIL, "trash", "references cannot be synced");
	return EXIT_OK;
}

int
clean_one(const struct world *w, struct journal *j, struct cleanable *c,
    struct certificate *cert, struct arena *a)
{
	int status = fence(j, c);

	if (status != EXIT_OK)
		return status;
	*cert = (struct certificate){ .id = c->at->id, .n = c->at->n, .proof = c->proof,
		.oid = c->landed.tip, .branch = c->at->branch, .had_branch = c->has_branch,
		.archive = arena_printf(a, "refs/jared/archive/%s/%lld", c->at->id,
		    (long long)c->at->n),
		.worktree = c->worktree, .gitdir = c->gitdir };
	if (trash_begin(w->repo, cert, a) < 0)
		return refuse(c, EXIT_FAIL, "trash", arena_strdup(a, strerror(errno)));
	status = move_away(w, c, cert, a);
	if (status != EXIT_OK && is_finished(w, cert))
		status = EXIT_OK;
	if (status != EXIT_OK && undo(w, cert) < 0)
		return refuse(c, EXIT_FAIL, "cut-off", cert->name);
	if (status == EXIT_OK)
		status = append_cleaned(w, j, cert);
	if (status != EXIT_OK && !c->code)
		return refuse(c, status, "cut-off", cert->name);
	return status;
}

void
clean_end_sessions(const struct world *w, const struct attempt *at, struct arena *a)
{
	const char *why;
	struct tmux t;

	if (tmux_init(&t, w->repo->state, w->repo->statefd, false, a, &why) < 0)
		return;
	for (const struct attempt *x = at; x; x = x->older)
		if (x->session && (x == at || (x->worktree && at->worktree &&
		    strcmp(x->worktree, at->worktree) == 0)))
			(void)tmux_kill_session(&t, x->session);
	tmux_release(&t);
}
