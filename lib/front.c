#include "front.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <yaml.h>

#include "buf.h"
#include "fs.h"

enum { MAX_DEPTH = 16, MAX_EVENTS = 4096 };

/* The tree being built: the open containers, innermost last. */
struct builder {
	yaml_parser_t parser;
	struct arena *arena;
	size_t first_line;
	struct yaml *root;
	struct {
		struct yaml *node;
		struct yaml **tail;
		const char *key;        /* waits for its value, in a map */
	} open[MAX_DEPTH];
	size_t depth;
	const char *why;
	size_t line;
};

static int
fail(struct builder *b, size_t line, const char *why)
{
	b->why = why;
	b->line = line;
	return -1;
}

/* libyaml says where it was for the scanner and the parser, but only a byte
 * offset for what it could not even read. */
static int
fail_parser(struct builder *b, const char *text, size_t n)
{
	const yaml_parser_t *p = &b->parser;
	size_t line = b->first_line + p->problem_mark.line;
	const char *what = p->problem ? p->problem : "not YAML";

	/* The commonest fault of all, in words that help. */
	if (strncmp(what, "mapping values are not allowed", 30) == 0)
		what = "a value with ': ' in it must stand in quotes";
	if (p->error != YAML_READER_ERROR)
		return fail(b, line, arena_printf(b->arena, "%s%s%s", what,
		    p->context ? " " : "", p->context ? p->context : ""));
	line = b->first_line;
	for (size_t i = 0; i < p->problem_offset && i < n; i++)
		line += text[i] == '\n';
	return fail(b, line, p->problem_value < 0 ? what :
	    arena_printf(b->arena, "%s (0x%02x)", what,
	    (unsigned)p->problem_value));
}

static int
set_key(struct builder *b, size_t line, const char *key)
{
	for (const struct yaml *y = b->open[b->depth - 1].node->child; y; y = y->next)
		if (strcmp(y->key, key) == 0)
			return fail(b, line, arena_printf(b->arena,
			    "duplicate key '%s', first on line %zu", key, y->line));
	b->open[b->depth - 1].key = key;
	return 0;
}

static struct yaml *
add_node(struct builder *b, enum yaml_kind kind, const yaml_event_t *e)
{
	struct yaml *y = arena_alloc(b->arena, sizeof *y);

	y->kind = kind;
	y->line = b->first_line + e->start_mark.line;
	y->from = e->start_mark.index;
	y->to = e->end_mark.index;
	if (b->depth == 0) {
		b->root = y;
		return y;
	}
	struct yaml *up = b->open[b->depth - 1].node;
	y->key = b->open[b->depth - 1].key;
	b->open[b->depth - 1].key = NULL;
	*b->open[b->depth - 1].tail = y;
	b->open[b->depth - 1].tail = &y->next;
	up->n++;
	return y;
}

static bool
wants_key(const struct builder *b)
{
	return b->depth > 0 && b->open[b->depth - 1].node->kind == YAML_MAP &&
	    !b->open[b->depth - 1].key;
}

static int
on_scalar(struct builder *b, const yaml_event_t *e, size_t line)
{
	const char *s = (const char *)e->data.scalar.value;
	size_t n = e->data.scalar.length;

	if (e->data.scalar.anchor)
		return fail(b, line, "anchors are not allowed");
	if (e->data.scalar.tag)
		return fail(b, line, "tags are not allowed");
	if (memchr(s, '\0', n))
		return fail(b, line, "NUL byte in a value");
	if (wants_key(b))
		return set_key(b, line, arena_strndup(b->arena, s, n));
	struct yaml *y = add_node(b, YAML_SCALAR, e);
	if (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
	    (n > 0 && strcmp(s, "~") != 0 && strcmp(s, "null") != 0))
		y->value = arena_strndup(b->arena, s, n);
	return 0;
}

