#include "landed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fact.h"
#include "fs.h"
#include "glass.h"
#include "tsv.h"

enum {
	PER_BEAT = 8,               /* branches asked about at once by a beat */
	GIT_MS = 30000,             /* for each question */
	MEMORY_MAX = 4 << 20,
};

static const char *const names[LANDED_N] = {
	[LANDED_PR] = "pr", [LANDED_ANCESTOR] = "ancestor", [LANDED_TREE] = "tree",
	[LANDED_MERGE] = "merge", [LANDED_PATCH] = "patch-id",
};

const char *
landed_name(enum landed_proof p)
{
	return names[p];
}

void
landed_tip(const struct world *w, const struct attempt *at, char tip[GIT_OID])
{
	char *ref = xasprintf("refs/heads/%s", at->branch);

	if (git_ref_read(w->repo->commonfd, ref, tip) < 0)
		snprintf(tip, GIT_OID, "%s", at->tip ? at->tip : "");
	free(ref);
}

/* Does a move of a branch, as its log tells it ("merge main: Fast-forward",
 * "rebase (finish): refs/heads/… onto …"), put it where other commits are? */
static bool
takes_over(const char *what)
{
	return strncmp(what, "commit", 6) != 0 && (strncmp(what, "branch: ", 8) == 0 ||
	    strncmp(what, "reset: ", 7) == 0 || strstr(what, " (finish): ") ||
	    strcasestr(what, ": fast-forward"));
}

/* A branch that was only brought up to its base branch has its commits and none
 * of its own.  Without a log (git-reflog(1)) there is no telling. */
bool
landed_own_work(const struct world *w, const struct attempt *at)
{
	char *path = xasprintf("logs/refs/heads/%s", at->branch);
	struct buf b = BUF_INIT;
	bool own = fs_read(w->repo->commonfd, path, 1 << 20, &b) < 0 || b.len == 0;

	for (char *s = b.s, *line; !own && (line = strsep(&s, "\n")) && *line;) {
		const char *what = strchr(line, '\t');

		own = !what || !takes_over(what + 1);
	}
	buf_release(&b);
	free(path);
	return own;
}

/* --- what was asked before --- */

/* Lines "tip base word": these two were asked about, and there was no proof. */
struct memory {
	struct buf text, next;
};

static void
memory_line(struct buf *b, const char *tip, const char *base, const char *word)
{
	tsv_add(b, tip, '\t');
	tsv_add(b, base, '\t');
	tsv_add(b, word, '\n');
}

static bool
remembers(struct memory *m, const char *tip, const char *base)
{
	struct buf line = BUF_INIT;
	bool found;

	memory_line(&line, tip, base, "no");
	found = strstr(m->text.s, line.s) != NULL;
	if (!found) {
		/* It could not be told then, and would cost as much now. */
		buf_reset(&line);
		memory_line(&line, tip, base, "unknown");
		found = strstr(m->text.s, line.s) != NULL;
	}
	if (found)
		buf_add(&m->next, line.s, line.len);
	buf_release(&line);
	return found;
}

/* Only what was of use this time is kept. */
static void
memory_close(const struct world *w, struct memory *m)
{
	int dir;

	if (m->next.len != m->text.len || memcmp(m->next.s, m->text.s, m->text.len) != 0) {
		dir = fs_open_dir(w->repo->statefd, "fact");
		if (dir >= 0) {
			(void)fs_replace_fast(dir, "unlanded", m->next.s, m->next.len);
			close(dir);
		}
	}
	buf_release(&m->text);
	buf_release(&m->next);
}

/* --- cheap: facts and ancestry --- */

static void
from_facts(const struct world *w, struct landed *v, size_t n)
{
	struct arena a = { 0 };
	struct fact_pr *pr;
	size_t n_pr = fact_prs(w->repo->statefd, &a, &pr);

	for (size_t i = 0; i < n && n_pr; i++)
		if (*v[i].tip && fact_merged(pr, n_pr, v[i].at->branch, v[i].tip,
		    v[i].at->onto))
			v[i].proof = LANDED_PR;
	arena_release(&a);
}

/* All of one base branch by one question: how far are they ahead, and does it
 * still hold the commits that the journal says it had? */
