/* edit [-s STEP] [FILE...]: tables; with task files, the property that an edit
 * changes one value and no other byte, for each of their keys and many values
 * (with -s each STEPth), as they are, with CRLF, and with a BOM and no end of the
 * last line (with -s in turn). */
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>

#include "buf.h"
#include "edit.h"
#include "front.h"
#include "fs.h"
#include "scalar.h"

static struct arena arena;

/* The file after an edit, or "LINE: why not". */
static char *
edited(const char *text, const char *key, const char *value, enum edit_as as)
{
	struct edit e = { .arena = &arena };
	struct buf out = BUF_INIT;
	char *r;

	if (edit_set(&e, text, strlen(text), key, value, as, &out) == 0)
		r = arena_strndup(&arena, out.s, out.len);
	else
		r = arena_printf(&arena, "%zu: %s", e.line, e.why);
	buf_release(&out);
	return r;
}

#define YAML(before, key, value, after) \
	CHECK_STR(edited("---\n" before "---\nb\n", key, value, EDIT_TEXT), \
	    "---\n" after "---\nb\n")
#define LIST(before, key, value, after) \
	CHECK_STR(edited("---\n" before "---\nb\n", key, value, EDIT_LIST), \
	    "---\n" after "---\nb\n")
#define REFUSED(before, key, value, why) \
	CHECK_STR(edited("---\n" before "---\nb\n", key, value, EDIT_TEXT), why)

static void
check_text(void)
{
	YAML("a: x\nb: y\n", "a", "z", "a: z\nb: y\n");
	YAML("a:   x  # note\n", "a", "y", "a:   y  # note\n");
	YAML("a: 'x'\n", "a", "it's", "a: 'it''s'\n");
	YAML("a: \"x\" # n\n", "a", "q\"\\", "a: \"q\\\"\\\\\" # n\n");
	YAML("a: x\n", "a", "y: z", "a: 'y: z'\n");
	YAML("a: x\n", "a", "y #z", "a: 'y #z'\n");
	YAML("a: x\n", "a", "a\tb\n", "a: \"a\\x09b\\n\"\n");
	YAML("a: x\n", "a", "", "a: ''\n");
	YAML("a: x\n", "a", "null", "a: 'null'\n");
	YAML("a: x\n", "a", "12", "a: '12'\n");
	YAML("a: 11\n", "a", "12", "a: 12\n");
	YAML("a: x\n", "a", "- y", "a: '- y'\n");
	YAML("a: x\n", "a", "z\xc3\xab\xe2\x86\x92", "a: z\xc3\xab\xe2\x86\x92\n");
	YAML("a: x\n", "a", "\xe2\x80\xa8", "a: \"\\u2028\"\n");
	YAML("a:\nb: y\n", "a", "z", "a: z\nb: y\n");
	YAML("a: \nb: y\n", "a", "z", "a: z\nb: y\n");
	YAML("a:   \r\n", "a", "z", "a: z  \r\n");
	YAML("a: # note\nb: y\n", "a", "z", "a: z # note\nb: y\n");
	YAML("a: ~\n", "a", "z", "a: z\n");
	YAML("a:\n  x\nb: y\n", "a", "z", "a:\n  z\nb: y\n");
	YAML("a: x\n  y\nb: y\n", "a", "z", "a: z\nb: y\n");
	YAML("a: \"x\nb: y\"\nc: z\n", "c", "w", "a: \"x\nb: y\"\nc: w\n");
	YAML("a: |\n  x\n  y\n\n# n\nb: z\n", "a", "w", "a: w\n\n# n\nb: z\n");
	YAML("a: >-\n  x\n", "a", "w", "a: w\n");
	YAML("\"a\": x\n", "a", "z", "\"a\": z\n");
	YAML("\xc3\xab: \xc3\xab\xc3\xab\na: x\n", "a", "y", "\xc3\xab: \xc3\xab\xc3\xab\na: y\n");
	YAML("  a: x\n  b: y\n", "a", "z", "  a: z\n  b: y\n");
	REFUSED("a: {b: c}\n", "a", "x", "2: a map is edited by hand");
	REFUSED("a: x\na: y\n", "a", "z", "3: duplicate key 'a', first on line 2");
	REFUSED("a: &x y\n", "a", "z", "2: anchors are not allowed");
	REFUSED("- a\n", "a", "z", "2: not a list of 'key: value' lines");
	REFUSED("a: x\n", "a", "\xff", "1: no UTF-8 text");
}

