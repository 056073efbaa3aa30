#include "json.h"

#include <stdbool.h>
#include <string.h>

#include "utf8.h"

/* Bounds the search for duplicates, which is quadratic. */
enum { MAXMEMBER = 256 };

struct parser {
	const char *s;          /* the next byte */
	struct arena *a;
	const char *why;
	bool skim;              /* pass over what is nested deeper; lines may break */
};

static int
fail(struct parser *p, const char *why)
{
	p->why = *p->s ? why : "the object does not end on its line";
	return -1;
}

static void
skip_space(struct parser *p)
{
	while (*p->s == ' ' || *p->s == '\t' ||
	    (p->skim && (*p->s == '\n' || *p->s == '\r')))
		p->s++;
}

/* True, and past it, if c is the next byte after white space. */
static bool
take(struct parser *p, char c)
{
	skip_space(p);
	if (*p->s != c)
		return false;
	p->s++;
	return true;
}

/* v, or a copy of it, with room for one more than n elements: full arrays
 * have 0, 8, 16, 32 … */
static void *
room(struct arena *a, void *v, size_t n, size_t size)
{
	void *more;

	if (n < 8 ? n > 0 : (n & (n - 1)) != 0)
		return v;
	more = arena_alloc(a, (n ? 2 * n : 8) * size);
	if (n)
		memcpy(more, v, n * size);
	return more;
}

/* Four hex digits, or -1. */
static int32_t
hex4(struct parser *p)
{
	static const char digit[] = "0123456789abcdef0123456789ABCDEF";
	int32_t c = 0;

	for (int i = 0; i < 4; i++, p->s++) {
		const char *d = *p->s ? strchr(digit, *p->s) : NULL;

		if (!d)
			return fail(p, "bad escape");
		c = c * 16 + (int32_t)((d - digit) % 16);
	}
	return c;
}

/* What follows "\u": a character, from two escapes if need be, or -1. */
static int32_t
unicode_escape(struct parser *p)
{
	int32_t c = hex4(p), low;

	if (c < 0)
		return -1;
	if (c == 0)
		return fail(p, "\\u0000");
	if (c >= 0xd800 && c <= 0xdbff && p->s[0] == '\\' && p->s[1] == 'u') {
		p->s += 2;
		low = hex4(p);
		if (low < 0)
			return -1;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(p, "lone surrogate");
		return 0x10000 + (c - 0xd800) * 1024 + (low - 0xdc00);
	}
	if (c >= 0xd800 && c <= 0xdfff)
		return fail(p, "lone surrogate");
	return c;
}

/* What follows a backslash, or -1. */
static int32_t
escape(struct parser *p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *e = *p->s ? strchr(from, *p->s) : NULL;

	if (e) {
		p->s++;
		return to[e - from];
	}
	if (*p->s != 'u')
		return fail(p, "bad escape");
	p->s++;
	return unicode_escape(p);
}

/* The bytes up to the closing quote, an upper bound of those decoded. */
static size_t
raw_length(const char *s)
{
	size_t n = 0;

	while (s[n] && s[n] != '"')
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return n;
}

/* A string whose opening quote was taken, or NULL. */
static char *
parse_string(struct parser *p)
{
	char *text = arena_alloc(p->a, raw_length(p->s) + 1), *out = text;

	while (*p->s != '"') {
		size_t len;
		int32_t c = utf8_next(p->s, &len);

		if (c >= 0 && c < 0x20)
			fail(p, "control character in a string");
		else if (c == UTF8_BAD)
			fail(p, "invalid UTF-8");
		if (p->why)
			return NULL;
		p->s += len;
		if (c == '\\' && (c = escape(p)) < 0)
			return NULL;
		out += utf8_put(out, c);
	}
	p->s++;
	*out = '\0';
	return text;
}

static size_t
digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* A number as it is written, or NULL. */
static char *
parse_number(struct parser *p)
{
	const char *s = p->s, *end = s + (*s == '-');
	size_t n = digits(end);

	/* "-" alone, "01" */
	if (n == 0 || (n > 1 && *end == '0')) {
		fail(p, "bad number");
		return NULL;
	}
	end += n;
	if (*end == '.') {
		n = digits(++end);
		end += n;
	}
	if (n > 0 && (*end == 'e' || *end == 'E')) {
		end++;
		end += *end == '+' || *end == '-';
		n = digits(end);
		end += n;
	}
	if (n == 0) {
		fail(p, "bad number");
		return NULL;
	}
	p->s = end;
	return arena_strndup(p->a, s, (size_t)(end - s));
}

static int
parse_word(struct parser *p, enum json_kind *kind, const char **text)
{
	static const struct { const char *word; enum json_kind kind; } known[] = {
		{ "null", JSON_NULL }, { "true", JSON_BOOL }, { "false", JSON_BOOL },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t n = strlen(known[i].word);

		if (strncmp(p->s, known[i].word, n) == 0) {
			p->s += n;
			*kind = known[i].kind;
			*text = i > 0 ? known[i].word : NULL;
			return 0;
		}
	}
	return fail(p, "no value");
}

