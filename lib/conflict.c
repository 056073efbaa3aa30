#include "conflict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "glass.h"
#include "state.h"
#include "utf8.h"

enum {
	PER_BEAT = 256,             /* pairs asked about at once */
	ASK_MS = 60000,
	PATHS_MAX = 256,            /* kept of one conflict */
	PATHS_SHOWN = 4,
	MISUSE = 129,               /* git's word for what it does not know */
};

/* A branch and the one that it is to land in, as they are now. */
struct pair {
	const struct attempt *at;
	char head[GIT_OID], base[GIT_OID];
	struct fact_merge fact;     /* branch NULL: there is none yet */
	bool asked;
};

static bool
read_tip(const struct world *w, const char *branch, char oid[GIT_OID])
{
	char *ref = xasprintf("refs/heads/%s", branch);
	bool ok = git_ref_read(w->repo->commonfd, ref, oid) == 0;

	free(ref);
	return ok;
}

/* The attempt whose branch counts for that task; NULL: none does. */
static const struct attempt *
candidate(const struct world *w, const struct ledger *l)
{
	const struct attempt *at = l->newest;

	if (ledger_landed(l))
		return NULL;
	while (at && at->state == AT_RELEASED)
		at = at->older;
	return at && (at->state == AT_EXITED || at->state == AT_INTERRUPTED) &&
	    at->branch && at->base && at->onto && !at->trash &&
	    !state_closed(w, at->id) ? at : NULL;
}

/* All pairs that something may be asked about.  A branch that is where it began
 * has nothing to conflict with. */
static size_t
find_pairs(const struct world *w, struct pair **out)
{
	struct pair *v = NULL;
	size_t n = 0, cap = 0;

	for (const struct ledger *l = w->journal->first; l; l = l->next) {
		const struct attempt *at = candidate(w, l);

		if (!at)
			continue;
		GROW(v, n, cap);
		v[n] = (struct pair){ .at = at };
		if (read_tip(w, at->branch, v[n].head) &&
		    read_tip(w, at->onto, v[n].base) &&
		    strcmp(v[n].head, at->base) != 0 && strcmp(v[n].head, v[n].base) != 0)
			n++;
	}
	*out = v;
	return n;
}

/* --- git --- */

/* git's answers, in the order in which it was asked, each ended by an empty
 * string: "0" for a conflict, a tree, the paths. */
struct answers { const char *s, *end; };

static const char *
word(struct answers *in)
{
	const char *s = in->s, *nul = s < in->end ?
	    memchr(s, '\0', (size_t)(in->end - s)) : NULL;

	if (nul)
		in->s = nul + 1;
	return nul ? s : NULL;
}

/* A path has a line of its own, whatever it is called. */
static void
add_path(struct buf *b, const char *path)
{
	if (b->len)
		buf_addch(b, '\n');
	for (; *path; path++)
		buf_addch(b, *path == '\n' ? '?' : *path);
}

static bool
next_answer(struct answers *in, struct pair *p, struct arena *a)
{
	const char *status = word(in), *tree = status ? word(in) : NULL, *path;
	struct buf paths = BUF_INIT;
	size_t n = 0;

	while ((path = tree ? word(in) : NULL) && *path)
		if (n++ < PATHS_MAX)
			add_path(&paths, path);
	if (path) {
		p->fact.word = strcmp(status, "1") == 0 ? MERGE_CLEAN :
		    strcmp(status, "0") == 0 && n ? MERGE_CONFLICT : MERGE_UNKNOWN;
		if (p->fact.word == MERGE_CONFLICT)
			p->fact.paths = arena_strdup(a, paths.s);
	}
	buf_release(&paths);
	return path != NULL;
}

/* git ends at the first pair that it cannot merge, which it can no better the
 * next time. */
static void
take_answers(struct proc *p, bool ended, struct pair *v, size_t n, struct arena *a)
{
	struct answers in = { p->out.s, p->out.s + p->out.len };
	bool more = true, first = true;

	for (size_t i = 0; i < n; i++) {
		if (!v[i].asked)
			continue;
		more = more && next_answer(&in, &v[i], a);
		if (more)
			continue;
		if (!first && p->code != MISUSE) {
			v[i].fact.branch = NULL;
			continue;
		}
		if (first)
			warn("%s: cannot tell whether it conflicts: %s", v[i].at->branch,
			    ended ? proc_complaint(p) : strerror(errno));
		v[i].fact.word = MERGE_UNKNOWN;
		first = false;
	}
}

