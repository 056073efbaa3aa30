#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "term.h"
#include "utf8.h"

enum { GAP = 2, NARROWEST = 8, READABLE = 24 };

void
table_init(struct table *t, FILE *f)
{
	struct term term;

	term_ask(&term, f);
	*t = (struct table){ .f = f, .term = term.cols, .color = term.color };
}

void
table_add(struct table *t, const char *text)
{
	struct buf safe = BUF_INIT;
	size_t col = t->n_cell % t->n_col;
	int width = utf8_add_safe(&safe, text ? text : "-", -1);

	if (width > t->width[col])
		t->width[col] = width;
	GROW(t->cell, t->n_cell, t->cap);
	t->cell[t->n_cell++] = arena_strndup(&t->arena, safe.s, safe.len);
	buf_release(&safe);
}

void
table_release(struct table *t)
{
	free(t->cell);
	arena_release(&t->arena);
	*t = (struct table){ 0 };
}

/* Width 0 hides a column. */
static void
hide_empty(struct table *t)
{
	for (size_t c = 1; c < t->n_col; c++) {
		size_t i = c;

		while (i < t->n_cell && strcmp(t->cell[i], "-") == 0)
			i += t->n_col;
		if (i >= t->n_cell)
			t->width[c] = 0;
	}
}

/* By how much a row is too wide. */
static int
overlap(const struct table *t)
{
	int total = -GAP;

	for (size_t c = 0; c < t->n_col; c++)
		if (t->width[c] > 0)
			total += t->width[c] + GAP;
	return total - t->term;
}

static void
shrink_texts(struct table *t, int least)
{
	for (int over = overlap(t); over > 0; over--) {
		size_t widest = 0;

		for (size_t c = 1; c < t->n_col; c++)
			if (t->col[c].text && t->width[c] > least &&
			    (widest == 0 || t->width[c] > t->width[widest]))
				widest = c;
		if (widest == 0)
			break;
		t->width[widest]--;
	}
}

static void
drop(struct table *t, size_t c)
{
	t->col[c].gone = true;
	t->width[c] = 0;
}

static void
drop_spare(struct table *t)
{
	while (overlap(t) > 0) {
		size_t widest = 0;

		for (size_t c = 1; c < t->n_col; c++)
			if (t->col[c].spare && t->width[c] > 0 &&
			    (widest == 0 || t->width[c] >= t->width[widest]))
				widest = c;
		if (widest == 0)
			break;
		drop(t, widest);
	}
}

static void
fit(struct table *t)
{
	for (size_t c = 0; c < t->n_col; c++) {
		int head = (int)strlen(t->col[c].name);

		if (t->col[c].gone)
			t->width[c] = 0;
		else if (t->width[c] > 0 && t->width[c] < head)
			t->width[c] = head;
	}
	shrink_texts(t, READABLE);
	if (!t->keep)
		drop_spare(t);
	shrink_texts(t, NARROWEST);
	if (t->keep)
		return;
	for (size_t c = t->n_col - 1; c > 0 && overlap(t) > 0; c--)
		if (!t->col[c].color)
			drop(t, c);
	if (overlap(t) > 0 && t->width[0] - overlap(t) >= NARROWEST)
		t->width[0] -= overlap(t);
}

static void
add_cell(struct buf *b, const struct table *t, size_t c, const char *text,
    const char *sgr)
{
	struct buf cut = BUF_INIT;
	int pad = t->width[c] - utf8_add_safe(&cut, text, t->width[c]);

	if (t->col[c].right)
		buf_addf(b, "%*s", pad, "");
	if (t->color && sgr)
		buf_addf(b, "\033[%sm%s\033[m", sgr, cut.s);
	else
		buf_add(b, cut.s, cut.len);
	if (!t->col[c].right)
		buf_addf(b, "%*s", pad, "");
	buf_release(&cut);
}

static void
print_row(const struct table *t, const char *const *cell)
{
	struct buf b = BUF_INIT;

	for (size_t c = 0; c < t->n_col; c++) {
		if (t->width[c] == 0)
			continue;
		if (b.len)
			buf_addf(&b, "%*s", GAP, "");
		add_cell(&b, t, c, cell ? cell[c] : t->col[c].name, !cell ? "1" :
		    t->col[c].color ? term_color(cell[c]) : NULL);
	}
	while (b.len && b.s[b.len - 1] == ' ')
		buf_setlen(&b, b.len - 1);
	fprintf(t->f, "%s\n", b.s);
	buf_release(&b);
}

void
table_print(struct table *t, bool all)
{
	if (t->n_cell == 0)
		return;
	if (!all)
		hide_empty(t);
	fit(t);
	if (!t->headed)
		print_row(t, NULL);
	t->headed = true;
	for (size_t i = 0; i < t->n_cell; i += t->n_col)
		print_row(t, (const char *const *)&t->cell[i]);
	t->n_cell = 0;
	arena_release(&t->arena);
}
