#include "plain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "hash.h"
#include "utf8.h"

/* Far below front's limits, and what has to be compared stays short: longer
 * documents are not worth a second set. */
enum { MAX_LINES = 500, MAX_NODES = 1000, MAX_KEY = 100 };

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
	['.'] = WORD | TEXT | START | QUOTED, ['/'] = ALNUM & ~KEY, [' '] = TEXT | QUOTED,
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
	size_t line, n_node;
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
new_node(struct cursor *c, enum yaml_kind kind)
{
	struct yaml *y = arena_alloc(c->arena, sizeof *y);

	c->n_node++;
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

static bool
is_quote(char c)
{
	return c == '"' || c == '\'';
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
	char quote = is_quote(*s) ? *s : '\0';
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

/* What stands between quotes that escape nothing. */
static const char *
quoted(struct cursor *c)
{
	const char *s = c->at + 1;
	size_t n = span(s, QUOTED);

	if (s[n] != *c->at)
		return NULL;
	c->at = s + n + 1;
	return arena_strndup(c->arena, s, n);
}

static const char *
flow_word(struct cursor *c)
{
	const char *s = c->at;
	size_t n = class[(unsigned char)*s] & START ? span(s, WORD) : 0;

	if (is_quote(*s))
		return quoted(c);
	if (n == 0 || (n == 4 && memcmp(s, "null", 4) == 0))
		return NULL;
	c->at += n;
	return arena_strndup(c->arena, s, n);
}

/* [word, word] */
static struct yaml *
flow_list(struct cursor *c)
{
	struct yaml *y = new_node(c, YAML_SEQ), **tail = &y->child, *e;

	for (c->at++; *c->at != ']'; y->n++) {
		e = new_node(c, YAML_SCALAR);
		e->value = flow_word(c);
		if (!e->value)
			return NULL;
		*tail = e;
		tail = &e->next;
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

static bool
has_key(const struct yaml *map, const char *key)
{
	for (const struct yaml *y = map->child; y; y = y->next)
		if (*y->key == *key && strcmp(y->key, key) == 0)
			return true;
	return false;
}

/* A key that map does not have yet, and its colon. */
static const char *
new_key(struct cursor *c, const struct yaml *map)
{
	const char *s = c->at, *key;
	size_t n = 0;

	if (is_quote(*s)) {
		key = quoted(c);
		n = key ? strlen(key) : 0;
	} else if (*s != '-') {
		while (class[(unsigned char)s[n]] & KEY || (n && s[n] == ' '))
			n++;
		key = arena_strndup(c->arena, s, n);
		c->at += n;
	}
	if (n == 0 || n > MAX_KEY || *c->at != ':' || c->at[-1] == ' ' ||
	    has_key(map, key))
		return NULL;
	c->at++;
	return key;
}

/* Step over blanks to what stands behind "key: "; NULL: nothing does. */
static bool
is_on_line(struct cursor *c)
{
	if (*c->at != ' ')
		return false;
	c->at += strspn(c->at, " ");
	return *c->at != '\n' && *c->at != '\r';
}

static struct yaml *
value_on_line(struct cursor *c)
{
	return *c->at == '[' ? flow_list(c) : scalar(c);
}

/* Lines of "key: value", all as far in as the first. */
static struct yaml *
block_map(struct cursor *c, size_t indent)
{
	struct yaml *map = new_node(c, YAML_MAP), **tail = &map->child, *y;

	while (c->at < c->end && strspn(c->at, " ") == indent) {
		const char *key;

		c->at += indent;
		key = new_key(c, map);
		if (!key || map->n == MAX_LINES || !is_on_line(c) ||
		    !(y = value_on_line(c)))
			return NULL;
		y->key = key;
		*tail = y;
		tail = &y->next;
		map->n++;
	}
	return map;
}

/* What stands behind "key:". */
static struct yaml *
value(struct cursor *c)
{
	struct yaml *none = new_node(c, YAML_SCALAR);
	size_t indent;

	if (is_on_line(c))
		return value_on_line(c);
	if (!end_line(c))
		return NULL;
	indent = c->at < c->end ? strspn(c->at, " ") : 0;
	if (c->at < c->end && c->at[indent] == '-')
		return block_list(c, indent);
	return indent ? block_map(c, indent) : none;
}

/* Blank lines and comments between the members. */
static bool
skip_lines(struct cursor *c)
{
	while (c->at < c->end && (*c->at == '\n' || *c->at == '\r' || *c->at == '#')) {
		const char *from = c->at;

		while (*from == '#' && (unsigned char)*c->at >= ' ' && *c->at != 0x7f)
			c->at++;
		if (!end_line(c))
			return false;
	}
	return true;
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

struct yaml *
plain_parse(const char *text, size_t n, size_t first_line, struct arena *a)
{
	struct cursor c = { text, text + n, first_line, 0, a };
	struct yaml *map, **tail, *y;

	if (n == 0 || text[n - 1] != '\n' || !is_text(text, n) || !skip_lines(&c))
		return NULL;
	map = new_node(&c, YAML_MAP);
	tail = &map->child;
	while (c.at < c.end && c.line < first_line + MAX_LINES) {
		const char *key = new_key(&c, map);

		if (!key || !(y = value(&c)) || !skip_lines(&c))
			return NULL;
		y->key = key;
		*tail = y;
		tail = &y->next;
		map->n++;
	}
	return c.at == c.end && map->n && c.n_node <= MAX_NODES ? map : NULL;
}

struct yaml *
plain_load(const char *path, const char *shown, struct arena *a, uint64_t *hash)
{
	struct buf text = BUF_INIT;
	struct yaml *root;
	const char *why;
	size_t line;

	if (fs_read(AT_FDCWD, path, FRONT_MAX, &text) < 0) {
		if (errno == ENOENT)
			return NULL;
		die_errno(EXIT_FAIL, "cannot read '%s'", shown);
	}
	root = plain_parse(text.s, text.len, 1, a);
	if (!root)
		root = yaml_parse(text.s, text.len, 1, a, &why, &line);
	if (!root)
		die(EXIT_FAIL, "%s:%zu: %s", shown, line, why);
	if (root->kind != YAML_MAP)
		die(EXIT_FAIL, "%s:%zu: not a map of keys and values", shown,
		    root->line);
	if (hash)
		*hash = hash_words(text.s, text.len);
	buf_release(&text);
	return root;
}
