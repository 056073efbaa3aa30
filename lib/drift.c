#include "drift.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "git.h"
#include "hash.h"
#include "ports.h"
#include "procid.h"
#include "run.h"
#include "sign.h"

const char *
drift_name(enum drift_kind k)
{
	static const char *const names[DR_N] = {
		[DR_UNSETTLED] = "unsettled", [DR_INTERRUPTED] = "interrupted",
		[DR_UNRECONCILED] = "unreconciled", [DR_LANDED_OPEN] = "landed_open",
		[DR_METADATA] = "metadata_drift", [DR_EDITED] = "root_task_edited",
		[DR_ORPHAN] = "register_orphan", [DR_PORT] = "port_leak",
		[DR_DEBRIS] = "debris",
	};

	return names[k];
}

const char *
drift_fix_name(enum drift_fix f)
{
	static const char *const names[] = { [FIX_NONE] = NULL,
		[FIX_SETTLE] = "settle", [FIX_REMOVE] = "remove",
		[FIX_CLOSE] = "remove", [FIX_KILL] = "kill", [FIX_DONE] = "done" };

	return names[f];
}

struct drift *
drift_add(struct drifts *d, enum drift_kind kind, const char *id, int64_t attempt,
    int64_t since, const char *fact)
{
	GROW(d->v, d->n, d->cap);
	d->v[d->n] = (struct drift){ .kind = kind, .id = id, .attempt = attempt,
	    .since = since, .fact = fact };
	return &d->v[d->n++];
}

/* --- an attempt and its task --- */

struct look {
	struct drifts *d;
	struct queue *q;
	const struct ledger *l;
	const struct attempt *at;   /* the newest */
	const struct task *task;    /* NULL: its file is gone */
	struct run_verdict v;
	bool over, landed;
	struct sign_hands *hands;
};

static struct drift *
found(struct look *k, enum drift_kind kind, int64_t since, const char *fact)
{
	struct drift *dr = drift_add(k->d, kind, k->at->id, k->at->n, since, fact);

	dr->title = k->at->title;
	return dr;
}

static bool
is_closed(const struct look *k)
{
	return k->task && !k->task->error &&
	    (k->task->word == ST_DONE || k->task->word == ST_CANCELLED);
}

/* What the journal has yet to learn, and what a person has yet to decide. */
static void
look_at_end(struct look *k)
{
	const struct run_verdict *v = &k->v;
	struct sign s;

	if (k->at->state == AT_RUNNING && k->over) {
		found(k, DR_UNSETTLED, v->since, v->state == RS_INTERRUPTED ?
		    "supervisor and agent are gone" :
		    "it has ended")->fix = FIX_SETTLE;
		return;
	}
	if (k->at->state == AT_CLAIMED && v->state == RS_UNKNOWN) {
		found(k, DR_UNSETTLED, v->since,
		    "it was claimed and never ran")->fix = FIX_SETTLE;
		return;
	}
	if (k->landed && k->task && !k->task->error && !is_closed(k))
		found(k, DR_LANDED_OPEN, k->at->ended.wall, arena_printf(&k->d->arena,
		    "it has landed, and %s says %s", k->task->file, k->task->status ?
		    k->task->status : status_word_name(k->task->word)))->fix = FIX_DONE;
	if (k->landed || is_closed(k) ||
	    !sign_of_run(&k->q->world, k->hands, k->at, v, &k->d->arena, &s))
		return;
	if (s.code == SN_WORKER_GONE && v->state == RS_INTERRUPTED)
		found(k, DR_INTERRUPTED, s.since, "its work is kept; jared-mark unpark "
		    "lets it go on");
	else if (s.code == SN_UNRECONCILED)
		found(k, DR_UNRECONCILED, s.since, s.fact);
}

/* A whole file: its front matter's word, what all of it hashes to, and when it
 * was written.  False: there is none. */
struct copy { const struct task *task; uint64_t body; int64_t written; };

static bool
read_copy(struct look *k, const char *file, struct copy *out)
{
	struct task_reader rd = { .repo = &k->q->repo, .layout = &k->q->layout,
	    .arena = &k->d->arena };
	struct buf text = BUF_INIT;
	struct stat st;
	bool ok = fstatat(k->q->repo.rootfd, file, &st, 0) == 0;

	if (ok) {
		out->task = task_read_whole(&rd, file, NULL, &text);
		out->written = st.st_mtim.tv_sec;
		out->body = hash_fnv(text.s, text.len);
	}
	buf_release(&text);
	task_reader_release(&rd);
	return ok && out->task;
}

/* Commits of its own will carry what the branch says into the base branch. */
static bool
has_commits(const struct look *k)
{
	char tip[GIT_OID], *ref = k->at->branch ?
	    arena_printf(&k->d->arena, "refs/heads/%s", k->at->branch) : NULL;

	return ref && k->at->base && git_ref_read(k->q->repo.commonfd, ref, tip) == 0 &&
	    strcmp(tip, k->at->base) != 0;
}

