#include "change.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* How one kind of record is compared. */
struct comparison {
	const struct rec_kind *kind;
	size_t key;                 /* tells records of one id apart */
	size_t title;
	size_t passing;             /* a change in it is none */
	size_t told[16], n_told;    /* columns, in the order of telling */
};

static const struct comparison of_queue = {
	.kind = &rec_queue, .key = Q_FILE, .title = Q_TITLE, .passing = Q_AGE,
	.told = { Q_STATE, Q_WAITS, Q_ATTEMPT, Q_STATUS, Q_PRIORITY, Q_OWNER,
	    Q_WORKSTREAM, Q_MILESTONE, Q_PATHS, Q_FILE, Q_TITLE },
	.n_told = 11,
};

static const struct comparison of_run = {
	.kind = &rec_run, .key = R_ID, .title = R_TITLE, .passing = R_LAST,
	.told = { R_ATTEMPT, R_STATE, R_EXIT, R_AHEAD, R_DIRTY, R_PR, R_CI },
	.n_told = 7,
};

static const struct comparison of_signal = {
	.kind = &rec_signal, .key = G_CODE, .title = G_TITLE, .passing = G_FACT,
	.told = { G_CODE, G_TIER },
	.n_told = 2,
};

struct diff {
	const struct comparison *how;
	struct rec_out *out;
	char time[CLOCK_TEXT];
	bool any;
};

static int
text_cmp(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* Nothing to tell: equal, or a number not known before and 0 now. */
static bool
alike(const struct rec_column *c, const char *from, const char *to)
{
	return text_cmp(from, to) == 0 ||
	    (c->type == REC_INT && !from && strcmp(to, "0") == 0);
}

static int
by_key(const void *a, const void *b, void *arg)
{
	char *const *x = *(char **const *)a, *const *y = *(char **const *)b;
	const size_t *key = arg;
	int c = text_cmp(x[0], y[0]);

	return c ? c : text_cmp(x[*key], y[*key]);
}

/* A copy in the order of keys; NULL ends it. */
static char ***
sorted(const struct snap_set *set, size_t key)
{
	char ***v = xrealloc_array(NULL, set->n + 1, sizeof *v);

	if (set->n) {
		memcpy(v, set->v, set->n * sizeof *v);
		qsort_r(v, set->n, sizeof *v, by_key, &key);
	}
	v[set->n] = NULL;
	return v;
}

static void
tell(struct diff *d, size_t column, char **from, char **to)
{
	char **either = to ? to : from;

	if (!d->out)
		return;
	char *v[C_N] = {
		[C_ID] = either[0],
		[C_KIND] = (char *)d->how->kind->name,
		[C_FIELD] = (char *)d->how->kind->column[column].name,
		[C_FROM] = from ? from[column] : NULL,
		[C_TO] = to ? to[column] : NULL,
		[C_TIME] = d->time,
		[C_TITLE] = either[d->how->title],
	};

	rec_put(d->out, v);
}

static void
compare(struct diff *d, char **from, char **to)
{
	const struct comparison *how = d->how;
	bool by_file = false;

	for (size_t c = 0; c < how->kind->n; c++)
		if (c != how->passing && text_cmp(from[c], to[c]) != 0)
			d->any = true;
	for (size_t i = 0; i < how->n_told; i++) {
		size_t c = how->told[i];

		if (alike(&how->kind->column[c], from[c], to[c]))
			continue;
		tell(d, c, from, to);
		by_file |= c != Q_STATE && c != Q_WAITS && c != Q_ATTEMPT;
	}
	/* The hash tells of an edit that no other column shows. */
	if (how == &of_queue && !by_file && text_cmp(from[Q_HASH], to[Q_HASH]) != 0)
		tell(d, Q_HASH, from, to);
}

/* Is v the only record of its id?  v is sorted; first is where it begins. */
static bool
alone(char ***v, char ***first)
{
	return (v == first || text_cmp(v[-1][0], v[0][0]) != 0) &&
	    (!v[1] || text_cmp(v[1][0], v[0][0]) != 0);
}

static void
merge(struct diff *d, char ***from, char ***to)
{
	char ***a = from, ***b = to;
	size_t column = d->how == &of_queue ? (size_t)Q_STATE :
	    d->how == &of_run ? (size_t)R_STATE : (size_t)G_CODE;
	int c;

	while (*a || *b) {
		if (!*a || !*b)
			c = *a ? -1 : 1;
		else if (alone(a, from) && alone(b, to))
			c = text_cmp((*a)[0], (*b)[0]);
		else
			c = by_key(a, b, (void *)&d->how->key);
		if (c == 0) {
			compare(d, *a, *b);
		} else {
			d->any = true;
			tell(d, column, c < 0 ? *a : NULL, c < 0 ? NULL : *b);
		}
		a += c <= 0;
		b += c >= 0;
	}
}

bool
change_put(const struct snap *from, const struct snap *to, struct rec_out *out)
{
	struct diff d = { .out = out };
	const struct {
		const struct comparison *how;
		const struct snap_set *from, *to;
	} sets[] = {
		{ &of_queue, &from->queue, &to->queue },
		{ &of_run, &from->run, &to->run },
		{ &of_signal, &from->signal, &to->signal },
	};

	clock_format(to->name.time, d.time);
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		char ***a, ***b;

		d.how = sets[i].how;
		a = sorted(sets[i].from, d.how->key);
		b = sorted(sets[i].to, d.how->key);
		merge(&d, a, b);
		free(a);
		free(b);
	}
	return d.any;
}