static int
on_open(struct builder *b, enum yaml_kind kind, const yaml_event_t *e)
{
	bool seq = kind == YAML_SEQ;
	size_t line = b->first_line + e->start_mark.line;

	if (seq ? e->data.sequence_start.anchor : e->data.mapping_start.anchor)
		return fail(b, line, "anchors are not allowed");
	if (seq ? e->data.sequence_start.tag : e->data.mapping_start.tag)
		return fail(b, line, "tags are not allowed");
	if (wants_key(b))
		return fail(b, line, "a key must be one word");
	if (b->depth == MAX_DEPTH)
		return fail(b, line, "nested more than 16 deep");
	struct yaml *y = add_node(b, kind, e);
	b->open[b->depth].node = y;
	b->open[b->depth].tail = &y->child;
	b->open[b->depth].key = NULL;
	b->depth++;
	return 0;
}

/* libyaml notices the end of a block only at what follows it. */
static int
on_close(struct builder *b, const yaml_event_t *e)
{
	struct yaml *y = b->open[--b->depth].node;

	if (e->end_mark.index > e->start_mark.index)
		y->to = e->end_mark.index;
	else
		for (const struct yaml *c = y->child; c; c = c->next)
			y->to = c->to;
	return 0;
}

static int
on_event(struct builder *b, const yaml_event_t *e)
{
	size_t line = b->first_line + e->start_mark.line;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(b, e, line);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, YAML_SEQ, e);
	case YAML_MAPPING_START_EVENT:
		return on_open(b, YAML_MAP, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(b, e);
	case YAML_ALIAS_EVENT:
		return fail(b, line, "aliases are not allowed");
	case YAML_DOCUMENT_START_EVENT:
		return b->root ? fail(b, line, "a second document") : 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

static int
build(struct builder *b, const char *text, size_t n)
{
	yaml_event_t e;
	bool end = false;
	int r = 0;

	for (size_t events = 0; r == 0 && !end; events++) {
		if (!yaml_parser_parse(&b->parser, &e))
			return fail_parser(b, text, n);
		end = e.type == YAML_STREAM_END_EVENT;
		r = events < MAX_EVENTS ? on_event(b, &e) :
		    fail(b, b->first_line + e.start_mark.line,
			"more than 4096 keys and values");
		yaml_event_delete(&e);
	}
	return r;
}

struct yaml *
yaml_parse(const char *text, size_t n, size_t first_line, struct arena *a,
    const char **why, size_t *line)
{
	struct builder b = { .arena = a, .first_line = first_line };
	int r;

	if (!yaml_parser_initialize(&b.parser))
		die(EXIT_RETRY, "cannot allocate a YAML parser");
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, n);
	r = build(&b, text, n);
	yaml_parser_delete(&b.parser);
	if (r < 0) {
		*why = b.why;
		*line = b.line;
		return NULL;
	}
	if (!b.root || (b.root->kind == YAML_SCALAR && !b.root->value)) {
		b.root = arena_alloc(a, sizeof *b.root);
		b.root->kind = YAML_MAP;
		b.root->line = first_line;
	}
	return b.root;
}

static size_t
line_end(const char *text, size_t from, size_t n)
{
	const char *lf = memchr(text + from, '\n', n - from);

	return lf ? (size_t)(lf - text) : n;
}

bool
front_reserved(const char *line, size_t n, size_t *from, size_t *to)
{
	size_t i = 0;
	const char *note;

	while (i < n && (isalnum((unsigned char)line[i]) || line[i] == '_' ||
	    line[i] == '-'))
		i++;
	if (i == 0 || i + 1 >= n || line[i] != ':' || line[i + 1] != ' ')
		return false;
	for (i++; i < n && line[i] == ' '; i++)
		;
	if (i == n || line[i] != '@')
		return false;
	*from = i;
	note = memmem(line + i, n - i, " #", 2);
	*to = note ? (size_t)(note - line) : n;
	while (isspace((unsigned char)line[*to - 1]))
		--*to;
	return true;
}