static void
count_ahead(const struct world *w, struct landed *v, size_t n, const char *onto)
{
	struct git_tip *tip = xrealloc_array(NULL, 2 * n, sizeof *tip);
	char *ref = xasprintf("refs/heads/%s", onto), base[GIT_OID];
	size_t k = 0;

	if (git_ref_read(w->repo->commonfd, ref, base) == 0) {
		for (size_t i = 0; i < n; i++) {
			const struct attempt *at = v[i].at;

			if (strcmp(at->onto, onto) != 0)
				continue;
			memcpy(v[i].in, base, sizeof base);
			if (*v[i].tip)
				tip[k++] = (struct git_tip){ v[i].tip, -1 };
			if (at->landed_in)
				tip[k++] = (struct git_tip){ at->landed_in, -1 };
		}
		(void)git_ahead(w->repo->root, base, tip, k);
		k = 0;
		for (size_t i = 0; i < n; i++) {
			const struct attempt *at = v[i].at;

			if (strcmp(at->onto, onto) != 0)
				continue;
			if (*v[i].tip)
				v[i].ahead = tip[k++].ahead;
			if (at->landed_in)
				v[i].still = tip[k++].ahead == 0 && at->proof &&
				    at->landed_oid && strcmp(at->landed_oid, v[i].tip) == 0;
		}
	}
	free(ref);
	free(tip);
}

static void
from_ancestry(const struct world *w, struct landed *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t before = 0;

		while (strcmp(v[before].at->onto, v[i].at->onto) != 0)
			before++;
		if (before == i)
			count_ahead(w, v, n, v[i].at->onto);
	}
	for (size_t i = 0; i < n; i++) {
		v[i].own = *v[i].tip && strcmp(v[i].tip, v[i].at->base) != 0 &&
		    landed_own_work(w, v[i].at);
		if (v[i].proof == LANDED_NOT && v[i].ahead == 0 && v[i].own)
			v[i].proof = LANDED_ANCESTOR;
	}
}

/* --- dear: trees, merges, patches --- */

struct question {
	struct landed *of;
	char fork[GIT_OID];         /* where the branch left the base branch */
	char tree[3][GIT_OID];      /* of base branch, branch and fork; "" unknown */
	bool answered;
};
enum { T_BASE, T_TIP, T_FORK };

/* One word of git's answer, at most an object id: 0; 1 and its exit status in
 * *code; -1 if it did not answer. */
static int
ask(const struct glass *g, const char *const *args, char out[GIT_OID], int *code)
{
	struct proc p = { .timeout_ms = GIT_MS };
	int r = glass_run(g, &p, args);

	*code = p.code;
	*out = '\0';
	if (r == 0 && (p.code == 0 || p.code == 1))
		snprintf(out, GIT_OID, "%.*s", (int)strcspn(p.out.s, "\n"), p.out.s);
	r = r < 0 || p.code < 0 || p.code > 1 ? -1 : p.code;
	proc_release(&p);
	return r;
}

static void
find_fork(const struct glass *g, struct question *q)
{
	const char *const args[] = { "merge-base", q->of->in, q->of->tip, NULL };
	int code;

	if (ask(g, args, q->fork, &code) != 0)
		*q->fork = '\0';
}

/* The trees of all, by one process. */
static void
find_trees(const struct glass *g, struct question *q, size_t n)
{
	static const char *const args[] =
	    { "cat-file", "--batch-check=%(objectname)", NULL };
	struct buf in = BUF_INIT;
	struct proc p = { .timeout_ms = GIT_MS };
	char *s, *line;

	for (size_t i = 0; i < n; i++)
		buf_addf(&in, "%s^{tree}\n%s^{tree}\n%s^{tree}\n", q[i].of->in,
		    q[i].of->tip, *q[i].fork ? q[i].fork : "none");
	p.in = in.s;
	p.in_len = in.len;
	if (glass_run(g, &p, args) == 0 && p.code == 0) {
		s = p.out.s;
		for (size_t i = 0; i < 3 * n && (line = strsep(&s, "\n")); i++)
			if (!strchr(line, ' '))
				snprintf(q[i / 3].tree[i % 3], GIT_OID, "%s", line);
	}
	proc_release(&p);
	buf_release(&in);
}