static void
check_reserved(void)
{
	YAML("a: @b c\nd: x\n", "a", "@e", "a: @e\nd: x\n");
	YAML("a: @b\xc3\xab # n\nd: x\n", "d", "y", "a: @b\xc3\xab # n\nd: y\n");
	YAML("a: @b\xc3\xab # n\nd: x\n", "a", "y", "a: y # n\nd: x\n");
	YAML("a: x\n", "a", "@b", "a: '@b'\n");
	YAML("a: @b\n", "a", "@b #c", "a: '@b #c'\n");
}

static void
check_lists(void)
{
	LIST("a: [x, y]\nb: z\n", "a", "u,v,w", "a: [u, v, w]\nb: z\n");
	LIST("a: [x,\n  y]\n", "a", "u", "a: [u]\n");
	LIST("a: [\"x\"]\n", "a", "u , v", "a: [\"u\", \"v\"]\n");
	LIST("a: ['*x', y]\n", "a", "*u,v", "a: ['*u', v]\n");
	LIST("a: []\n", "a", "u", "a: [u]\n");
	LIST("a:\nb: z\n", "a", "u", "a: [u]\nb: z\n");
	LIST("a: x\n", "a", "u", "a: u\n");
	LIST("a: x\n", "a", "u,v", "a: [u, v]\n");
	LIST("a: x, y\n", "a", "u,v", "a: u, v\n");
	LIST("a:\n  - x\n  - y # n\nb: z\n", "b", "u", "a:\n  - x\n  - y # n\nb: u\n");
	LIST("a:\n  -  x\n  -  y\nb: z\n", "a", "u,v,w",
	    "a:\n  -  u\n  -  v\n  -  w\nb: z\n");
	LIST("a:\n- 'x'\nb: z\n", "a", "u,v", "a:\n- 'u'\n- 'v'\nb: z\n");
	LIST("a:\n- x\n\n# n\nb: z\n", "a", "u", "a:\n- u\n\n# n\nb: z\n");
	LIST("a:\n-\nb: z\n", "a", "u,v", "a:\n- u\n- v\nb: z\n");
	LIST("a:\n  - x\nb: z\n", "a", "", "a: []\nb: z\n");
	LIST("a: # n\n  - x\nb: z\n", "a", "", "a: # n\n  []\nb: z\n");
	LIST("a: [x]\n", "a", "", "a: []\n");
	LIST("a:\n  - >-\n    x\n\nb: z\n", "a", "u", "a:\n  - u\n\nb: z\n");
	YAML("a: [x]\n", "a", "u,v", "a: [u, v]\n");
	REFUSED("a: # n\n- x\n", "a", "", "3: a comment stands where '[]' would have to");
	REFUSED("a: [x, # n\n  y]\n", "a", "z", "2: comments in the list would be lost");
	REFUSED("a: [x, [y]]\n", "a", "z", "2: not a list of words");
}

static void
check_new_key(void)
{
	YAML("a: x\n", "b", "y", "a: x\nb: y\n");
	YAML("a: x # n\n\n# m\n", "b", "y", "a: x # n\nb: y\n\n# m\n");
	YAML("  a: x\n", "b", "y", "  a: x\n  b: y\n");
	YAML("a:\n", "b", "y", "a:\nb: y\n");
	YAML("a:\n- x\n", "b", "y", "a:\n- x\nb: y\n");
	YAML("a: |\n  x\n\n", "b", "y", "a: |\n  x\n\nb: y\n");
	YAML("# n\n", "b", "y", "# n\nb: y\n");
	YAML("", "b", "y", "b: y\n");
	LIST("a: x\n", "b", "y,z", "a: x\nb: [y, z]\n");
	REFUSED("a: x\n", "#", "y", "1: this value can be changed by hand only");
	REFUSED("a: x\n", "b: c", "y", "1: this value can be changed by hand only");
	REFUSED("{a: x}\n", "b", "y", "1: this value can be changed by hand only");
}

