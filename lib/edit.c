#include "edit.h"

#include <ctype.h>
#include <string.h>

#include "edited.h"
#include "front.h"
#include "scalar.h"
#include "utf8.h"

/* A file while it is edited. */
struct place {
	struct edit *e;
	const char *text;       /* n bytes */
	size_t n;
	struct front cut;
	struct buf masked;      /* the YAML in which values are located */
	const struct yaml *map;
	const char *eol;
};

/* What goes where, and what the key then says. */
struct splice {
	size_t from, to;        /* bytes of the file */
	struct buf text;
	struct yaml want;
};

static int
refuse(struct edit *e, size_t line, const char *why)
{
	e->why = why;
	e->line = line;
	return -1;
}

/* --- finding the value --- */

/* The values that only Jared's reading allows, as if they were words of the
 * same length: what libyaml then says about places holds for the file. */
static void
mask_reserved(struct buf *yaml)
{
	for (size_t at = 0, n; at < yaml->len; at += n) {
		char *line = yaml->s + at, *lf = memchr(line, '\n', yaml->len - at);
		size_t from, to;

		n = lf ? (size_t)(lf - line) + 1 : yaml->len - at;
		if (front_reserved(line, n, &from, &to))
			memset(line + from, 'x', to - from);
	}
}

static int
open_place(struct place *p)
{
	static const char *const cannot[] = { [FRONT_MORE] = "the front matter has no end",
		[FRONT_NONE] = "no front matter", [FRONT_BINARY] = "no UTF-8 text",
		[FRONT_TOOBIG] = "the front matter is too long" };
	enum front_result r = front_cut(p->text, p->n, &p->cut);
	struct arena *a = p->e->arena;
	const char *lf, *why = "";
	size_t line = 1;

	if (r != FRONT_OK)
		return refuse(p->e, 1, cannot[r]);
	lf = memchr(p->text, '\n', p->n);
	p->eol = lf[-1] == '\r' ? "\r\n" : "\n";
	buf_add(&p->masked, p->text + p->cut.yaml, p->cut.yaml_len);
	p->map = yaml_parse(p->masked.s, p->masked.len, 2, a, &why, &line);
	if (!p->map) {
		mask_reserved(&p->masked);
		p->map = yaml_parse(p->masked.s, p->masked.len, 2, a, &why, &line);
	}
	if (!p->map)
		return refuse(p->e, line, why);
	if (p->map->kind != YAML_MAP)
		return refuse(p->e, p->map->line, "not a list of 'key: value' lines");
	return 0;
}

/* The byte of the file at which a character of the YAML is. */
static size_t
byte_at(const struct place *p, size_t character)
{
	size_t i = 0;

	for (; i < p->masked.len; i++)
		if (((unsigned char)p->masked.s[i] & 0xc0) != 0x80 && character-- == 0)
			break;
	return p->cut.yaml + i;
}

static enum scalar_style
style_at(const struct place *p, size_t at)
{
	return p->text[at] == '"' ? SCALAR_DOUBLE :
	    p->text[at] == '\'' ? SCALAR_SINGLE : SCALAR_PLAIN;
}

/* Back over what is blank. */
static size_t
trim(const struct place *p, size_t from, size_t to)
{
	while (to > from && isspace((unsigned char)p->text[to - 1]))
		to--;
	return to;
}

/* --- one word --- */

static void
want_text(struct splice *s, const char *value)
{
	s->want = (struct yaml){ .kind = YAML_SCALAR, .value = value };
}

/* What must stand before a value where there was none. */
static const char *
gap(const struct place *p, const struct splice *s)
{
	return s->from == s->to && p->text[s->from - 1] != ' ' ? " " : "";
}

static void
splice_text(struct place *p, const struct yaml *old, const char *value,
    struct splice *s)
{
	enum scalar_style style = style_at(p, s->from);
	bool reserved = p->text[s->from] == '@' && *value == '@' &&
	    !strstr(value, " #") && !strpbrk(value, "\r\n\t") &&
	    value[strlen(value) - 1] != ' ';

	want_text(s, value);
	if (s->from == s->to) {
		buf_addstr(&s->text, gap(p, s));
		style = SCALAR_PLAIN;
	}
	/* Whoever else reads the file shall find text where there was text. */
	if (style == SCALAR_PLAIN && old->value && !scalar_typed(old->value) &&
	    scalar_typed(value))
		style = SCALAR_SINGLE;
	if (reserved)
		buf_addstr(&s->text, value);
	else
		scalar_add(&s->text, value, style, false);
}

