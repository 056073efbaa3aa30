#include "times.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { TM_ID, TM_ATTEMPT, TM_CLAIMED, TM_STARTED, TM_EXITED, TM_LANDED, TM_START, TM_RUN,
	TM_LAND, TM_TITLE, TM_N };
enum { SPANS = TM_LAND - TM_START + 1, NUM_MAX = 24 };

static const struct rec_column columns[TM_N] = {
	[TM_ID]      = { .name = "id", .type = REC_WORD },
	[TM_ATTEMPT] = { .name = "attempt", .type = REC_INT },
	[TM_CLAIMED] = { .name = "claimed", .type = REC_TIME, .show = REC_SPARE },
	[TM_STARTED] = { .name = "started", .type = REC_TIME, .show = REC_WIDE },
	[TM_EXITED]  = { .name = "exited", .type = REC_TIME, .show = REC_WIDE },
	[TM_LANDED]  = { .name = "landed", .type = REC_TIME, .show = REC_WIDE },
	[TM_START]   = { .name = "start", .type = REC_SECONDS },
	[TM_RUN]     = { .name = "run", .type = REC_SECONDS },
	[TM_LAND]    = { .name = "land", .type = REC_SECONDS },
	[TM_TITLE]   = { .name = "title", .type = REC_TEXT, .show = REC_SPARE },
};

const struct rec_kind rec_times = { .name = "times", .column = columns,
	.n = TM_N, .n_v1 = TM_N, .color_column = TM_ID };

/* What many attempts took, n of them. */
struct span { int64_t *v; size_t n, cap; };

/* Within one boot the clock that nobody sets; -1 if either is not known. */
static int64_t
between(const struct stamp *a, const struct stamp *b)
{
	int64_t s;

	if (!a->wall || !b->wall)
		return -1;
	s = strcmp(a->boot, b->boot) == 0 && !getenv("JARED_NOW") ?
	    (b->boot_ms - a->boot_ms + 500) / 1000 : b->wall - a->wall;
	return s < 0 ? 0 : s;
}

static void
put_attempt(const struct attempt *at, struct span *span, struct rec_out *out)
{
	static const struct stamp none;
	const struct stamp *when[] = { &at->claimed, &at->began,
		at->state == AT_RUNNING ? &none : &at->ended, &at->landed };
	char text[TM_N][NUM_MAX];
	char *v[TM_N] = { [TM_ID] = (char *)at->id, [TM_ATTEMPT] = text[TM_ATTEMPT],
	    [TM_TITLE] = (char *)at->title };

	snprintf(text[TM_ATTEMPT], NUM_MAX, "%" PRId64, at->n);
	for (int i = 0; i <= SPANS; i++)
		if (when[i]->wall)
			v[TM_CLAIMED + i] = clock_format(when[i]->wall, text[TM_CLAIMED + i]);
	for (int i = 0; i < SPANS; i++) {
		int64_t s = between(when[i], when[i + 1]);

		if (s < 0)
			continue;
		GROW(span[i].v, span[i].n, span[i].cap);
		span[i].v[span[i].n++] = s;
		snprintf(text[TM_START + i], NUM_MAX, "%" PRId64, s);
		v[TM_START + i] = text[TM_START + i];
	}
	rec_put(out, v);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The nearest rank: the least value that so many per cent do not exceed. */
static void
put_rank(const char *name, size_t percent, const struct span *span,
    struct rec_out *out)
{
	char text[SPANS][NUM_MAX];
	char *v[TM_N] = { [TM_ID] = (char *)name };

	for (int i = 0; i < SPANS; i++) {
		if (span[i].n == 0)
			continue;
		snprintf(text[i], NUM_MAX, "%" PRId64,
		    span[i].v[(span[i].n * percent + 99) / 100 - 1]);
		v[TM_START + i] = text[i];
	}
	rec_put(out, v);
}

static int
by_claim(const void *a, const void *b)
{
	const struct attempt *x = *(const struct attempt *const *)a,
	    *y = *(const struct attempt *const *)b;
	int r;

	if (x->claimed.wall != y->claimed.wall)
		return x->claimed.wall < y->claimed.wall ? -1 : 1;
	r = strcmp(x->id, y->id);
	return r ? r : x->n < y->n ? -1 : x->n > y->n;
}

size_t
times_put(const struct journal *j, struct rec_out *out)
{
	struct span span[SPANS] = { 0 };
	const struct attempt **v = NULL;
	size_t n = 0, cap = 0;

	for (const struct ledger *l = j->first; l; l = l->next)
		for (const struct attempt *at = l->newest; at; at = at->older)
			if (at->began.wall) {
				GROW(v, n, cap);
				v[n++] = at;
			}
	if (n)
		qsort(v, n, sizeof *v, by_claim);
	for (size_t i = 0; i < n; i++)
		put_attempt(v[i], span, out);
	for (int i = 0; i < SPANS; i++)
		if (span[i].n)
			qsort(span[i].v, span[i].n, sizeof *span[i].v, by_size);
	if (n) {
		put_rank("@p50", 50, span, out);
		put_rank("@p90", 90, span, out);
		put_rank("@max", 100, span, out);
	}
	for (int i = 0; i < SPANS; i++)
		free(span[i].v);
	free(v);
	return n;
}
