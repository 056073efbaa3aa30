#include "settle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "exits.h"
#include "fs.h"
#include "landed.h"
#include "lock.h"
#include "run.h"
#include "tree.h"

enum { GIT_WAIT_MS = 60000 };

/* --- what has ended --- */

/* Bring one open attempt to its end if it has one: 1, 0, or -1. */
static int
close_open(const struct world *w, struct journal *j, const struct attempt *at)
{
	struct arena a = { 0 };
	struct exit_record e;
	int dir, r;
	bool whole;

	if (run_disp(w->repo->statefd, at->id, at->n) != LOCK_FREE ||
	    run_alive(w->repo->statefd, at->id) != LOCK_FREE)
		return 0;
	dir = run_dir(w->repo->statefd, at->id, at->n, false);
	/* One of a run before the last says nothing of that. */
	whole = dir >= 0 && run_exit_read(dir, &e) == 0 && e.run >= at->runs;
	if (dir >= 0 && at->state == AT_CLAIMED)
		(void)run_spec_remove(dir);
	if (dir >= 0)
		close(dir);
	if (at->state == AT_CLAIMED) {
		const struct journal_kv kv = { "reason", "never-ran" };

		r = journal_append(j, at->id, at->n, EV_RELEASED, &kv, 1);
	} else if (whole) {
		r = exits_append(j, at->id, at->n, &e, true);
	} else {
		/* Another repository may have a task of that name. */
		const char *const cookie[] = {
			arena_printf(&a, "JARED_ATTEMPT=%s.%lld", at->id,
			    (long long)at->n),
			arena_printf(&a, "JARED_STATE=%s", w->repo->state), NULL,
		};
		bool carried = proc_env_carried(cookie);
		const struct journal_kv kv = { "reason", "gone" };

		arena_release(&a);
		if (carried)
			return 0;
		r = journal_append(j, at->id, at->n, EV_INTERRUPTED, &kv, 1);
	}
	return r < 0 ? -1 : 1;
}

/* --- what has landed --- */

static bool
may_have_landed(const struct attempt *at)
{
	return (at->state == AT_EXITED || at->state == AT_INTERRUPTED) &&
	    !at->proof && at->branch && at->base && at->onto;
}

/* The attempts with commits of their own, and what is known of each. */
static size_t
find_landed(const struct world *w, const struct journal *j, struct landed **out)
{
	struct landed *v = NULL;
	size_t n = 0, cap = 0;

	for (const struct ledger *l = j->first; l; l = l->next) {
		if (!l->newest || !may_have_landed(l->newest))
			continue;
		GROW(v, n, cap);
		v[n] = (struct landed){ .at = l->newest };
		landed_tip(w, l->newest, v[n].tip);
		if (*v[n].tip && strcmp(v[n].tip, l->newest->base) != 0)
			n++;
	}
	landed_prove(w, v, n, LANDED_BEAT);
	*out = v;
	return n;
}

static int
append_landed(const struct world *w, struct journal *j, const struct landed *v)
{
	const struct attempt *at = journal_attempt(j, v->at->id, v->at->n);
	const struct journal_kv kv[] = { { "proof", landed_name(v->proof) },
		{ "oid", v->tip },
		{ "in", v->proof != LANDED_PR && *v->in ? v->in : NULL } };
	char tip[GIT_OID];

	/* The journal may have moved on since git was asked. */
	if (v->proof == LANDED_NOT || !at || at->task->newest != at ||
	    !may_have_landed(at))
		return 0;
	landed_tip(w, at, tip);
	if (strcmp(tip, v->tip) != 0)
		return 0;
	return journal_append(j, at->id, at->n, EV_LANDED, kv, 3) < 0 ? -1 : 1;
}

/* --- debris --- */

/* True if FILE of an entry is missing, empty, all NUL, or holds the null object
 * id.  One that cannot be read may well be whole. */
static bool
hollow(int entry, const char *file)
{
	struct buf b = BUF_INIT;
	bool r = fs_read(entry, file, 64 * 1024, &b) < 0 ? errno == ENOENT :
	    b.s[strspn(b.s, "0 \n")] == '\0';

	buf_release(&b);
	return r;
}

/* The attempt an entry belongs to: by its lock reason, which git writes before
 * all else, or, if nothing was written yet, by the name of its directory. */
static const struct attempt *
entry_owner(const struct journal *j, int entry, const char *name)
{
	struct buf b = BUF_INIT;
	const struct attempt *found = NULL;
	char id[TASK_ID_MAX + 1];
	int64_t n;
	bool reason = fs_read(entry, "locked", 4096, &b) == 0 && b.len > 0;

	if (reason) {
		if (tree_reason_parse(b.s, id, &n) == 0)
			found = journal_attempt(j, id, n);
	} else if (hollow(entry, "gitdir")) {
		for (const struct ledger *l = j->first; l && !found; l = l->next)
			for (const struct attempt *at = l->newest; at && !found;
			    at = at->older) {
				const char *base = at->worktree ?
				    strrchr(at->worktree, '/') : NULL;

				if (base && strcmp(base + 1, name) == 0)
					found = at;
			}
	}
	buf_release(&b);
	return found;
}

