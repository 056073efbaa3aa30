#include "fact.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fs.h"
#include "tsv.h"

enum { PR_BRANCH, PR_HEAD, PR_STATE, PR_ONTO, PR_TIME, PR_NAME, PR_N, FACT_MAX = 16 << 20 };

static bool
parse_pr(char *line, struct fact_pr *out)
{
	char *f[TSV_MAXFIELD];
	const char *why;
	int n = tsv_split(line, f, TSV_MAXFIELD, &why);

	if (n < PR_N || !f[PR_BRANCH] || !f[PR_HEAD] || !f[PR_STATE] || !f[PR_TIME])
		return false;
	*out = (struct fact_pr){ .branch = f[PR_BRANCH], .head = f[PR_HEAD],
	    .state = f[PR_STATE], .onto = f[PR_ONTO], .pr = f[PR_NAME] };
	return clock_parse(f[PR_TIME], &out->time) == 0;
}

size_t
fact_prs(int statefd, struct arena *a, struct fact_pr **out)
{
	struct buf b = BUF_INIT;
	struct fact_pr *v = NULL;
	size_t n = 0, cap = 0;
	char *text, *lf;

	*out = NULL;
	if (statefd < 0 || fs_read(statefd, "fact/pr", FACT_MAX, &b) < 0) {
		buf_release(&b);
		return 0;
	}
	text = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	for (; (lf = strchr(text, '\n')); text = lf + 1) {
		struct fact_pr pr;

		*lf = '\0';
		if (!parse_pr(text, &pr))
			continue;
		GROW(v, n, cap);
		v[n++] = pr;
	}
	if (n) {
		*out = arena_alloc(a, n * sizeof *v);
		memcpy(*out, v, n * sizeof *v);
	}
	free(v);
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
