#include "check.h"

#include <stdlib.h>

#include "buf.h"
#include "die.h"
#include "front.h"

static struct arena arena;

/* A document as one line: {key=value,...}, [a,...], 'text', ~ for null. */
static void
show(const struct yaml *y, struct buf *b)
{
	if (y->kind == YAML_SCALAR) {
		buf_addf(b, y->value ? "'%s'" : "~", y->value);
		return;
	}
	buf_addch(b, y->kind == YAML_MAP ? '{' : '[');
	for (const struct yaml *e = y->child; e; e = e->next) {
		if (e->key)
			buf_addf(b, "%s=", e->key);
		show(e, b);
		if (e->next)
			buf_addch(b, ',');
	}
	buf_addch(b, y->kind == YAML_MAP ? '}' : ']');
}

static char *
parsed(const char *text, bool front)
{
	const char *why = "";
	size_t line = 0;
	struct yaml *y = front ?
	    yaml_parse_front(text, strlen(text), &arena, &why, &line) :
	    yaml_parse(text, strlen(text), 1, &arena, &why, &line);
	struct buf b = BUF_INIT;
	char *out;

	if (y)
		show(y, &b);
	else
		buf_addf(&b, "%zu: %s", line, why);
	out = arena_strndup(&arena, b.s, b.len);
	buf_release(&b);
	return out;
}

static void
check_yaml(void)
{
	CHECK_STR(parsed("", false), "{}");
	CHECK_STR(parsed("# only this\n", false), "{}");
	CHECK_STR(parsed("---\na: 1\n", false), "{a='1'}");
	CHECK_STR(parsed("a: no\nb: ~\nc: null\nd:\ne: ''\nf: \"~\"", false),
	    "{a='no',b=~,c=~,d=~,e='',f='~'}");
	CHECK_STR(parsed("a: [b, {c: d}]\ne:\n  - f\n  - g: h\n", false),
	    "{a=['b',{c='d'}],e=['f',{g='h'}]}");
	CHECK_STR(parsed("a: |\n  x\n  y\n", false), "{a='x\ny\n'}");
	CHECK_STR(parsed("a: b # c\n", false), "{a='b'}");
	CHECK_STR(parsed("- a\n", false), "['a']");
	CHECK_STR(parsed("a: 1\n---\nb: 2\n", false), "2: a second document");
	CHECK_STR(parsed("a: 1\na: 2\n", false),
	    "2: duplicate key 'a', first on line 1");
	CHECK_STR(parsed("a: {b: 1, b: 2}\n", false),
	    "1: duplicate key 'b', first on line 1");
	CHECK_STR(parsed("a: {b: 1}\nb: 2\n", false), "{a={b='1'},b='2'}");
	CHECK_STR(parsed("\xff", false), "1: invalid leading UTF-8 octet (0xff)");
	CHECK_STR(parsed("a: b\nc: \x01\n", false),
	    "2: control characters are not allowed (0x01)");
}

static void
check_reserved(void)
{
	CHECK_STR(parsed("a: @b c's\nd: 1\n", true), "{a='@b c's',d='1'}");
	CHECK_STR(parsed("a: @b # c\n", true), "{a='@b'}");
	CHECK_STR(parsed("a: @b\r\nc: d\r\n", true), "{a='@b',c='d'}");
	CHECK_STR(parsed("a: |\n  b: @c\n", true), "{a='b: @c\n'}");
	CHECK_STR(parsed("a: x\nb: [\nc: @d\n", true),
	    "5: did not find expected ',' or ']' while parsing a flow sequence");
	CHECK_STR(parsed("a: @b\n", false),
	    "1: found character that cannot start any token while scanning for the next token");
}

static void
check_access(void)
{
	const char *why, **words;
	size_t line;
	const char text[] = "a: [x, y]\nb: z\nc: [x, ~]\nd: []\n";
	struct yaml *y = yaml_parse(text, strlen(text), 7, &arena, &why, &line);

	CHECK(yaml_get(y, "b")->line == 8);
	CHECK_STR(yaml_text(yaml_get(y, "b")), "z");
	CHECK(!yaml_get(y, "nope") && !yaml_get(NULL, "a"));
	CHECK(!yaml_get(yaml_get(y, "b"), "a") && !yaml_text(yaml_get(y, "a")));
	words = yaml_words(yaml_get(y, "a"), &arena);
	CHECK(words && !words[2]);
	CHECK_STR(words[1], "y");
	CHECK(!yaml_words(yaml_get(y, "b"), &arena));
	CHECK(!yaml_words(yaml_get(y, "c"), &arena) && !yaml_words(NULL, &arena));
	words = yaml_words(yaml_get(y, "d"), &arena);
	CHECK(words && !words[0]);
}

static void
check_one_cut(const char *text, enum front_result want, const char *block,
    const char *yaml, const char *body)
{
	struct front f;
	enum front_result r = front_cut(text, strlen(text), &f);

	if (r != want) {
		fprintf(stderr, "front_cut of '%s': got %d\n", text, (int)r);
		failed = 1;
		return;
	}
	if (r != FRONT_OK)
		return;
	CHECK_STR(arena_strndup(&arena, text + f.start, f.block_len), block);
	CHECK_STR(arena_strndup(&arena, text + f.yaml, f.yaml_len), yaml);
	CHECK_STR(text + f.body, body);
}

static void
check_cut(void)
{
	check_one_cut("---\na: 1\n---\nbody\n---\n", FRONT_OK, "---\na: 1\n---",
	    "a: 1\n", "body\n---\n");
	check_one_cut("---\n---\n", FRONT_OK, "---\n---", "", "");
	check_one_cut("---\n---", FRONT_OK, "---\n---", "", "");
	check_one_cut("\xef\xbb\xbf--- \r\na: 1\r\n---\t\r\nb", FRONT_OK,
	    "--- \r\na: 1\r\n---", "a: 1\r\n", "b");
	check_one_cut("---\na\n ---\n----\n---x\n", FRONT_MORE, "", "", "");
	check_one_cut("---", FRONT_MORE, "", "", "");
	check_one_cut("---\n", FRONT_MORE, "", "", "");
	check_one_cut("", FRONT_NONE, "", "", "");
	check_one_cut("--", FRONT_NONE, "", "", "");
	check_one_cut("\n---\na: 1\n---\n", FRONT_NONE, "", "", "");
	check_one_cut("---a\n---\n", FRONT_NONE, "", "", "");
	check_one_cut("\xff\xfe-", FRONT_BINARY, "", "", "");
}

static void
check_cut_sizes(void)
{
	char *big = xrealloc_array(NULL, 2 * FRONT_MAX, 1);
	struct front f;

	memset(big, 'x', 2 * FRONT_MAX);
	memcpy(big, "---\n", 4);
	memcpy(big + FRONT_MAX - 4, "\n---\n", 5);
	CHECK(front_cut(big, 2 * FRONT_MAX, &f) == FRONT_OK);
	CHECK(f.block_len == FRONT_MAX);
	memcpy(big + FRONT_MAX - 4, "x\n---\n", 6);
	CHECK(front_cut(big, 2 * FRONT_MAX, &f) == FRONT_TOOBIG);
	CHECK(front_cut(big, FRONT_MAX - 10, &f) == FRONT_MORE);
	big[100] = '\0';
	CHECK(front_cut(big, 2 * FRONT_MAX, &f) == FRONT_BINARY);
	free(big);
}

int
main(int argc, char *argv[])
{
	(void)argc;
	set_progname(argv[0]);
	check_yaml();
	check_reserved();
	check_access();
	check_cut();
	check_cut_sizes();
	arena_release(&arena);
	return failed;
}