/* Is it what jared-worktree was about to make, and is nobody at it any more? */
static bool
was_by_hand(const struct world *w, int entry)
{
	struct buf b = BUF_INIT;
	char name[TASK_ID_MAX + 1];
	int64_t n;
	int dir = fs_open_dir(w->repo->statefd, "worktree");
	bool left = dir >= 0 && fs_read(entry, "locked", 4096, &b) == 0 &&
	    tree_reason_parse(b.s, name, &n) == 0 && n == 0 &&
	    lock_probe(dir, name) == LOCK_FREE;

	if (dir >= 0)
		close(dir);
	buf_release(&b);
	return left;
}

static int
move_aside(const struct world *w, int worktrees, const char *name)
{
	char *to = xasprintf("trash/git-worktrees-%s.%lld", name,
	    (long long)clock_boot_ms());
	int r = renameat(worktrees, name, w->repo->statefd, to);

	if (r < 0 && errno == EXDEV &&
	    fs_mkdirs(w->repo->commonfd, "jared-trash") == 0) {
		char *near = xasprintf("jared-%s", to);

		near[strlen("jared-trash")] = '/';
		r = renameat(worktrees, name, w->repo->commonfd, near);
		free(near);
	}
	free(to);
	return r;
}

int
settle_debris(const struct world *w, const struct journal *j)
{
	int fd = fs_open_dir(w->repo->commonfd, "worktrees"), moved = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return errno == ENOENT ? 0 : -1;
	}
	while ((e = readdir(d))) {
		const struct attempt *at;
		int entry;

		if (e->d_name[0] == '.')
			continue;
		entry = fs_open_dir(dirfd(d), e->d_name);
		if (entry < 0)
			continue;
		if (hollow(entry, "HEAD") || hollow(entry, "commondir") ||
		    hollow(entry, "gitdir")) {
			at = entry_owner(j, entry, e->d_name);
			bool left = at ? at->state != AT_RUNNING &&
			    run_disp(w->repo->statefd, at->id, at->n) == LOCK_FREE :
			    was_by_hand(w, entry);

			if (left && move_aside(w, dirfd(d), e->d_name) == 0)
				moved++;
		} else if (was_by_hand(w, entry)) {
			/* git went on when jared-worktree was killed. */
			(void)unlinkat(entry, "locked", 0);
		}
		close(entry);
	}
	closedir(d);
	return moved;
}

/* Only attempts that were given up while being set up leave debris. */
static bool
may_have_debris(const struct journal *j)
{
	for (const struct ledger *l = j->first; l; l = l->next)
		for (const struct attempt *at = l->newest; at; at = at->older)
			if (at->state == AT_RELEASED)
				return true;
	return false;
}

static int
clear_debris(const struct world *w, const struct journal *j)
{
	int lock, dir = fs_open_dir(w->repo->statefd, "lock");

	if (dir < 0)
		return EXIT_FAIL;
	lock = lock_take(dir, "git", GIT_WAIT_MS);
	close(dir);
	if (lock < 0) {
		warn_errno("cannot lock git's directory");
		return EXIT_RETRY;
	}
	if (settle_debris(w, j) < 0)
		warn_errno("cannot look through git's worktrees");
	close(lock);
	return EXIT_OK;
}

static void
note(struct settled *out, size_t *cap, const struct attempt *at)
{
	GROW(out->at, out->n, *cap);
	out->at[out->n++] = at;
}

int
settle_attempt(const struct world *w, struct journal *j, const char *id, int64_t n)
{
	const struct attempt *at;
	int status = journal_lock(j), r = 1;

	if (status != EXIT_OK)
		return status;
	at = journal_attempt(j, id, n);
	if (at && (at->state == AT_CLAIMED || at->state == AT_RUNNING))
		r = close_open(w, j, at);
	if (r < 0)
		warn_errno("cannot write the journal");
	journal_unlock(j);
	return r > 0 ? EXIT_OK : r == 0 ? EXIT_RETRY : EXIT_FAIL;
}

int
settle(const struct world *w, struct journal *j, struct settled *out)
{
	struct landed *v = NULL;
	size_t cap = 0, n;
	int status, r = 0;

	*out = (struct settled){ .n = 0 };
	if (journal_refresh(j) < 0) {
		warn_errno("cannot read the journal");
		return EXIT_FAIL;
	}
	n = find_landed(w, j, &v);
	status = journal_lock(j);
	for (struct ledger *l = j->first; status == EXIT_OK && r >= 0 && l; l = l->next) {
		const struct attempt *at = l->newest;

		if (!at || (at->state != AT_CLAIMED && at->state != AT_RUNNING))
			continue;
		r = close_open(w, j, at);
		if (r > 0)
			note(out, &cap, at);
	}
	for (size_t i = 0; status == EXIT_OK && r >= 0 && i < n; i++) {
		r = append_landed(w, j, &v[i]);
		if (r > 0)
			note(out, &cap, journal_attempt(j, v[i].at->id, v[i].at->n));
	}
	if (r < 0) {
		warn_errno("cannot write the journal");
		status = EXIT_FAIL;
	}
	journal_unlock(j);
	free(v);
	if (status == EXIT_OK && may_have_debris(j))
		status = clear_debris(w, j);
	return status;
}