static void
check_file(void)
{
	CHECK_STR(edited("\xef\xbb\xbf---\r\na: x\r\n---\r\nb", "a", "y", EDIT_TEXT),
	    "\xef\xbb\xbf---\r\na: y\r\n---\r\nb");
	CHECK_STR(edited("---\r\na: x\r\n---", "b", "y", EDIT_TEXT),
	    "---\r\na: x\r\nb: y\r\n---");
	CHECK_STR(edited("---\r\na:\r\n  - x\r\n---", "a", "y,z", EDIT_TEXT),
	    "---\r\na:\r\n  - y\r\n  - z\r\n---");
	CHECK_STR(edited("--- \na: x\n---\t\n---\na: z\n---\n", "a", "y", EDIT_TEXT),
	    "--- \na: y\n---\t\n---\na: z\n---\n");
	CHECK_STR(edited("a: x\n", "a", "y", EDIT_TEXT), "1: no front matter");
	CHECK_STR(edited("---\na: x\n", "a", "y", EDIT_TEXT),
	    "1: the front matter has no end");
}

/* --- the property --- */

static const char *const values[] = { "x", "To Do", "it's", "a: b", "#1 c", "",
	"no", "'q'", "\"q\"", "@bob", "z\xc3\xab \xe2\x9c\x93", "a, b", "- x", "12",
	"~", "a\nb\t", "[x]", "{x", "x:", "---", " x ", "back\\slash", "%x", "!t", "? x",
	"\x1b[31m", "https://example.org/#a" };
static size_t cases, refused, step = 1, turn;

/* Everything but one key, as text. */
static void
show(const struct yaml *y, const char *but, struct buf *b)
{
	for (const struct yaml *e = y->child; e; e = e->next) {
		if (e->key && but && strcmp(e->key, but) == 0)
			continue;
		buf_addf(b, "%s=%d<%s>", e->key ? e->key : "", (int)e->kind,
		    e->value ? e->value : "");
		show(e, NULL, b);
		buf_addch(b, ';');
	}
}

static const struct yaml *
parse(const char *text, size_t n, struct front *f)
{
	const char *why;
	size_t line;

	return front_cut(text, n, f) != FRONT_OK ? NULL :
	    yaml_parse_front(text + f->yaml, f->yaml_len, &arena, &why, &line);
}

/* By lines: where a key's value may be, from behind its colon to the end of the
 * last line before the next key.  False if the file is too odd to tell. */
static bool
value_region(const char *text, const struct front *f, const char *key, size_t *from,
    size_t *to)
{
	const char *at = text + f->yaml, *end = at + f->yaml_len, *lf;
	size_t n = strlen(key);
	bool found = false;

	for (; at < end; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(end - at));
		if (!lf)
			return false;
		if (found && !strchr(" -#\r\n", *at))
			break;
		if (!found && strncmp(at, key, n) == 0 && at[n] == ':') {
			found = true;
			*from = (size_t)(at - text) + n + 1;
		}
	}
	*to = (size_t)(at - text);
	return found;
}

static void
check_splice(const char *path, const struct buf *was, const struct buf *now,
    const char *key)
{
	size_t from = 0, to = 0, head = 0, tail = 0;
	size_t least = was->len < now->len ? was->len : now->len;
	struct front f;

	while (head < least && was->s[head] == now->s[head])
		head++;
	while (tail < least - head &&
	    was->s[was->len - 1 - tail] == now->s[now->len - 1 - tail])
		tail++;
	front_cut(was->s, was->len, &f);
	if (head == was->len || !value_region(was->s, &f, key, &from, &to))
		return;
	if (head < from || was->len - tail > to) {
		failed = 1;
		fprintf(stderr, "%s: %s: bytes %zu..%zu changed, not only %zu..%zu\n",
		    path, key, head, was->len - tail, from, to);
	}
}

