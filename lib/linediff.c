#include "linediff.h"

#include <string.h>

/* The lines of a text that differ, and how many stand before them. */
struct hunk {
	const struct buf *text;
	size_t from, to;        /* bytes, from and up to the beginning of a line */
	size_t before, n;       /* lines */
};

static size_t
count(const struct buf *b, size_t from, size_t to)
{
	size_t n = 0;

	for (; from < to; from++)
		n += b->s[from] == '\n' || from + 1 == b->len;
	return n;
}

static size_t
line_begin(const struct buf *b, size_t at)
{
	while (at > 0 && b->s[at - 1] != '\n')
		at--;
	return at;
}

static size_t
line_end(const struct buf *b, size_t at)
{
	while (at < b->len && (at == 0 || b->s[at - 1] != '\n'))
		at++;
	return at;
}

static void
find(struct hunk *a, struct hunk *b)
{
	const struct buf *s = a->text, *t = b->text;
	size_t from = 0, tail = 0, least = s->len < t->len ? s->len : t->len;

	while (from < least && s->s[from] == t->s[from])
		from++;
	from = line_begin(s, from);
	while (tail < least - from && s->s[s->len - 1 - tail] == t->s[t->len - 1 - tail])
		tail++;
	a->from = b->from = from;
	a->to = s->len - tail;
	b->to = t->len - tail;
	/* Whole lines, in both. */
	if (line_end(s, a->to) > a->to || line_end(t, b->to) > b->to) {
		size_t more = line_end(s, a->to) - a->to;

		if (line_end(t, b->to) - b->to > more)
			more = line_end(t, b->to) - b->to;
		a->to += more;
		b->to += more;
	}
}

static void
add_lines(struct buf *out, char sign, const struct hunk *h)
{
	const char *s = h->text->s;

	for (size_t at = h->from, next; at < h->to; at = next) {
		const char *lf = memchr(s + at, '\n', h->to - at);

		next = lf ? (size_t)(lf - s) + 1 : h->to;
		buf_addch(out, sign);
		buf_add(out, s + at, next - at);
		if (!lf)
			buf_addstr(out, "\n\\ No newline at end of file\n");
	}
}

void
linediff(struct buf *out, const char *file, const struct buf *was,
    const struct buf *now)
{
	const struct buf none = BUF_INIT;
	struct hunk a = { .text = was ? was : &none }, b = { .text = now };

	find(&a, &b);
	if (a.from == a.to && b.from == b.to)
		return;
	a.before = b.before = count(a.text, 0, a.from);
	a.n = count(a.text, a.from, a.to);
	b.n = count(b.text, b.from, b.to);
	buf_addf(out, "--- %s\n+++ %s\n@@ -%zu,%zu +%zu,%zu @@\n",
	    was ? file : "/dev/null", file, a.before + (a.n > 0), a.n,
	    b.before + (b.n > 0), b.n);
	add_lines(out, '-', &a);
	add_lines(out, '+', &b);
}
