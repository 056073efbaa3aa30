#include "overview.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "num.h"
#include "utf8.h"

enum { AGE_WIDTH = 4, GAP = 2, LEAST_ID = 12, LEAST_TEXT = 16, MOST_WHY = 40 };

enum { O_ID, O_GROUP, O_STATE, O_ATTEMPT, O_SINCE, O_AGE, O_WHY, O_REMEDY,
	O_TITLE, O_N };
static const struct rec_column columns[O_N] = {
	[O_ID]      = { .name = "id", .type = REC_WORD },
	[O_GROUP]   = { .name = "group", .type = REC_WORD },
	[O_STATE]   = { .name = "state", .type = REC_WORD },
	[O_ATTEMPT] = { .name = "attempt", .type = REC_INT },
	[O_SINCE]   = { .name = "since", .type = REC_TIME },
	[O_AGE]     = { .name = "age", .type = REC_SECONDS },
	[O_WHY]     = { .name = "why", .type = REC_LIST },
	[O_REMEDY]  = { .name = "remedy", .type = REC_TEXT },
	[O_TITLE]   = { .name = "title", .type = REC_TEXT },
};
const struct rec_kind rec_overview = { .name = "overview", .column = columns,
	.n = O_N, .n_v1 = O_N, .color_column = O_STATE };

static const char *const titles[GROUP_N] = {
	[GROUP_ATTENTION] = "needs a person", [GROUP_ACTIVE] = "at work",
	[GROUP_MERGE] = "waiting for merge", [GROUP_READY] = "ready",
	[GROUP_WAITING] = "waiting", [GROUP_FINISHED] = "finished today",
	[GROUP_OTHER] = "not shown",
};

struct page {
	const struct overview *o;
	const struct term *t;       /* NULL: no limits, no colour */
	struct buf *out;
	size_t show[GROUP_N];       /* rows of each group that are shown */
	int id, state, why;         /* widths; 0: not at all */
};

static int
width_of(const char *s)
{
	struct buf b = BUF_INIT;
	int n = utf8_add_safe(&b, s, -1);

	buf_release(&b);
	return n;
}

/* Lines that a group of n rows, of which show are shown, takes. */
static size_t
lines(size_t n, size_t show)
{
	return n ? 1 + show + (show < n && show > 0) : 0;
}

/* The group that gives a row: the largest of those that need no look, then of
 * the others, then the last that shows any; GROUP_N: none does. */
static size_t
victim(const struct page *p)
{
	size_t most = GROUP_N;

	for (size_t g = GROUP_MERGE; g < GROUP_OTHER; g++)
		if (p->show[g] > 1 && (most == GROUP_N || p->show[g] >= p->show[most]))
			most = g;
	for (size_t g = 0; most == GROUP_N && g < GROUP_MERGE; g++)
		if (p->show[g] > 1 && p->show[g] >= p->show[1 - g])
			most = g;
	for (size_t g = 0; most == GROUP_N && g < GROUP_OTHER; g++)
		if (p->show[GROUP_OTHER - 1 - g] > 0)
			most = GROUP_OTHER - 1 - g;
	return most;
}

/* Of every group at least the number stays; the last line is the prompt's. */
static void
fit_height(struct page *p)
{
	const struct overview *o = p->o;

	for (;;) {
		size_t need = 1 + o->n_notice + (o->count[GROUP_OTHER] > 0), g;

		for (g = 0; g < GROUP_OTHER; g++)
			need += lines(o->count[g], p->show[g]);
		g = victim(p);
		if (need < (size_t)p->t->rows || g == GROUP_N)
			return;
		p->show[g]--;
		/* "and 1 more" would take the line that the one takes. */
		if (p->show[g] + 1 == o->count[g] && p->show[g] > 1)
			p->show[g]--;
	}
}

static void
fit_width(struct page *p)
{
	const struct overview *o = p->o;
	int left;

	for (size_t i = 0; i < o->n; i++) {
		const struct overview_row *r = &o->row[i];
		int id = width_of(r->id), state = width_of(r->state);
		int why = r->why ? width_of(r->why) : 0;

		if (r->group == GROUP_OTHER)
			continue;
		p->id = id > p->id ? id : p->id;
		p->state = state > p->state ? state : p->state;
		p->why = why > p->why ? why : p->why;
	}
	if (!p->t)
		return;
	left = p->t->cols - 3 * GAP - p->state - AGE_WIDTH - LEAST_TEXT;
	if (p->id > left)
		p->id = left > LEAST_ID ? left : LEAST_ID;
	left -= p->id + GAP;
	if (p->why > MOST_WHY)
		p->why = MOST_WHY;
	if (p->why > left)
		p->why = left >= LEAST_TEXT ? left : 0;
}