static void
check_case(const char *path, const struct buf *text, const char *key,
    const char *value, enum edit_as as)
{
	struct edit e = { .arena = &arena, .drop_notes = true };
	struct buf out = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
	const struct yaml *was, *now, *got;
	struct front f;

	cases++;
	if (edit_set(&e, text->s, text->len, key, value, as, &out) < 0) {
		refused++;
		fprintf(stderr, "%s: %s: %s\n", path, key, e.why);
	} else {
		was = parse(text->s, text->len, &f);
		now = parse(out.s, out.len, &f);
		show(was, key, &a);
		if (now)
			show(now, key, &b);
		got = yaml_get(now, key);
		CHECK_STR(b.s, a.s);
		CHECK(got != NULL);
		if (got && got->kind == YAML_SCALAR && as == EDIT_TEXT)
			CHECK_STR(yaml_text(got), value);
		check_splice(path, text, &out, key);
		if (!yaml_get(was, key))
			CHECK(out.len > text->len);
	}
	buf_release(&out);
	buf_release(&a);
	buf_release(&b);
}

/* Setting a value to what it is changes nothing. */
static void
check_same(const char *path, const struct buf *text, const struct yaml *y)
{
	struct edit e = { .arena = &arena };
	struct buf out = BUF_INIT;

	cases++;
	if (!yaml_text(y) || !*y->value)
		return;
	if (edit_set(&e, text->s, text->len, y->key, y->value, EDIT_TEXT, &out) < 0 ||
	    (y->value[strcspn(y->value, "\"\\\n")] == '\0' && strcmp(out.s, text->s) != 0)) {
		struct front f;

		/* Over several lines it may have been. */
		front_cut(text->s, text->len, &f);
		if (strlen(text->s) - strlen(out.s) < 2) {
			failed = 1;
			fprintf(stderr, "%s: %s is not as it was\n", path, y->key);
		}
	}
	buf_release(&out);
}

/* Each key of a file, and one that it has not. */
static void
check_keys(const char *path, const struct buf *text)
{
	const struct yaml *root;
	struct front f;
	size_t n = 0;
	char **key;

	root = parse(text->s, text->len, &f);
	if (!root || root->kind != YAML_MAP)
		return;
	/* The tree goes with the arena. */
	key = xrealloc_array(NULL, root->n + 1, sizeof *key);
	for (const struct yaml *y = root->child; y; y = y->next) {
		check_same(path, text, y);
		key[n++] = xstrdup(y->key);
	}
	key[n++] = xstrdup("brand_new");
	for (size_t i = 0; i < n; i++) {
		for (size_t j = turn++ % step; j < sizeof values / sizeof *values; j += step)
			check_case(path, text, key[i], values[j],
			    turn & 1 ? EDIT_TEXT : EDIT_LIST);
		free(key[i]);
		arena_reset(&arena);
	}
	free(key);
}

enum { AS_IS, CRLF, BOM, N_VARIANTS };

static void
add_variant(struct buf *out, const struct buf *text, int variant)
{
	if (variant == BOM)
		buf_addstr(out, "\xef\xbb\xbf");
	for (size_t i = 0; i < text->len; i++) {
		if (variant == CRLF && text->s[i] == '\n')
			buf_addch(out, '\r');
		buf_addch(out, text->s[i]);
	}
	if (variant == BOM && out->s[out->len - 1] == '\n')
		buf_setlen(out, out->len - 1);
}

static void
check_property(const char *path)
{
	static int next;
	struct buf text = BUF_INIT, other = BUF_INIT;

	if (fs_read(AT_FDCWD, path, 1 << 24, &text) == 0)
		for (int v = 0; v < N_VARIANTS; v++) {
			if (step > 1 && v != next % N_VARIANTS)
				continue;
			buf_reset(&other);
			add_variant(&other, &text, v);
			check_keys(path, &other);
		}
	next++;
	buf_release(&text);
	buf_release(&other);
}

int
main(int argc, char *argv[])
{
	set_progname(argv[0]);
	check_text();
	check_reserved();
	check_lists();
	check_new_key();
	check_file();
	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		step = (size_t)strtoul(argv[2], NULL, 10);
		argv += 2;
		argc -= 2;
	}
	for (int i = 1; i < argc; i++)
		check_property(argv[i]);
	if (argc > 1)
		printf("%zu cases, %zu refused\n", cases, refused);
	arena_release(&arena);
	return failed;
}
