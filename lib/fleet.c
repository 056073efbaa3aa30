#include "fleet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "git.h"
#include "look.h"
#include "repo.h"
#include "sign.h"
#include "tmux.h"

bool
fleet_is_over(const struct fleet_item *it)
{
	return run_state_is_over(it->verdict.state);
}

static int
by_id(const void *a, const void *b)
{
	const struct fleet_item *x = a, *y = b;

	return strcmp(x->at->id, y->at->id);
}

static void
collect(struct fleet *f, const struct world *w, bool all)
{
	f->item = arena_alloc(&f->arena, (w->journal->n_task + 1) * sizeof *f->item);
	for (struct ledger *l = w->journal->first; l; l = l->next) {
		struct fleet_item *it = &f->item[f->n];

		*it = (struct fleet_item){ .at = l->newest, .ahead = -1,
		    .dirty = -1, .landed = ledger_landed(l) != NULL };
		if (it->landed && !all)
			continue;
		while (!all && it->at && it->at->state == AT_RELEASED)
			it->at = it->at->older;
		f->n += it->at != NULL;
	}
	qsort(f->item, f->n, sizeof *f->item, by_id);
}

/* What those that live are at; where they are shown. */
static void
look_at_all(struct fleet *f, int ask)
{
	struct look *l = arena_alloc(&f->arena, (f->n + 1) * sizeof *l);
	const char *why = NULL;
	bool asked;

	for (size_t i = 0; i < f->n; i++)
		l[i] = (struct look){ .at = f->item[i].at, .verdict = &f->item[i].verdict };
	asked = look_at(l, f->n, f->world, ask & FLEET_TMUX ? LOOK_PANES :
	    LOOK_SCREENS, &f->arena, &why) == 0;
	if (!asked && !f->no_tmux)
		warn("panes are unknown: %s", why);
	f->no_tmux = !asked;
	for (size_t i = 0; i < f->n; i++)
		f->item[i].pane = l[i].pane;
}

/* The commit of a branch; NULL if its reference cannot be read. */
static const char *
branch_tip(struct fleet *f, const char *branch)
{
	char oid[GIT_OID];

	if (!branch || git_ref_read(f->world->repo->commonfd,
	    arena_printf(&f->arena, "refs/heads/%s", branch), oid) < 0)
		return NULL;
	return arena_strdup(&f->arena, oid);
}

/* Ask git once about all items from i on that count from the same base. */
static void
ask_ahead(struct fleet *f, const char **base, size_t i)
{
	const char *from = base[i];
	struct git_tip *tip = arena_alloc(&f->arena, f->n * sizeof *tip);
	size_t *whose = arena_alloc(&f->arena, f->n * sizeof *whose), n = 0;

	for (; i < f->n; i++) {
		if (!base[i] || strcmp(base[i], from) != 0)
			continue;
		tip[n].oid = f->item[i].tip;
		whose[n++] = i;
		base[i] = NULL;
	}
	if (git_ahead(f->world->repo->root, from, tip, n) < 0) {
		if (!f->no_git)
			warn_errno("cannot ask git how far branches are");
		f->no_git = true;
	}
	for (size_t k = 0; k < n; k++)
		f->item[whose[k]].ahead = tip[k].ahead;
}

/* A branch that is where it began is ahead by nothing: no need to ask. */
static void
count_ahead(struct fleet *f)
{
	const char **base = arena_alloc(&f->arena, (f->n + 1) * sizeof *base);
	const char *onto = NULL, *head = NULL;

	for (size_t i = 0; i < f->n; i++) {
		struct fleet_item *it = &f->item[i];
		const struct attempt *at = it->at;

		it->tip = at->trash ? NULL : branch_tip(f, at->branch);
		if (!it->tip)
			it->tip = it->verdict.tip;
		if (!onto || !at->onto || strcmp(onto, at->onto) != 0) {
			onto = at->onto;
			head = branch_tip(f, onto);
		}
		base[i] = head ? head : at->base;
		if (!it->tip || !at->base)
			base[i] = NULL;
		else if (strcmp(it->tip, at->base) == 0 || strcmp(it->tip, base[i]) == 0)
			it->ahead = 0;
		if (it->ahead == 0)
			base[i] = NULL;
	}
	for (size_t i = 0; i < f->n; i++)
		if (base[i])
			ask_ahead(f, base, i);
}

const struct fleet_item *
fleet_find(const struct fleet *f, const char *id)
{
	struct attempt at = { .id = id };
	struct fleet_item key = { .at = &at };

	return f && f->n ?
	    bsearch(&key, f->item, f->n, sizeof key, by_id) : NULL;
}

