#include "plain.h"

#include <string.h>

#include "utf8.h"

/* Longer documents are not worth a second set of limits. */
enum { MAX_LINES = 500, MAX_KEY = 100 };

enum {
	KEY = 1,                /* may stand in a key */
	WORD = 2,               /* may stand in a word of a flow list */
	TEXT = 4,               /* may stand in an unquoted value */
	START = 8,              /* may begin one */
	QUOTED = 16,            /* may stand between double quotes, and single */
};

/* One byte of a table: what c may be part of. */
#define ALNUM (KEY | WORD | TEXT | START | QUOTED)
static const unsigned char class[256] = {
	['a' ... 'z'] = ALNUM, ['A' ... 'Z'] = ALNUM, ['0' ... '9'] = ALNUM,
	['_'] = ALNUM, ['-'] = KEY | WORD | TEXT | QUOTED,
	['.'] = WORD | TEXT | QUOTED, ['/'] = ALNUM & ~KEY, [' '] = TEXT | QUOTED,
	['!'] = TEXT | QUOTED, ['"'] = TEXT, ['#'] = QUOTED, ['$'] = TEXT | QUOTED,
	['%'] = TEXT | QUOTED, ['&'] = TEXT | QUOTED, ['\''] = TEXT,
	['('] = ALNUM & ~(KEY | WORD), [')'] = TEXT | QUOTED, ['*'] = TEXT | QUOTED,
	['+'] = TEXT | QUOTED, [','] = TEXT | QUOTED, [':'] = QUOTED,
	[';'] = TEXT | QUOTED, ['<'] = TEXT | QUOTED, ['='] = TEXT | QUOTED,
	['>'] = TEXT | QUOTED, ['?'] = TEXT | QUOTED, ['@'] = TEXT | QUOTED,
	['['] = TEXT | QUOTED, [']'] = TEXT | QUOTED, ['^'] = TEXT | QUOTED,
	['`'] = TEXT | QUOTED, ['{'] = TEXT | QUOTED, ['|'] = TEXT | QUOTED,
	['}'] = TEXT | QUOTED, ['~'] = TEXT | QUOTED,
	[0x80 ... 0xff] = TEXT | START | QUOTED,
};

/* A place in the text; every line of it ends in LF. */
struct cursor {
	const char *at, *end;
	size_t line;
	struct arena *arena;
};

static size_t
span(const char *s, int what)
{
	size_t n = 0;

	while (class[(unsigned char)s[n]] & what)
		n++;
	return n;
}

static struct yaml *
new_node(const struct cursor *c, enum yaml_kind kind)
{
	struct yaml *y = arena_alloc(c->arena, sizeof *y);

	y->kind = kind;
	y->line = c->line;
	return y;
}

/* Step over the end of the line, a comment, and the blanks before it. */
static bool
end_line(struct cursor *c)
{
	const char *from = c->at;

	while (*c->at == ' ')
		c->at++;
	if (*c->at == '#' && (c->at > from || c->at[-1] == ' '))
		while ((unsigned char)*c->at >= ' ' && *c->at != 0x7f)
			c->at++;
	if (c->at[0] == '\r' && c->at[1] == '\n')
		c->at++;
	if (*c->at != '\n')
		return false;
	c->at++;
	c->line++;
	return true;
}

/* Between double quotes, of which some stand behind a backslash; at is behind
 * the first n bytes of it. */
static char *
unescaped(struct cursor *c, size_t n)
{
	const char *s = c->at;
	char *out, *to;

	while (s[n] == '\\' && (s[n + 1] == '"' || s[n + 1] == '\\')) {
		n += 2;
		n += span(s + n, QUOTED);
	}
	if (s[n] != '"')
		return NULL;
	c->at = s + n + 1;
	out = to = arena_alloc(c->arena, n + 1);
	for (size_t i = 0; i < n; i++) {
		i += s[i] == '\\';
		*to++ = s[i];
	}
	return out;
}

