#include "cleanable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "beneath.h"
#include "fs.h"
#include "linked.h"
#include "run.h"
#include "strays.h"
#include "survey.h"
#include "tree.h"
#include "treefiles.h"

static void
keep(struct cleanable *c, const char *code, const char *fact)
{
	if (c->code)
		return;
	c->code = code;
	c->fact = fact;
}

/* --- which there are --- */

static void
locate(const struct world *w, struct cleanable *c, struct arena *a)
{
	const char *path = repo_path(w->repo, c->at->worktree, a);
	char *real = NULL, *gitdir, oid[GIT_OID];
	struct stat st;

	if (lstat(path, &st) == 0) {
		real = S_ISDIR(st.st_mode) ? fs_realpath(path) : NULL;
		c->worktree = real ? arena_strdup(a, real) : path;
		if (!real)
			keep(c, "tampered", "the worktree is no directory");
		free(real);
		gitdir = git_worktree_dir(w->repo->common, c->worktree);
		c->gitdir = gitdir ? arena_strdup(a, gitdir) : NULL;
		free(gitdir);
	} else {
		c->gitdir = linked_find(w->repo->common, path, a);
	}
	c->has_branch = c->at->branch && git_ref_read(w->repo->commonfd,
	    arena_printf(a, "refs/heads/%s", c->at->branch), oid) == 0;
}

static bool
same_place(const struct attempt *x, const struct attempt *y)
{
	return x->worktree && y->worktree && strcmp(x->worktree, y->worktree) == 0;
}

/* Is there a later attempt in the same worktree, one that ran, or is this one
 * that did not? */
static bool
is_shadowed(const struct attempt *at)
{
	for (const struct attempt *x = at->task->newest; x; x = x->older)
		if (x != at && same_place(x, at) && (x->trash ||
		    (x->n > at->n ? x->state != AT_RELEASED : at->state == AT_RELEASED)))
			return true;
	return false;
}

size_t
cleanable_find(const struct world *w, const char *id, struct arena *a,
    struct cleanable **out)
{
	struct cleanable *v = NULL;
	size_t n = 0, cap = 0;

	for (const struct ledger *l = w->journal->first; l; l = l->next)
		for (const struct attempt *at = l->newest; at; at = at->older) {
			struct cleanable c = { .at = at, .bytes = -1 };

			if ((id && strcmp(id, at->id) != 0) || at->trash ||
			    !at->worktree || is_shadowed(at))
				continue;
			locate(w, &c, a);
			if (!c.worktree && !c.gitdir && !c.has_branch)
				continue;
			GROW(v, n, cap);
			v[n++] = c;
		}
	*out = arena_alloc(a, (n + 1) * sizeof *v);
	if (n)
		memcpy(*out, v, n * sizeof *v);
	free(v);
	return n;
}

/* --- what needs no git --- */

static void
check_alive(const struct world *w, struct cleanable *c)
{
	const struct attempt *newest = c->at->task->newest;
	const int statefd = w->repo->statefd;

	if (newest->state == AT_CLAIMED || newest->state == AT_RUNNING)
		keep(c, "open", newest->state == AT_CLAIMED ? "claimed" : "running");
	else if (run_alive(statefd, c->at->id) != LOCK_FREE)
		keep(c, "alive", "something of it still lives");
	else if (run_disp(statefd, c->at->id, newest->n) != LOCK_FREE)
		keep(c, "open", "a dispatcher is at work on it");
}

static bool
within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (!path[n] || path[n] == '/');
}

/* Ours is what bears our reason, of an attempt that was in this very place, and
 * points back at itself. */
static void
check_ours(const struct world *w, struct cleanable *c, struct arena *a)
{
	const char *reason, *back;
	char id[TASK_ID_MAX + 1], *here = fs_realpath(".");
	const struct attempt *by;
	int64_t n;

	if (c->worktree && here && within(here, c->worktree))
		keep(c, "caller", "we are in it ourselves");
	free(here);
	if (!c->gitdir) {
		if (c->worktree)
			keep(c, "tampered", ".git does not name a worktree of this repository");
		return;
	}
	reason = linked_line(c->gitdir, "locked", a);
	if (!reason || tree_reason_parse(reason, id, &n) < 0 ||
	    strcmp(id, c->at->id) != 0 || !(by = journal_attempt(w->journal, id, n)) ||
	    !same_place(by, c->at))
		keep(c, "not-ours", reason ? reason : "it is not locked by us");
	back = linked_line(c->gitdir, "gitdir", a);
	if (c->worktree && (!back ||
	    strcmp(back, arena_printf(a, "%s/.git", c->worktree)) != 0))
		keep(c, "tampered", "git's directory names another place");
}

static void
check_operation(struct cleanable *c, struct arena *a)
{
	const char *sign = linked_operation(c->gitdir, a);

	if (sign)
		keep(c, "operation", sign);
	if (survey_has_files(arena_printf(a, "%s/refs", c->gitdir)))
		keep(c, "worktree-ref", "it has references of its own");
}

static void
check_elsewhere(const struct world *w, struct cleanable *c, struct arena *a)
{
	const char *where = linked_elsewhere(w->repo->common, c->gitdir, c->at->branch, a);

	if (where)
		keep(c, "checked-out", where);
}

/* --- commits --- */