/* Over, and nothing of it is left that anybody would go on with. */
static bool
is_past(const struct fleet_item *it)
{
	return fleet_is_over(it) && (it->landed || !it->at->worktree || it->at->trash ||
	    it->verdict.state == RS_RELEASED);
}

static void
look_into_inbox(struct fleet *f, struct fleet_item *it)
{
	struct follow_left left;

	if (is_past(it))
		return;
	follow_left(f->world->repo, it->at, INBOX_HEADS, &left, &f->arena);
	it->messages = left.n + left.bad;
	it->sent = left.sent;
}

static void
look_for_changes(struct fleet *f, const struct fleet_item *was, struct fleet_item *it)
{
	const char *dir = it->at->worktree;

	if (!fleet_is_over(it) || is_past(it))
		return;
	if (was && was->at->n == it->at->n && fleet_is_over(was) && was->dirty >= 0)
		it->dirty = was->dirty;
	else
		it->dirty = git_dirty(f->world->repo->common,
		    repo_path(f->world->repo, dir, &f->arena));
}

void
fleet_look_for_signs(struct fleet *f)
{
	struct sign_hands hands = { .known = false };
	struct sign s;

	for (size_t i = 0; i < f->n; i++) {
		struct fleet_item *it = &f->item[i];

		it->signs = !it->landed && sign_of_run(f->world, &hands, it->at,
		    &it->verdict, &f->arena, &s) ? sign_name(s.code) : NULL;
	}
}

bool
fleet_wants_tasks(const struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->item[i].signs && !f->item[i].verdict.alive)
			return true;
	return false;
}

void
fleet_observe_again(struct fleet *f, const struct fleet *old,
    const struct world *w, int ask, bool all)
{
	*f = (struct fleet){ .world = w };
	if (old) {
		f->no_tmux = old->no_tmux;
		f->no_git = old->no_git;
	}
	collect(f, w, all);
	for (size_t i = 0; i < f->n; i++)
		state_run(w, f->item[i].at, &f->arena, &f->item[i].verdict);
	if ((ask & (FLEET_TMUX | FLEET_SCREENS)) && f->n)
		look_at_all(f, ask);
	fleet_look_for_signs(f);
	for (size_t i = 0; ask & FLEET_INBOXES && i < f->n; i++)
		look_into_inbox(f, &f->item[i]);
	if (!(ask & FLEET_GIT))
		return;
	count_ahead(f);
	for (size_t i = 0; i < f->n; i++)
		look_for_changes(f, ask & FLEET_TREES ? NULL :
		    fleet_find(old, f->item[i].at->id), &f->item[i]);
}

void
fleet_observe(struct fleet *f, const struct world *w, int ask, bool all)
{
	fleet_observe_again(f, NULL, w, ask, all);
}

void
fleet_release(struct fleet *f)
{
	arena_release(&f->arena);
	*f = (struct fleet){ .item = NULL };
}

static void
wake_state(struct wake *w, const struct repo *r, const char *name, enum wake_on on)
{
	char *path = xasprintf("%s/%s", r->state, name);

	wake_dir(w, path, on);
	free(path);
}

/* The directory that holds a branch's reference. */
static void
wake_branch(struct wake *w, const struct repo *r, const char *branch)
{
	char *path;

	if (!branch)
		return;
	path = xasprintf("%s/refs/heads/%s", r->common, branch);
	*strrchr(path, '/') = '\0';
	wake_dir(w, path, WAKE_CLOSED);
	free(path);
}

static void
wake_attempt(const struct fleet *f, const struct fleet_item *it, struct wake *w)
{
	const struct attempt *at = it->at;
	char *dir;

	wake_branch(w, f->world->repo, at->branch);
	wake_branch(w, f->world->repo, at->onto);
	if (fleet_is_over(it))
		return;
	dir = xasprintf("run/%s.%" PRId64, at->id, at->n);
	wake_state(w, f->world->repo, dir, WAKE_CLOSED);
	free(dir);
	wake_process(w, &at->pid);
	wake_process(w, &it->verdict.agent);
}

void
fleet_wake(const struct fleet *f, struct wake *w)
{
	const struct repo *r = f->world->repo;
	struct proc_id server;

	wake_forget(w);
	if (r->statefd < 0)
		wake_dir(w, r->common, WAKE_CLOSED);
	wake_state(w, r, "", WAKE_CLOSED);
	wake_state(w, r, "journal", WAKE_WRITTEN);
	/* A lock is let go by the closing of its file here. */
	wake_state(w, r, "run", WAKE_CLOSED);
	if (tmux_server(r->statefd, &server) == 0)
		wake_process(w, &server);
	for (size_t i = 0; i < f->n; i++)
		if (!f->item[i].landed)
			wake_attempt(f, &f->item[i], w);
}