/* Past the object or list that begins here, whatever is in it. */
static int
skip_nested(struct parser *p)
{
	size_t depth = 0;

	do {
		switch (*p->s) {
		case '\0':
			return fail(p, "");
		case '{': case '[':
			depth++;
			break;
		case '}': case ']':
			depth--;
			break;
		case '"':
			p->s++;
			p->s += raw_length(p->s);
			if (!*p->s)
				return fail(p, "");
			break;
		}
		p->s++;
	} while (depth);
	return 0;
}

static int
parse_scalar(struct parser *p, enum json_kind *kind, const char **text)
{
	if (take(p, '"')) {
		*kind = JSON_STRING;
		*text = parse_string(p);
		return *text ? 0 : -1;
	}
	if (*p->s == '-' || digits(p->s) > 0) {
		*kind = JSON_NUMBER;
		*text = parse_number(p);
		return *text ? 0 : -1;
	}
	if (*p->s == '{' || *p->s == '[') {
		*kind = JSON_NESTED;
		*text = NULL;
		return p->skim ? skip_nested(p) : fail(p, "nested too deep");
	}
	return parse_word(p, kind, text);
}

/* A list whose opening bracket was taken. */
static int
parse_list(struct parser *p, struct json_member *m)
{
	enum json_kind kind;

	m->kind = JSON_LIST;
	if (take(p, ']'))
		return 0;
	do {
		m->item = room(p->a, m->item, m->n, sizeof *m->item);
		if (parse_scalar(p, &kind, &m->item[m->n++]) < 0)
			return -1;
	} while (take(p, ','));
	return take(p, ']') ? 0 : fail(p, "no ',' or ']'");
}

static int
parse_member(struct parser *p, struct json_object *o)
{
	struct json_member m = { 0 };

	if (!take(p, '"'))
		return fail(p, "no key");
	m.key = parse_string(p);
	if (!m.key)
		return -1;
	if (json_get(o, m.key))
		return fail(p, "duplicate key");
	if (o->n == MAXMEMBER)
		return fail(p, "too many members");
	if (!take(p, ':'))
		return fail(p, "no ':'");
	if (take(p, '[') ? parse_list(p, &m) : parse_scalar(p, &m.kind, &m.text))
		return -1;
	o->member = room(p->a, o->member, o->n, sizeof *o->member);
	o->member[o->n++] = m;
	return 0;
}

static int
parse_object(struct parser *p, struct json_object *o)
{
	if (!take(p, '{'))
		return fail(p, "no object");
	if (!take(p, '}')) {
		do {
			if (parse_member(p, o) < 0)
				return -1;
		} while (take(p, ','));
		if (!take(p, '}'))
			return fail(p, "no ',' or '}'");
	}
	skip_space(p);
	return *p->s ? fail(p, "text after the object") : 0;
}

int
json_parse(const char *line, struct arena *a, struct json_object *out,
    const char **why, size_t *at)
{
	struct parser p = { .s = line, .a = a };

	*out = (struct json_object){ 0 };
	if (parse_object(&p, out) == 0)
		return 0;
	*why = p.why;
	*at = (size_t)(p.s - line);
	return -1;
}

int
json_skim(const char *text, struct arena *a, struct json_object *out)
{
	struct parser p = { .s = text, .a = a, .skim = true };

	*out = (struct json_object){ 0 };
	return parse_object(&p, out);
}

const char *
json_text(const struct json_object *o, const char *key)
{
	const struct json_member *m = json_get(o, key);

	return m && m->kind == JSON_STRING ? m->text : NULL;
}

const struct json_member *
json_get(const struct json_object *o, const char *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->member[i].key, key) == 0)
			return &o->member[i];
	return NULL;
}

static void
add_escaped(struct buf *b, int32_t c)
{
	const char *letter = c == '\n' ? "\\n" : c == '\t' ? "\\t" :
	    c == '\r' ? "\\r" : c == '"' ? "\\\"" : c == '\\' ? "\\\\" : NULL;

	if (letter)
		buf_addstr(b, letter);
	else if (c < 0x10000)
		buf_addf(b, "\\u%04x", (unsigned)c);
	else
		buf_addf(b, "\\u%04x\\u%04x", 0xd800 + (unsigned)(c - 0x10000) / 1024,
		    0xdc00 + (unsigned)(c - 0x10000) % 1024);
}

void
json_add(struct buf *b, const char *s)
{
	size_t len;

	if (!s) {
		buf_addstr(b, "null");
		return;
	}
	buf_addch(b, '"');
	for (; *s; s += len) {
		int32_t c = utf8_next(s, &len);

		if (c == UTF8_BAD)
			buf_addstr(b, "\xef\xbf\xbd");
		else if (c == '"' || c == '\\' || utf8_hidden(c))
			add_escaped(b, c);
		else
			buf_add(b, s, len);
	}
	buf_addch(b, '"');
}
