#include "legible.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "mem.h"
#include "utf8.h"

enum mode { TEXT, ESCAPE, CHARSET, CSI, STRING, STRING_ESCAPE };

enum {
	ESC = 0x1b, BEL = 0x07, CAN = 0x18, SUB = 0x1a, DEL = 0x7f,
	COL_MAX = 1000,         /* where a sequence can put the cursor */
	STRING_MAX = 64 * 1024, /* what is longer is no string, or has no end */
	NOTHING = 0,            /* in the second cell of a wide character */
};

/* --- rows --- */

static void
put_cell(struct legible_row *r, size_t col, int32_t c)
{
	while (r->n <= col) {
		GROW(r->cell, r->n, r->cap);
		r->cell[r->n++] = ' ';
	}
	r->cell[col] = c;
}

static void
format(struct buf *b, const struct legible_row *r)
{
	size_t n = r->n;
	char text[4];

	while (n > 0 && (r->cell[n - 1] == ' ' || r->cell[n - 1] == NOTHING))
		n--;
	for (size_t i = 0; i < n; i++) {
		int32_t c = r->cell[i];

		if (c == '\t' || (c > 0 && !utf8_hidden(c)))
			buf_add(b, text, utf8_put(text, c));
		else if (c != NOTHING)
			buf_addch(b, '?');
	}
	buf_addch(b, '\n');
}

/* Was that line printed lately? */
static bool
repeats(struct legible *l, const char *line, size_t n)
{
	uint64_t h = hash_fnv(line, n);

	for (size_t i = 0; i < LEGIBLE_RECENT; i++)
		if (l->moved && l->recent[i] == h)
			return true;
	l->recent[l->n_recent++ % LEGIBLE_RECENT] = h;
	return false;
}

static void
print(struct legible *l, struct legible_row *r, struct buf *out)
{
	size_t from = out->len;

	format(out, r);
	if (l->live && repeats(l, out->s + from, out->len - from))
		buf_setlen(out, from);
}

/* The topmost n rows are final. */
static void
commit(struct legible *l, size_t n, struct buf *out)
{
	struct legible_row spare;

	for (size_t i = 0; i < n; i++) {
		print(l, &l->row[0], out);
		spare = l->row[0];
		memmove(l->row, l->row + 1, (LEGIBLE_ROWS - 1) * sizeof spare);
		spare.n = 0;
		l->row[LEGIBLE_ROWS - 1] = spare;
	}
	l->n_row -= n;
	l->at = l->at > n ? l->at - n : 0;
}

static bool
is_blank(const struct legible_row *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->cell[i] != ' ' && r->cell[i] != NOTHING)
			return false;
	return true;
}

/* A clean sheet; what stood there is printed, unless it is blank. */
static void
turn_page(struct legible *l, struct buf *out, bool print_it)
{
	size_t used = 0;

	for (size_t i = 0; i < l->n_row; i++)
		if (!is_blank(&l->row[i]))
			used = i + 1;
	if (print_it)
		commit(l, used, out);
	for (size_t i = 0; i < LEGIBLE_ROWS; i++)
		l->row[i].n = 0;
	l->n_row = l->at = l->col = 0;
}

static void
go_to(struct legible *l, size_t at)
{
	l->at = at < LEGIBLE_ROWS ? at : LEGIBLE_ROWS - 1;
	if (l->n_row <= l->at)
		l->n_row = l->at + 1;
}

static void
line_feed(struct legible *l, struct buf *out)
{
	go_to(l, l->at);
	if (l->live && !l->alternate)
		commit(l, l->at + 1, out);
	else if (l->at + 1 == LEGIBLE_ROWS)
		commit(l, 1, out);
	if (!l->live || l->alternate)
		go_to(l, l->at + (l->at + 1 < LEGIBLE_ROWS && l->n_row > l->at));
}

static void
add_char(struct legible *l, int32_t c)
{
	go_to(l, l->at);
	put_cell(&l->row[l->at], l->col++, c);
	if (c > 0 && c != '\t' && utf8_width(c) == 2)
		put_cell(&l->row[l->at], l->col++, NOTHING);
}

/* --- sequences --- */

/* The i-th number of the sequence, or what it is if absent. */
static size_t
number(const struct legible *l, int i, size_t absent)
{
	const char *s = l->seq;
	size_t n = 0;

	while (i-- > 0) {
		s = strchr(s, ';');
		if (!s++)
			return absent;
	}
	if (*s < '0' || *s > '9')
		return absent;
	for (; *s >= '0' && *s <= '9'; s++)
		n = n < COL_MAX ? n * 10 + (size_t)(*s - '0') : n;
	return n;
}

static void
erase(struct legible *l, size_t row, size_t from, size_t to)
{
	struct legible_row *r = &l->row[row];

	if (to >= r->n && from < r->n)
		r->n = from;
	for (size_t i = from; i < to && i < r->n; i++)
		r->cell[i] = ' ';
}

static void
erase_line(struct legible *l, size_t how)
{
	erase(l, l->at, how == 0 ? l->col : 0, how == 1 ? l->col + 1 : SIZE_MAX);
}

static void
erase_screen(struct legible *l, size_t how, struct buf *out)
{
	if (how >= 2) {
		size_t at = l->at, col = l->col;

		turn_page(l, out, how == 2 && !l->alternate && !l->moved);
		l->at = at < LEGIBLE_ROWS ? at : 0;
		l->col = col;
		return;
	}
	erase_line(l, how);
	for (size_t i = how == 0 ? l->at + 1 : 0; i < (how == 0 ? l->n_row : l->at); i++)
		l->row[i].n = 0;
}

