#include "limit.h"

#include <stdlib.h>
#include <string.h>

#include "num.h"

static const char workers[] = "max_workers=";

const char *
limit_text(const struct config *c, struct arena *a)
{
	struct buf b = BUF_INIT;
	const char *s;

	buf_addf(&b, "%s%lld", workers, (long long)c->max_workers);
	for (size_t i = 0; i < c->n_max_by; i++)
		buf_addf(&b, ",%s=%lld", c->max_by[i].column, (long long)c->max_by[i].n);
	s = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	return s;
}

static bool
is_workers(const char *limit)
{
	return strncmp(limit, workers, sizeof workers - 1) == 0;
}

void
limit_parse(const char *text, struct pick_limits *l)
{
	char *copy = xstrdup(text), *rest = copy, *one;
	const char *ignored;

	pick_no_limits(l);
	while ((one = strsep(&rest, ",")))
		if (is_workers(one))
			(void)num_parse(one + sizeof workers - 1, 0, PICK_MAX, &l->workers);
		else
			(void)pick_limit_by(l, one, &ignored);
	free(copy);
}

/* An option for each column that a and not b limits: with a's number, or with
 * one that limits nothing. */
static void
add_options(struct buf *out, const struct pick_limits *a,
    const struct pick_limits *b, bool lift)
{
	for (size_t c = 0; c < Q_N; c++)
		if (a->by[c] >= 0 && (lift ? b->by[c] < 0 : a->by[c] != b->by[c]))
			buf_addf(out, " -b %s=%lld", rec_queue.column[c].name,
			    lift ? (long long)PICK_MAX : (long long)a->by[c]);
}

const char *
limit_options(const char *then, const char *now, struct arena *a)
{
	struct pick_limits old, new;
	struct buf b = BUF_INIT;
	const char *s;

	limit_parse(then, &old);
	limit_parse(now, &new);
	if (old.workers != new.workers)
		buf_addf(&b, " -m %lld", (long long)old.workers);
	add_options(&b, &old, &new, false);
	add_options(&b, &new, &old, true);
	s = b.len ? arena_strndup(a, b.s + 1, b.len - 1) : NULL;
	buf_release(&b);
	return s;
}