/* --- lists --- */

/* The words between commas. */
static void
want_list(struct arena *a, const char *value, struct yaml *list)
{
	struct yaml **tail = &list->child;

	*list = (struct yaml){ .kind = YAML_SEQ };
	while (*value) {
		size_t n = strcspn(value, ","), lead = strspn(value, " ");
		size_t end = n;

		while (end > lead && value[end - 1] == ' ')
			end--;
		if (end > lead) {
			*tail = arena_alloc(a, sizeof **tail);
			(*tail)->value = arena_strndup(a, value + lead, end - lead);
			tail = &(*tail)->next;
			list->n++;
		}
		value += n + (value[n] == ',');
	}
}

static void
add_words(struct buf *b, const struct yaml *list, enum scalar_style style,
    const char *between, bool flow)
{
	for (const struct yaml *w = list->child; w; w = w->next) {
		scalar_add(b, w->value, style, flow);
		if (w->next)
			buf_addstr(b, between);
	}
}

static void
add_flow(struct buf *b, const struct yaml *list, enum scalar_style style)
{
	buf_addch(b, '[');
	add_words(b, list, style, ", ", true);
	buf_addch(b, ']');
}

/* Instead of one word: one, or where there were commas in it more of them, or
 * a list. */
static void
splice_words(struct place *p, const struct yaml *old, const char *value,
    struct splice *s)
{
	struct buf joined = BUF_INIT;
	bool null = s->from == s->to || !old->value;

	want_list(p->e->arena, value, &s->want);
	if (null || (s->want.n > 1 && !strchr(old->value, ','))) {
		buf_addstr(&s->text, gap(p, s));
		add_flow(&s->text, &s->want, style_at(p, s->from));
		return;
	}
	for (const struct yaml *w = s->want.child; w; w = w->next)
		buf_addf(&joined, "%s%s", w->value, w->next ? ", " : "");
	splice_text(p, old, arena_strdup(p->e->arena, joined.s), s);
	buf_release(&joined);
}

static bool
has_note(const char *s, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (s[i] == '#' && isspace((unsigned char)s[i - 1]))
			return true;
	return false;
}

/* The plainest of its words': others may be in quotes because they had to. */
static enum scalar_style
list_style(const struct place *p, const struct yaml *list)
{
	enum scalar_style least = list->child ? SCALAR_DOUBLE : SCALAR_PLAIN, style;

	for (const struct yaml *w = list->child; w; w = w->next) {
		style = style_at(p, byte_at(p, w->from));
		least = style < least ? style : least;
	}
	return least;
}

/* No line is left of it: "[]", behind the key if nothing stands between. */
static int
empty_block(struct place *p, const struct yaml *old, struct splice *s, size_t indent)
{
	size_t key = trim(p, p->cut.yaml, s->from);

	if (p->text[key - 1] == ':')
		s->from = key;
	else if (indent == 0)
		return refuse(p->e, old->line, "a comment stands where '[]' would have to");
	buf_addstr(&s->text, s->from == key ? " []" : "[]");
	return 0;
}

/* Lines of "- word", as far in and as far apart as the first is. */
static int
splice_block(struct place *p, const struct yaml *old, struct splice *s)
{
	size_t line = s->from, first = byte_at(p, old->child->from);
	char *between;

	while (p->text[line - 1] == ' ')
		line--;
	if (p->text[line - 1] != '\n')
		return refuse(p->e, old->line, "the list begins within a line");
	if (s->want.n == 0)
		return empty_block(p, old, s, s->from - line);
	if (old->child->from == old->child->to || first < s->from + 2)
		first = s->from + 1;
	between = arena_printf(p->e->arena, "%s%.*s-%.*s", p->eol,
	    (int)(s->from - line), p->text + line,
	    (int)(first - s->from - 1), p->text + s->from + 1);
	if (first == s->from + 1)
		between = arena_printf(p->e->arena, "%s ", between);
	buf_addstr(&s->text, between + strlen(p->eol) + (s->from - line));
	add_words(&s->text, &s->want, list_style(p, old), between, false);
	return 0;
}