/* 1: it does; 0: it does not; -1. */
static int
merge_adds_nothing(const struct glass *g, const struct question *q)
{
	const char *const args[] = { "merge-tree", "--write-tree", "--no-messages",
		q->of->in, q->of->tip, NULL };
	char tree[GIT_OID];
	int code, r = ask(g, args, tree, &code);

	/* 1 is a conflict. */
	return r < 0 ? -1 : r == 0 && strcmp(tree, q->tree[T_BASE]) == 0;
}

/* Does the base branch have the same change as each commit up to tip? */
static int
has_patches(const struct glass *g, const struct question *q, const char *tip)
{
	char *range = xasprintf("%s...%s", q->of->in, tip), count[GIT_OID];
	const char *const args[] = { "rev-list", "--count", "--cherry-pick",
		"--right-only", range, NULL };
	int code, r = ask(g, args, count, &code);

	free(range);
	return r != 0 ? -1 : strcmp(count, "0") == 0;
}

/* The same of all of them in one. */
static int
has_squash(const struct glass *g, const struct question *q)
{
	const char *const args[] = { "commit-tree", "-p", q->fork, "-m", "squash",
		q->tree[T_TIP], NULL };
	char one[GIT_OID];
	int code;

	return ask(g, args, one, &code) == 0 ? has_patches(g, q, one) : -1;
}

static void
answer(const struct glass *g, struct question *q)
{
	static int (*const dear[])(const struct glass *, const struct question *) =
	    { merge_adds_nothing, NULL, has_squash };
	static const enum landed_proof proof[] =
	    { LANDED_MERGE, LANDED_PATCH, LANDED_PATCH };
	int r = 0;

	q->answered = true;
	if (!*q->tree[T_BASE] || !*q->tree[T_TIP] || !*q->tree[T_FORK])
		q->answered = false;
	else if (strcmp(q->tree[T_TIP], q->tree[T_FORK]) == 0)
		return;
	else if (strcmp(q->tree[T_TIP], q->tree[T_BASE]) == 0)
		q->of->proof = LANDED_TREE;
	else
		for (int i = 0; i < 3 && q->of->proof == LANDED_NOT; i++) {
			r = dear[i] ? dear[i](g, q) : has_patches(g, q, q->of->tip);
			if (r > 0)
				q->of->proof = proof[i];
			if (r < 0)
				q->answered = false;
		}
}

static void
from_contents(const struct world *w, struct landed *v, size_t n,
    enum landed_effort effort)
{
	struct question *q = xrealloc_array(NULL, n + 1, sizeof *q);
	struct memory m = { BUF_INIT, BUF_INIT };
	struct glass g;
	size_t k = 0;

	if (effort == LANDED_BEAT)
		(void)fs_read(w->repo->statefd, "fact/unlanded", MEMORY_MAX, &m.text);
	for (size_t i = 0; i < n; i++) {
		if (v[i].proof != LANDED_NOT || v[i].ahead <= 0 || !v[i].own || !*v[i].in)
			continue;
		if (effort == LANDED_BEAT && remembers(&m, v[i].tip, v[i].in))
			continue;
		if (effort == LANDED_ALL || k < PER_BEAT)
			q[k++] = (struct question){ .of = &v[i] };
	}
	if (k && glass_open(&g, w->repo->statefd, w->repo->state, w->repo->common,
	    q[0].of->tip) == 0) {
		for (size_t i = 0; i < k; i++)
			find_fork(&g, &q[i]);
		find_trees(&g, q, k);
		for (size_t i = 0; i < k; i++) {
			answer(&g, &q[i]);
			if (q[i].of->proof == LANDED_NOT)
				memory_line(&m.next, q[i].of->tip, q[i].of->in,
				    q[i].answered ? "no" : "unknown");
		}
		glass_close(&g);
	}
	if (effort == LANDED_BEAT)
		memory_close(w, &m);
	free(q);
}

void
landed_prove(const struct world *w, struct landed *v, size_t n,
    enum landed_effort effort)
{
	for (size_t i = 0; i < n; i++) {
		v[i].proof = LANDED_NOT;
		v[i].ahead = -1;
		v[i].own = v[i].still = false;
		*v[i].in = '\0';
	}
	if (n == 0)
		return;
	from_facts(w, v, n);
	from_ancestry(w, v, n);
	from_contents(w, v, n, effort);
}
