#include "fact.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fs.h"
#include "tsv.h"

enum { PR_BRANCH, PR_HEAD, PR_STATE, PR_ONTO, PR_TIME, PR_NAME, PR_N };
enum { M_BRANCH, M_HEAD, M_BASE, M_WORD, M_TIME, M_PATHS, M_N };
enum { FACT_MAX = 16 << 20 };

/* The next line of *text with at least n fields in f; false: there is none. */
static bool
next(char **text, char **f, int n)
{
	char *lf, *line;
	const char *why;

	while ((lf = strchr(*text, '\n'))) {
		line = *text;
		*lf = '\0';
		*text = lf + 1;
		if (tsv_split(line, f, TSV_MAXFIELD, &why) >= n)
			return true;
	}
	return false;
}

/* The whole file in a, or NULL. */
static char *
read_file(int statefd, const char *name, struct arena *a)
{
	struct buf b = BUF_INIT;
	char *text = NULL;

	if (statefd >= 0 && fs_read(statefd, name, FACT_MAX, &b) == 0)
		text = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	return text;
}

/* v, moved into a. */
static void *
keep(struct arena *a, void *v, size_t size)
{
	void *kept = size ? memcpy(arena_alloc(a, size), v, size) : NULL;

	free(v);
	return kept;
}

/* --- pull requests --- */

size_t
fact_prs(int statefd, struct arena *a, struct fact_pr **out)
{
	char *text = read_file(statefd, "fact/pr", a), *f[TSV_MAXFIELD];
	struct fact_pr *v = NULL;
	size_t n = 0, cap = 0;

	while (text && next(&text, f, PR_N)) {
		struct fact_pr pr = { .branch = f[PR_BRANCH], .head = f[PR_HEAD],
		    .state = f[PR_STATE], .onto = f[PR_ONTO], .pr = f[PR_NAME] };

		if (!pr.branch || !pr.head || !pr.state || !f[PR_TIME] ||
		    clock_parse(f[PR_TIME], &pr.time) < 0)
			continue;
		GROW(v, n, cap);
		v[n++] = pr;
	}
	*out = keep(a, v, n * sizeof *v);
	return n;
}

const struct fact_pr *
fact_merged(const struct fact_pr *v, size_t n, const char *branch,
    const char *head, const char *onto)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].state, "merged") == 0 &&
		    strcmp(v[i].branch, branch) == 0 && strcmp(v[i].head, head) == 0 &&
		    (!v[i].onto || !onto || strcmp(v[i].onto, onto) == 0))
			return &v[i];
	return NULL;
}

/* --- conflicts --- */

static const char *const words[MERGE_N] = {
	[MERGE_CLEAN] = "clean", [MERGE_CONFLICT] = "conflict",
	[MERGE_UNKNOWN] = "unknown",
};

static bool
parse_word(const char *s, enum merge_word *out)
{
	for (int i = 0; s && i < MERGE_N; i++)
		if (strcmp(words[i], s) == 0) {
			*out = (enum merge_word)i;
			return true;
		}
	return false;
}

size_t
fact_merges(int statefd, struct arena *a, struct fact_merge **out)
{
	char *text = read_file(statefd, "fact/conflict", a), *f[TSV_MAXFIELD];
	struct fact_merge *v = NULL;
	size_t n = 0, cap = 0;

	while (text && next(&text, f, M_N)) {
		struct fact_merge m = { .branch = f[M_BRANCH], .head = f[M_HEAD],
		    .base = f[M_BASE], .paths = f[M_PATHS] };

		if (!m.branch || !m.head || !m.base || !parse_word(f[M_WORD], &m.word) ||
		    !f[M_TIME] || clock_parse(f[M_TIME], &m.time) < 0 ||
		    (m.word == MERGE_CONFLICT && !m.paths))
			continue;
		GROW(v, n, cap);
		v[n++] = m;
	}
	*out = keep(a, v, n * sizeof *v);
	return n;
}

const struct fact_merge *
fact_merge(const struct fact_merge *v, size_t n, const char *branch,
    const char *head, const char *base)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].branch, branch) == 0 && (!head ||
		    (strcmp(v[i].head, head) == 0 && strcmp(v[i].base, base) == 0)))
			return &v[i];
	return NULL;
}

void
fact_merge_add(struct buf *b, const struct fact_merge *m)
{
	char time[CLOCK_TEXT];

	tsv_add(b, m->branch, '\t');
	tsv_add(b, m->head, '\t');
	tsv_add(b, m->base, '\t');
	tsv_add(b, words[m->word], '\t');
	tsv_add(b, clock_format(m->time, time), '\t');
	tsv_add(b, m->paths, '\n');
}