/* A value up to the end of the line. */
static struct yaml *
scalar(struct cursor *c)
{
	struct yaml *y = new_node(c, YAML_SCALAR);
	const char *s = c->at;
	char quote = *s == '"' || *s == '\'' ? *s : '\0';
	size_t n;

	if (quote) {
		c->at = ++s;
		n = span(s, QUOTED);
		if (quote == '"' && s[n] == '\\') {
			y->value = unescaped(c, n);
			return y->value && end_line(c) ? y : NULL;
		}
		if (s[n] != quote)
			return NULL;
		c->at = s + n + 1;
	} else {
		n = class[(unsigned char)*s] & START ? span(s, TEXT) : 0;
		if (n == 0)
			return NULL;
		c->at = s + n;
		while (s[n - 1] == ' ')
			n--;
	}
	if (quote || n != 4 || memcmp(s, "null", 4) != 0)
		y->value = arena_strndup(c->arena, s, n);
	return end_line(c) ? y : NULL;
}

/* [word, word] */
static struct yaml *
flow_list(struct cursor *c)
{
	struct yaml *y = new_node(c, YAML_SEQ), **tail = &y->child, *e;

	for (c->at++; *c->at != ']'; y->n++) {
		size_t n = class[(unsigned char)*c->at] & START ?
		    span(c->at, WORD) : 0;

		if (n == 0 || (n == 4 && memcmp(c->at, "null", 4) == 0))
			return NULL;
		e = new_node(c, YAML_SCALAR);
		e->value = arena_strndup(c->arena, c->at, n);
		*tail = e;
		tail = &e->next;
		c->at += n;
		if (*c->at == ',' && c->at[1] == ' ' && c->at[2] != ']')
			c->at += 2;
		else if (*c->at != ']')
			return NULL;
	}
	c->at++;
	return end_line(c) ? y : NULL;
}

/* Lines of "- value", all as far in as the first. */
static struct yaml *
block_list(struct cursor *c, size_t indent)
{
	struct yaml *y = new_node(c, YAML_SEQ), **tail = &y->child, *e;

	while (c->at < c->end && strspn(c->at, " ") == indent && c->at[indent] == '-' &&
	    c->at[indent + 1] == ' ') {
		c->at += indent + 2;
		c->at += strspn(c->at, " ");
		e = scalar(c);
		if (!e)
			return NULL;
		*tail = e;
		tail = &e->next;
		y->n++;
	}
	return y;
}

/* What stands behind "key:". */
static struct yaml *
value(struct cursor *c)
{
	struct yaml *none = new_node(c, YAML_SCALAR);

	if (*c->at == ' ') {
		c->at += strspn(c->at, " ");
		if (*c->at == '[')
			return flow_list(c);
		if (*c->at != '\n' && *c->at != '\r')
			return scalar(c);
	}
	if (!end_line(c))
		return NULL;
	size_t indent = c->at < c->end ? strspn(c->at, " ") : 0;
	return c->at < c->end && c->at[indent] == '-' ? block_list(c, indent) : none;
}

/* UTF-8, without controls, YAML's line breaks, and what YAML forbids. */
static bool
is_text(const char *s, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		uint64_t eight;
		int32_t c;

		len = 1;
		if ((unsigned char)s[i] < 0x80) {
			if (n - i >= sizeof eight) {
				memcpy(&eight, s + i, sizeof eight);
				len = eight & 0x8080808080808080u ? 1 : sizeof eight;
			}
			continue;
		}
		c = utf8_next(s + i, &len);
		if (c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
		    c == 0xfffe || c == 0xffff)
			return false;
	}
	return true;
}

static bool
has_key(const struct yaml *map, const char *key)
{
	for (const struct yaml *y = map->child; y; y = y->next)
		if (*y->key == *key && strcmp(y->key, key) == 0)
			return true;
	return false;
}

struct yaml *
plain_parse(const char *text, size_t n, size_t first_line, struct arena *a)
{
	struct cursor c = { text, text + n, first_line, a };
	struct yaml *map = new_node(&c, YAML_MAP), **tail = &map->child, *y;

	if (n == 0 || text[n - 1] != '\n' || !is_text(text, n))
		return NULL;
	while (c.at < c.end && c.line < first_line + MAX_LINES) {
		size_t len = span(c.at, KEY);
		char *key;

		if (len == 0 || len > MAX_KEY || *c.at == '-' || c.at[len] != ':')
			return NULL;
		key = arena_strndup(a, c.at, len);
		c.at += len + 1;
		if (has_key(map, key) || !(y = value(&c)))
			return NULL;
		y->key = key;
		*tail = y;
		tail = &y->next;
		map->n++;
	}
	return c.at == c.end ? map : NULL;
}