/* Append the text with each such value in quotes; false if there is none. */
static bool
quote_reserved(const char *text, size_t n, struct buf *out)
{
	bool any = false;

	for (size_t at = 0, end; at < n; at = end) {
		const char *line = text + at;
		size_t from, to;

		end = line_end(text, at, n);
		end += end < n;
		if (!front_reserved(line, end - at, &from, &to)) {
			buf_add(out, line, end - at);
			continue;
		}
		any = true;
		buf_add(out, line, from);
		buf_addch(out, '\'');
		for (size_t i = from; i < to; i++)
			buf_addf(out, "%s%c", line[i] == '\'' ? "'" : "", line[i]);
		buf_addch(out, '\'');
		buf_add(out, line + to, end - at - to);
	}
	return any;
}

struct yaml *
yaml_parse_front(const char *text, size_t n, struct arena *a, const char **why,
    size_t *line)
{
	struct yaml *root = yaml_parse(text, n, 2, a, why, line);
	struct buf quoted = BUF_INIT;

	if (!root && quote_reserved(text, n, &quoted))
		root = yaml_parse(quoted.s, quoted.len, 2, a, why, line);
	buf_release(&quoted);
	return root;
}

const struct yaml *
yaml_get(const struct yaml *m, const char *key)
{
	if (!m || m->kind != YAML_MAP)
		return NULL;
	for (const struct yaml *y = m->child; y; y = y->next)
		if (*y->key == *key && strcmp(y->key, key) == 0)
			return y;
	return NULL;
}

const char *
yaml_text(const struct yaml *y)
{
	return y && y->kind == YAML_SCALAR ? y->value : NULL;
}

const char **
yaml_words(const struct yaml *y, struct arena *a)
{
	const char **v;
	size_t n = 0;

	if (!y || y->kind != YAML_SEQ)
		return NULL;
	v = arena_alloc(a, (y->n + 1) * sizeof *v);
	for (const struct yaml *e = y->child; e; e = e->next)
		if (!(v[n++] = yaml_text(e)))
			return NULL;
	return v;
}

/* Is the line text[from .. to), its LF cut off, a delimiter?  *end: behind its
 * last dash. */
static bool
is_delimiter(const char *text, size_t from, size_t to, size_t *end)
{
	if (to - from < 3 || memcmp(text + from, "---", 3) != 0)
		return false;
	*end = from + 3;
	if (text[to - 1] == '\r')
		to--;
	for (from += 3; from < to; from++)
		if (text[from] != ' ' && text[from] != '\t')
			return false;
	return true;
}

enum front_result
front_cut(const char *text, size_t n, struct front *out)
{
	size_t at = 0, end, eol, limit;

	if (n >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
	    memcmp(text, "\xfe\xff", 2) == 0))
		return FRONT_BINARY;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	eol = line_end(text, at, n);
	if (!is_delimiter(text, at, eol, &end))
		return memchr(text, '\0', n) ? FRONT_BINARY : FRONT_NONE;
	out->start = at;
	limit = n - at > FRONT_MAX ? at + FRONT_MAX : n;
	out->yaml = eol < n ? eol + 1 : n;
	for (at = out->yaml; at < limit; at = eol + 1) {
		eol = line_end(text, at, n);
		if (!is_delimiter(text, at, eol, &end))
			continue;
		out->yaml_len = at - out->yaml;
		out->block_len = end - out->start;
		out->body = eol < n ? eol + 1 : n;
		if (memchr(text + out->yaml, '\0', out->yaml_len))
			return FRONT_BINARY;
		return out->block_len <= FRONT_MAX ? FRONT_OK : FRONT_TOOBIG;
	}
	if (memchr(text, '\0', limit))
		return FRONT_BINARY;
	return n - out->start > FRONT_MAX ? FRONT_TOOBIG : FRONT_MORE;
}