static void
set_mode(struct legible *l, bool on, struct buf *out)
{
	size_t which = l->seq[0] == '?' ? (size_t)strtoul(l->seq + 1, NULL, 10) : 0;

	if ((which != 47 && which != 1047 && which != 1049) || on == l->alternate)
		return;
	turn_page(l, out, true);
	l->alternate = on;
}

static size_t
less(size_t from, size_t n)
{
	return from > n ? from - n : 0;
}

static void
obey(struct legible *l, char final, struct buf *out)
{
	size_t n = number(l, 0, 1);
	size_t to = n ? n : 1;

	switch (final) {
	case 'A': case 'F':
		l->moved = true;
		l->at = less(l->at, to);
		l->col = final == 'F' ? 0 : l->col;
		break;
	case 'B': case 'E':
		go_to(l, l->at + to);
		l->col = final == 'E' ? 0 : l->col;
		break;
	case 'C': l->col = l->col + to < COL_MAX ? l->col + to : l->col; break;
	case 'D': l->col = less(l->col, to); break;
	case 'G': case '`': l->col = to - 1 < COL_MAX ? to - 1 : COL_MAX; break;
	case 'H': case 'f':
		l->moved = true;
		go_to(l, to - 1);
		n = number(l, 1, 1);
		l->col = n ? (n < COL_MAX ? n - 1 : COL_MAX) : 0;
		break;
	case 'd': l->moved = true; go_to(l, to - 1); break;
	case 'J': erase_screen(l, number(l, 0, 0), out); break;
	case 'K': erase_line(l, number(l, 0, 0)); break;
	case 'X': erase(l, l->at, l->col, l->col + to); break;
	case 'h': case 'l': set_mode(l, final == 'h', out); break;
	default: break;
	}
}

/* --- bytes --- */

static void
control(struct legible *l, unsigned char c, struct buf *out)
{
	switch (c) {
	case ESC: l->mode = ESCAPE; break;
	case '\n': line_feed(l, out); l->col = 0; break;
	case '\r': l->col = 0; break;
	case '\b': l->col = less(l->col, 1); break;
	default: add_char(l, c == '\t' ? '\t' : c == 0 ? DEL : c); break;
	}
}

static void
flush_part(struct legible *l)
{
	for (size_t i = 0; i < l->n_part; i++)
		add_char(l, UTF8_BAD);
	l->n_part = 0;
}

/* One byte of a character beyond ASCII. */
static void
high_byte(struct legible *l, unsigned char c)
{
	char text[5] = { 0 };
	size_t want, len;
	int32_t ch;

	if (c >= 0xc0)
		flush_part(l);
	l->part[l->n_part++] = (char)c;
	want = (unsigned char)l->part[0] < 0xc0 ? 1 : (unsigned char)l->part[0] < 0xe0 ? 2 :
	    (unsigned char)l->part[0] < 0xf0 ? 3 : 4;
	if (l->n_part < want)
		return;
	memcpy(text, l->part, l->n_part);
	ch = utf8_next(text, &len);
	if (ch == UTF8_BAD || len != l->n_part) {
		flush_part(l);
	} else {
		l->n_part = 0;
		add_char(l, ch);
	}
}

static void
plain(struct legible *l, unsigned char c, struct buf *out)
{
	if (c >= 0x80) {
		high_byte(l, c);
		return;
	}
	flush_part(l);
	if (c < 0x20 || c == DEL)
		control(l, c, out);
	else
		add_char(l, c);
}

static void
escaped(struct legible *l, unsigned char c, struct buf *out)
{
	l->mode = TEXT;
	if (c == '[') {
		l->mode = CSI;
		l->n_seq = 0;
	} else if (c && strchr("]PX^_", c)) {
		l->mode = STRING;
		l->n_string = 0;
	} else if (c >= ' ' && c <= '/') {
		l->mode = CHARSET;
	} else if (c == 'c') {
		turn_page(l, out, !l->alternate);
	} else if (c == 'M') {
		l->moved = true;
		l->at = less(l->at, 1);
	} else if (c < ' ') {
		control(l, c, out);
	}
}

static void
take(struct legible *l, unsigned char c, struct buf *out)
{
	switch ((enum mode)l->mode) {
	case TEXT:
		plain(l, c, out);
		break;
	case ESCAPE:
		escaped(l, c, out);
		break;
	case CHARSET:
		if (c < ' ' || c > '/')
			l->mode = TEXT;
		break;
	case CSI:
		if (c < ' ') {
			/* Carried out amidst the sequence, which ESC, CAN and SUB end. */
			l->mode = c == CAN || c == SUB ? TEXT : CSI;
			if (c == ESC || strchr("\n\r\b", c))
				control(l, c, out);
		} else if (c >= '@') {
			l->mode = TEXT;
			l->seq[l->n_seq] = '\0';
			if (c < DEL)
				obey(l, (char)c, out);
		} else if (l->n_seq < sizeof l->seq - 1) {
			l->seq[l->n_seq++] = (char)c;
		}
		break;
	case STRING:
		if (c == ESC)
			l->mode = STRING_ESCAPE;
		else if (c == BEL || c == CAN || c == SUB || ++l->n_string > STRING_MAX)
			l->mode = TEXT;
		break;
	case STRING_ESCAPE:
		l->mode = TEXT;
		if (c != '\\')
			escaped(l, c, out);
		break;
	}
}

void
legible_take(struct legible *l, const char *data, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		take(l, (unsigned char)data[i], out);
}

void
legible_end(struct legible *l, struct buf *out)
{
	flush_part(l);
	turn_page(l, out, true);
	for (size_t i = 0; i < LEGIBLE_ROWS; i++)
		free(l->row[i].cell);
	*l = (struct legible){ .live = l->live };
}