static const char *
word_in(const struct copy *c)
{
	return c->task->error ? "invalid" : c->task->status ? c->task->status :
	    status_word_name(c->task->word);
}

/* A worker that fails leaves its copy in progress, and that is no news. */
static bool
is_final(const struct task *t)
{
	return !t->error && (t->word == ST_DONE || t->word == ST_CANCELLED ||
	    t->word == ST_BLOCKED);
}

static void
look_at_copies(struct look *k)
{
	const struct attempt *at = k->at;
	struct copy root, tree;
	uint64_t claimed;
	bool edited, worked;

	if (k->landed || is_closed(k) || !at->file || !at->worktree || !at->body ||
	    at->trash || at->task->unparked)
		return;
	if (!read_copy(k, at->file, &root))
		return;
	claimed = strtoull(at->body, NULL, 16);
	/* A task that is not in git has no copy there. */
	if (!read_copy(k, arena_printf(&k->d->arena, "%s/%s", at->worktree, at->file),
	    &tree))
		tree = (struct copy){ .task = root.task, .body = claimed };
	edited = root.body != claimed;
	worked = tree.body != claimed;
	if (root.body == tree.body)
		return;
	if (edited && worked) {
		found(k, DR_METADATA, root.written > tree.written ? root.written :
		    tree.written, arena_printf(&k->d->arena, "both copies were "
		    "edited: %s in %s, %s in the worktree", word_in(&root), at->file,
		    word_in(&tree)));
	} else if (edited && !k->over) {
		found(k, DR_EDITED, root.written, arena_printf(&k->d->arena,
		    "%s is not what its worker was given", at->file));
	} else if (worked && k->over && is_final(tree.task) && !has_commits(k)) {
		found(k, DR_METADATA, tree.written, arena_printf(&k->d->arena,
		    "%s in the worktree, %s in %s, and no commit carries it over",
		    word_in(&tree), word_in(&root), at->file));
	}
}

/* --- ports --- */

static void
look_at_ports(struct look *k, const unsigned char *listens)
{
	const struct attempt *at = k->at;
	struct arena *a = &k->d->arena;

	if (!k->over || k->v.alive || at->state == AT_RELEASED)
		return;
	for (int64_t p = at->port_lo; p > 0 && p <= at->port_hi && p < PORTS_N; p++) {
		const char *const cookie[] = {
			arena_printf(a, "JARED_ATTEMPT=%s.%" PRId64, at->id, at->n),
			arena_printf(a, "JARED_STATE=%s", k->q->repo.state), NULL };

		/* Its range may be somebody else's by now. */
		if (!listens[p] || !proc_env_carried(cookie))
			continue;
		found(k, DR_PORT, at->ended.wall, arena_printf(a,
		    "port %" PRId64 " is still listened to", p))->fix = FIX_KILL;
		return;
	}
}

static int
in_order(const void *a, const void *b)
{
	const struct drift *x = a, *y = b;
	int r = strcmp(x->id, y->id);

	return r ? r : x->kind != y->kind ? (int)x->kind - (int)y->kind :
	    x->attempt < y->attempt ? -1 : x->attempt > y->attempt;
}

static void
look_at(struct look *k, enum drift_scope scope, const unsigned char *listens)
{
	const struct queue *q = k->q;

	while (k->at && k->at->state == AT_RELEASED)
		k->at = k->at->older;
	for (const struct attempt *at = k->l->newest; at; at = at->older)
		k->landed |= at->proof != NULL;
	if (!k->at)
		return;
	k->task = tasks_get(&q->tasks, k->at->id);
	state_run(&q->world, k->at, &k->d->arena, &k->v);
	k->over = k->v.state == RS_EXITED || k->v.state == RS_KILLED ||
	    k->v.state == RS_INTERRUPTED;
	look_at_copies(k);
	if (!k->task && !k->over && k->v.alive)
		found(k, DR_ORPHAN, k->v.since, "a worker lives, and its task is gone");
	if (scope == DRIFT_SIGNALS)
		return;
	look_at_end(k);
	look_at_ports(k, listens);
}

void
drift_find(struct drifts *d, struct queue *q, enum drift_scope scope)
{
	struct sign_hands hands = { .known = false };
	unsigned char *listens = NULL;

	*d = (struct drifts){ 0 };
	if (scope == DRIFT_ALL) {
		listens = arena_alloc(&d->arena, PORTS_N);
		ports_listening(listens);
	}
	drift_look_around(d, q, scope);
	for (const struct ledger *l = q->journal.first; l; l = l->next) {
		struct look k = { .d = d, .q = q, .l = l, .at = l->newest,
		    .hands = &hands };

		look_at(&k, scope, listens);
	}
	if (d->n)
		qsort(d->v, d->n, sizeof *d->v, in_order);
}

void
drift_release(struct drifts *d)
{
	free(d->v);
	arena_release(&d->arena);
	*d = (struct drifts){ 0 };
}