static int
splice_list(struct place *p, const struct yaml *old, const char *value,
    struct splice *s)
{
	want_list(p->e->arena, value, &s->want);
	for (const struct yaml *w = old->child; w; w = w->next)
		if (w->kind != YAML_SCALAR)
			return refuse(p->e, w->line, "not a list of words");
	if (!p->e->drop_notes && has_note(p->text + s->from, s->to - s->from))
		return refuse(p->e, old->line, "comments in the list would be lost");
	if (p->text[s->from] == '-')
		return splice_block(p, old, s);
	add_flow(&s->text, &s->want, list_style(p, old));
	return 0;
}

/* --- the file --- */

static int
splice_value(struct place *p, const struct yaml *old, const char *value,
    enum edit_as as, struct splice *s)
{
	s->from = byte_at(p, old->from);
	/* Text on lines of its own goes on to where the next line begins. */
	s->to = trim(p, s->from, byte_at(p, old->to));
	/* Behind a blank that is there already. */
	if (s->from == s->to && p->text[s->from] == ' ' &&
	    strchr("\r\n", p->text[s->from + strspn(p->text + s->from, " ")]))
		s->from = ++s->to;
	if (old->kind == YAML_MAP)
		return refuse(p->e, old->line, "a map is edited by hand");
	if (old->kind == YAML_SEQ)
		return splice_list(p, old, value, s);
	if (as == EDIT_LIST)
		splice_words(p, old, value, s);
	else
		splice_text(p, old, value, s);
	return 0;
}

/* A line of its own behind the last value. */
static void
splice_line(struct place *p, const char *key, const char *value, enum edit_as as,
    struct splice *s)
{
	const struct yaml *last = p->map->child;
	size_t first = byte_at(p, p->map->from), at = p->cut.yaml + p->cut.yaml_len;

	while (last && last->next)
		last = last->next;
	if (last) {
		at = byte_at(p, last->to);
		if (p->text[at - 1] != '\n')
			at = (size_t)((char *)memchr(p->text + at, '\n', p->n - at) -
			    p->text) + 1;
		for (size_t i = first; p->text[i - 1] == ' '; i--)
			buf_addch(&s->text, ' ');
	}
	s->from = s->to = at;
	buf_addf(&s->text, "%s: ", key);
	if (as == EDIT_LIST) {
		want_list(p->e->arena, value, &s->want);
		add_flow(&s->text, &s->want, SCALAR_PLAIN);
	} else {
		want_text(s, value);
		scalar_add(&s->text, value, as == EDIT_TEXT && scalar_typed(value) ?
		    SCALAR_SINGLE : SCALAR_PLAIN, false);
	}
	buf_addstr(&s->text, p->eol);
}

/* Is the file as it was, but for this key, which says what it should? */
static int
verify(struct place *p, const struct buf *out, const char *key,
    const struct yaml *want)
{
	struct edited d = { .was = p->text, .n_was = p->n, .now = out->s,
	    .n_now = out->len, .key = key, .want = want };
	struct front f;

	if (front_cut(out->s, out->len, &f) == FRONT_TOOBIG)
		return refuse(p->e, 1, "the front matter would be too long");
	if (!edited_alone(&d, p->e->arena))
		return refuse(p->e, 1, "this value can be changed by hand only");
	return 0;
}

static int
edit_place(struct place *p, const char *key, const char *value, enum edit_as as,
    struct splice *s, struct buf *out)
{
	const struct yaml *old;

	if (open_place(p) < 0)
		return -1;
	old = yaml_get(p->map, key);
	if (!old)
		splice_line(p, key, value, as, s);
	else if (splice_value(p, old, value, as, s) < 0)
		return -1;
	buf_reset(out);
	buf_add(out, p->text, s->from);
	buf_add(out, s->text.s, s->text.len);
	buf_add(out, p->text + s->to, p->n - s->to);
	return verify(p, out, key, &s->want);
}

int
edit_set(struct edit *e, const char *text, size_t n, const char *key,
    const char *value, enum edit_as as, struct buf *out)
{
	struct place p = { .e = e, .text = text, .n = n, .masked = BUF_INIT };
	struct splice s = { .text = BUF_INIT };
	int r;

	if (!utf8_valid(value) || !utf8_valid(key))
		return refuse(e, 1, "no UTF-8 text");
	r = edit_place(&p, key, value, as, &s, out);
	buf_release(&p.masked);
	buf_release(&s.text);
	return r;
}