static void
check_head(const struct world *w, struct cleanable *c, struct arena *a)
{
	const char *head = c->gitdir ? linked_line(c->gitdir, "HEAD", a) : NULL;
	const char *want = arena_printf(a, "ref: refs/heads/%s", c->at->branch);
	struct strays s;

	if (!c->gitdir)
		return;
	if (!head)
		keep(c, "tampered", "it has no HEAD");
	else if (strncmp(head, "ref: ", 5) == 0 && strcmp(head, want) != 0)
		keep(c, "other-branch", head + 5);
	if (strays_find(w->repo->root, w->repo->common, c->gitdir, c->at->branch,
	    c->landed.tip, &s, a) < 0) {
		keep(c, "unseen", "git cannot tell its commits");
		return;
	}
	c->keep = s.oid;
	c->n_keep = s.n;
	if (head && strncmp(head, "ref: ", 5) != 0)
		for (size_t i = 0; i < s.n; i++)
			if (strcmp(s.oid[i], head) == 0)
				keep(c, "detached", head);
	if (s.detached)
		keep(c, "detached", s.detached);
}

/* Would the next attempt go on in it?  After a landed one there is none, nor of
 * a task that is done or cancelled. */
static bool
is_current(const struct world *w, const struct attempt *at)
{
	const struct attempt *x = at->task->newest;

	if (ledger_landed(at->task) || (w->tasks && state_closed(w, at->id)))
		return false;
	while (x && x->state == AT_RELEASED)
		x = x->older;
	return x && same_place(x, at);
}

static void
find_proof(const struct world *w, struct cleanable *c, struct arena *a)
{
	const struct landed *l = &c->landed;

	if (l->still)
		c->proof = c->at->proof;
	else if (l->proof != LANDED_NOT)
		c->proof = landed_name(l->proof);
	else if (*l->tip && strcmp(l->tip, c->at->base) == 0 && !is_current(w, c->at))
		c->proof = "empty";
	if (c->proof && !c->at->proof && is_current(w, c->at) &&
	    c->at != c->at->task->newest)
		keep(c, "open", "a later attempt never ran, and the next would go on here");
	if (c->proof)
		return;
	if (!*l->tip)
		keep(c, "no-branch", c->at->branch);
	else if (strcmp(l->tip, c->at->base) == 0 || !l->own)
		keep(c, "no-commits", "the branch has none of its own");
	else
		keep(c, "not-landed", l->ahead > 0 ?
		    arena_printf(a, "ahead=%d", l->ahead) : "ahead=unknown");
}

static void
prove(const struct world *w, struct cleanable *v, size_t n, struct arena *a)
{
	struct landed *l = arena_alloc(a, (n + 1) * sizeof *l);
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		v[i].landed.at = v[i].at;
		if (!v[i].at->branch || !v[i].at->base || !v[i].at->onto)
			keep(&v[i], "not-ours", "the journal does not say where it began");
		else
			landed_tip(w, v[i].at, v[i].landed.tip);
		if (!v[i].code)
			l[k++] = v[i].landed;
	}
	landed_prove(w, l, k, LANDED_ALL);
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (!v[i].code) {
			v[i].landed = l[k++];
			find_proof(w, &v[i], a);
		}
}

/* --- files and processes --- */

static void
check_files(const struct world *w, struct cleanable *c, const char *path,
    struct arena *a)
{
	struct survey s;
	struct treefiles f;

	survey_tree(path, &s, a);
	c->bytes = s.bytes;
	if (s.mount)
		keep(c, "mount", s.mount);
	if (s.nested)
		keep(c, "nested", s.nested);
	if (s.unreadable)
		keep(c, "unreadable", s.unreadable);
	if (c->code)
		return;
	treefiles_look(w->repo, path, &f, a);
	if (f.code)
		keep(c, f.code, f.fact);
}

static void
check_processes(struct cleanable *const *c, const char *const *path, size_t n,
    struct arena *a)
{
	pid_t *who = arena_alloc(a, (n + 1) * sizeof *who);

	beneath(path, n, who);
	for (size_t i = 0; i < n; i++)
		if (who[i] == BENEATH_UNKNOWN)
			keep(c[i], "process", "/proc cannot be read");
		else if (who[i])
			keep(c[i], "process", arena_printf(a, "pid=%ld", (long)who[i]));
}

void
cleanable_check(const struct world *w, struct cleanable *v, size_t n,
    struct arena *a)
{
	struct cleanable **in = arena_alloc(a, (n + 1) * sizeof *in);
	const char **path = arena_alloc(a, (n + 1) * sizeof *path);
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		check_alive(w, &v[i]);
		check_ours(w, &v[i], a);
	}
	prove(w, v, n, a);
	for (size_t i = 0; i < n; i++) {
		if (v[i].gitdir && !v[i].code)
			check_operation(&v[i], a);
		if (!v[i].code)
			check_elsewhere(w, &v[i], a);
		if (!v[i].code)
			check_head(w, &v[i], a);
		if (v[i].worktree && !v[i].code) {
			in[k] = &v[i];
			path[k++] = v[i].worktree;
		}
	}
	check_processes(in, path, k, a);
	for (size_t i = 0; i < k; i++)
		if (!in[i]->code)
			check_files(w, in[i], path[i], a);
}

void
cleanable_recheck(const struct world *w, struct cleanable *c, const char *place,
    struct arena *a)
{
	struct landed now = { .at = c->at };
	struct cleanable again = *c;

	landed_tip(w, c->at, now.tip);
	if (strcmp(now.tip, c->landed.tip) != 0)
		keep(c, "raced", "the branch moved");
	check_alive(w, c);
	if (c->gitdir)
		check_operation(c, a);
	check_elsewhere(w, c, a);
	check_head(w, &again, a);
	/* The archive holds by now those that there were. */
	if (again.code || again.n_keep > 0)
		keep(c, "raced", "there are new commits");
	if (place) {
		check_processes(&c, &place, 1, a);
		if (!c->code)
			check_files(w, c, place, a);
	}
}