static void
ask(const struct world *w, struct pair *v, size_t n, struct arena *a)
{
	static const char *const args[] = { "merge-tree", "--write-tree",
		"--name-only", "--no-messages", "--stdin", NULL };
	struct buf in = BUF_INIT;
	struct proc p = { .timeout_ms = ASK_MS };
	struct glass g;
	size_t k = 0;

	for (size_t i = 0; i < n && k < PER_BEAT; i++) {
		if (v[i].fact.branch)
			continue;
		v[i].asked = true;
		v[i].fact = (struct fact_merge){ .branch = v[i].at->branch,
		    .head = v[i].head, .base = v[i].base, .time = w->now };
		buf_addf(&in, "%s %s\n", v[i].base, v[i].head);
		k++;
	}
	if (k && glass_open(&g, w->repo->statefd, w->repo->state, w->repo->common,
	    v[0].base) == 0) {
		p.in = in.s;
		p.in_len = in.len;
		take_answers(&p, glass_run(&g, &p, args) == 0, v, n, a);
		glass_close(&g);
	} else if (k) {
		warn_errno("cannot ask git whether branches conflict");
		for (size_t i = 0; i < n; i++)
			if (v[i].asked)
				v[i].fact.branch = NULL;
	}
	proc_release(&p);
	buf_release(&in);
}

/* --- facts --- */

static int
write_facts(const struct world *w, const struct buf *text)
{
	int dir = fs_open_dir(w->repo->statefd, "fact");
	int r = dir < 0 ? -1 : fs_replace(dir, "conflict", text->s, text->len);

	if (r < 0)
		warn_errno("cannot write 'fact/conflict'");
	if (dir >= 0)
		close(dir);
	return r;
}

int
conflict_learn(const struct world *w)
{
	struct arena a = { 0 };
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct fact_merge *known;
	const struct fact_merge *old;
	struct pair *v;
	size_t n = find_pairs(w, &v), n_known = fact_merges(w->repo->statefd, &a, &known);
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		old = fact_merge(known, n_known, v[i].at->branch, v[i].head, v[i].base);
		if (old)
			v[i].fact = *old;
	}
	ask(w, v, n, &a);
	/* What is told of a branch that is gone ends here. */
	for (size_t i = 0; i < n; i++) {
		old = fact_merge(known, n_known, v[i].at->branch, NULL, NULL);
		/* One that conflicts still is the same to people. */
		if (old && v[i].asked && v[i].fact.branch && v[i].fact.word == old->word)
			v[i].fact.time = old->time;
		if (v[i].fact.branch)
			fact_merge_add(&after, &v[i].fact);
		else if (old)
			fact_merge_add(&after, old);
	}
	errno = 0;
	if (fs_read(w->repo->statefd, "fact/conflict", after.len, &before) < 0 ?
	    errno != ENOENT || after.len > 0 :
	    before.len != after.len || memcmp(before.s, after.s, after.len) != 0)
		r = write_facts(w, &after);
	free(v);
	buf_release(&before);
	buf_release(&after);
	arena_release(&a);
	return r < 0 ? EXIT_FAIL : EXIT_OK;
}

/* "a.c, b.c and others", fit to be shown. */
static const char *
names(const char *paths, struct arena *a)
{
	struct buf b = BUF_INIT;
	const char *text;
	size_t n = 0, len;

	for (; *paths && n < PATHS_SHOWN; paths += len + (paths[len] == '\n'), n++) {
		len = strcspn(paths, "\n");
		buf_addstr(&b, n ? ", " : "");
		(void)utf8_add_safe(&b, arena_strndup(a, paths, len), -1);
	}
	if (*paths)
		buf_addstr(&b, " and others");
	text = arena_strdup(a, b.s);
	buf_release(&b);
	return text;
}

size_t
conflict_find(const struct world *w, struct arena *a, struct conflict **out)
{
	struct fact_merge *v;
	size_t n_known = fact_merges(w->repo->statefd, a, &v), n_bad = 0, n = 0;
	char head[GIT_OID], base[GIT_OID];

	for (size_t i = 0; i < n_known; i++)
		if (v[i].word == MERGE_CONFLICT)
			v[n_bad++] = v[i];
	*out = n_bad ? arena_alloc(a, n_bad * sizeof **out) : NULL;
	for (const struct ledger *l = w->journal->first; l && n < n_bad; l = l->next) {
		const struct attempt *at = candidate(w, l);
		const struct fact_merge *m;

		if (!at || !fact_merge(v, n_bad, at->branch, NULL, NULL) ||
		    !read_tip(w, at->branch, head) || !read_tip(w, at->onto, base))
			continue;
		m = fact_merge(v, n_bad, at->branch, head, base);
		if (m)
			(*out)[n++] = (struct conflict){ at, m->time, arena_printf(a,
			    "conflicts with %s in %s", at->onto, names(m->paths, a)) };
	}
	return n;
}