/* A cell of that width, or, with 0, of what is left of the line. */
static void
add_cell(struct page *p, const char *text, int width, const char *sgr,
    int *used)
{
	int room = width > 0 ? width : p->t ? p->t->cols - *used - GAP : -1;
	struct buf b = BUF_INIT;
	int n;

	if (p->t && room > p->t->cols - *used - GAP)
		room = p->t->cols - *used - GAP;
	if (p->t && room < 1)
		return;
	n = utf8_add_safe(&b, text, room);
	buf_addf(p->out, "%*s", GAP, "");
	if (sgr && p->t && p->t->color)
		buf_addf(p->out, "\033[%sm%s\033[m", sgr, b.s);
	else
		buf_add(p->out, b.s, b.len);
	if (width > n)
		buf_addf(p->out, "%*s", width - n, "");
	*used += GAP + (width > n ? width : n);
	buf_release(&b);
}

static void
end_line(struct page *p)
{
	while (p->out->len && p->out->s[p->out->len - 1] == ' ')
		buf_setlen(p->out, p->out->len - 1);
	buf_addch(p->out, '\n');
}

static void
add_row(struct page *p, const struct overview_row *r)
{
	struct buf padded = BUF_INIT;
	char age[CLOCK_TEXT] = "";
	const char *last = r->remedy ? r->remedy : r->title;
	int used = 0;

	if (r->age >= 0)
		clock_age(r->age, age);
	buf_addf(&padded, "%*s", AGE_WIDTH, age);
	add_cell(p, r->id, p->id, NULL, &used);
	add_cell(p, r->state, p->state, term_color(r->state), &used);
	add_cell(p, padded.s, AGE_WIDTH, NULL, &used);
	if (p->why)
		add_cell(p, r->why ? r->why : "", p->why, NULL, &used);
	if (last)
		add_cell(p, last, 0, r->remedy ? "1" : NULL, &used);
	end_line(p);
	buf_release(&padded);
}

/* A line of its own, cut to the width. */
static void
add_line(struct page *p, const char *text, const char *sgr)
{
	bool color = sgr && p->t && p->t->color;

	if (color)
		buf_addf(p->out, "\033[%sm", sgr);
	(void)utf8_add_safe(p->out, text, p->t ? p->t->cols : -1);
	if (color)
		buf_addstr(p->out, "\033[m");
	buf_addch(p->out, '\n');
}

static void
add_group(struct page *p, enum group g)
{
	const struct overview *o = p->o;
	struct buf b = BUF_INIT;
	size_t shown = 0;

	if (!o->count[g])
		return;
	buf_addf(&b, "%s: %zu", titles[g], o->count[g]);
	add_line(p, b.s, g == GROUP_ATTENTION ? "1;31" : "1");
	for (size_t i = 0; i < o->n && shown < p->show[g]; i++)
		if (o->row[i].group == g) {
			add_row(p, &o->row[i]);
			shown++;
		}
	if (shown < o->count[g] && shown > 0) {
		buf_reset(&b);
		buf_addf(&b, "  and %zu more", o->count[g] - shown);
		add_line(p, b.s, NULL);
	}
	buf_release(&b);
}

/* "not shown: 12 draft, 40 done" */
static void
add_others(struct page *p)
{
	const struct overview *o = p->o;
	struct buf b = BUF_INIT;

	if (!o->count[GROUP_OTHER])
		return;
	for (int s = 0; s < TS_N; s++) {
		const char *name = task_state_name((enum task_state)s);
		size_t n = 0;

		for (size_t i = 0; i < o->n; i++)
			n += o->row[i].group == GROUP_OTHER &&
			    strcmp(o->row[i].state, name) == 0;
		if (n)
			buf_addf(&b, "%s%s %zu %s", b.len ? "" : titles[GROUP_OTHER],
			    b.len ? "," : ":", n, name);
	}
	add_line(p, b.s, "2");
	buf_release(&b);
}

void
overview_text(const struct overview *o, const struct term *t, struct buf *out)
{
	struct page p = { .o = o, .t = t, .out = out };

	for (size_t g = 0; g < GROUP_N; g++)
		p.show[g] = o->count[g];
	fit_width(&p);
	if (t)
		fit_height(&p);
	add_line(&p, o->head, "1");
	for (size_t i = 0; i < o->n_notice; i++)
		add_line(&p, o->notice[i], "33");
	for (int g = 0; g < GROUP_OTHER; g++)
		add_group(&p, (enum group)g);
	add_others(&p);
}

void
overview_show(const struct overview *o)
{
	bool tty = isatty(STDOUT_FILENO);
	struct buf text = BUF_INIT;
	struct term t;

	if (tty)
		term_ask(&t, stdout);
	overview_text(o, tty ? &t : NULL, &text);
	fwrite(text.s, 1, text.len, stdout);
	buf_release(&text);
}

void
overview_put(const struct overview *o, struct rec_out *out)
{
	char age[NUM_TEXT];

	for (size_t i = 0; i < o->n; i++) {
		const struct overview_row *r = &o->row[i];
		char *v[O_N] = {
			[O_ID] = (char *)r->id, [O_GROUP] = (char *)group_name(r->group),
			[O_STATE] = (char *)r->state, [O_ATTEMPT] = (char *)r->attempt,
			[O_SINCE] = (char *)r->since,
			[O_AGE] = r->age < 0 ? NULL : num_text((uint64_t)r->age, age),
			[O_WHY] = (char *)r->why, [O_REMEDY] = (char *)r->remedy,
			[O_TITLE] = (char *)r->title,
		};

		rec_put(out, v);
	}
}
