#include "check.h"

#include <stdlib.h>

#include "buf.h"
#include "die.h"
#include "plain.h"

static struct arena arena;

static bool
same(const struct yaml *a, const struct yaml *b)
{
	if (a->kind != b->kind || a->n != b->n || a->line != b->line ||
	    !a->key != !b->key || !a->value != !b->value)
		return false;
	if ((a->key && strcmp(a->key, b->key) != 0) ||
	    (a->value && strcmp(a->value, b->value) != 0))
		return false;
	for (a = a->child, b = b->child; a && b; a = a->next, b = b->next)
		if (!same(a, b))
			return false;
	return !a && !b;
}

/* Whatever plain_parse takes must mean the same to libyaml.  Did it take it? */
static bool
taken(const char *text)
{
	/* What lies behind the text must not matter. */
	char *copy = arena_printf(&arena, "%s- x\n", text);
	struct yaml *fast = plain_parse(copy, strlen(text), 2, &arena), *full;
	const char *why = "";
	size_t line;

	if (!fast)
		return false;
	full = yaml_parse(text, strlen(text), 2, &arena, &why, &line);
	if (!full || !same(fast, full)) {
		fprintf(stderr, "not the same: <<%s>> %s\n", text, why);
		failed = 1;
	}
	return true;
}

static void
check_taken(void)
{
	static const char *const yes[] = {
		"a: b\n", "a: b c  \n", "a:\n", "a: \n", "a: ''\n", "a: \"\"\n",
		"a: null\n", "a: 'null'\n", "a: nulls\n", "a: [b, c-1, d/e.f]\n",
		"a: []\n", "a:\n  - b\n  - c d\nb: e\n", "a:\n- b\n- 'c'\n",
		"a:\n     - b\n", "a: b\r\nc:\r\n  - d\r\n", "a: \"b: c # d\"\n",
		"a: 'b: [c]'\nb_c-d: 1\n", "a: b, c [d] {e} & *f !g\n",
		"a: b-c - d ? e\n", "a: it's \"so\"\n", "a: 2026-11-22\n",
		"a:\n  -  b\n", "a: b #c\n", "a: b c  # d # e\r\n", "a: 'b' #\n",
		"a: [b] # c\n", "a:\n  - b # c\n  - d\n", "a: \"b \\\"c\\\"\"\n",
		"a: \"\\\\\" # c\n", "a: (b)\n", "a: /b\n", "0: 1\n", "a: [_b]\n",
		"a: \xc3\xa9\n", "a: b \xc2\xb7 c\n", "a: '\xf0\x9f\x9a\x80'\n",
		"a:\n  - \xe6\x97\xa5\n", "a: \xef\xbf\xbd\n", "a: b\n\n",
		"# c\na: b\n\n# d\nc: d\n", "\n#\n\r\na: b\r\n# \xc3\xa9\r\n",
		"a:\n  b: c\n", "a:\n b c: [d, \"e:\", '*.f']\n \"0\": 'g' # h\ni: j\n",
		"a:\n\nb:\n# c\nd: e\n", "a b: c\n", "'a': b\n\"c d\": e\n",
		"a:\n  null: b\n", "null: a\n", "a: [\"null\"]\n", "a: .b\n", "a: ...\n", "a: [.b]\n", "a: ['']\n",
	};
	static const char *const no[] = {
		"", "a: b", "a\n", "a:b\n", ":\n", "-a: b\n", "- a\n", " a: b\n",
		"a: b\n  c\n", "a: b: c\n", "a: b#c\n", "# c\n", "a: b #\tc\n", "a: 'b'#c\n", "a: \"\\x\"\n",
		"a: \"b\\\"\n", "a: # c\n", "a: @b\n",
		"a: |\n  b\n", "a: \"b\\n\"\n", "a: 'b''c'\n", "a: 'b\n  c'\n",
		"a: ~\n", "a: &b c\n", "a: *b\n", "a: !b c\n", "a: b\na: c\n",
		"a: [b,c]\n", "a: [b, ]\n", "a: [b\n", "a: [b, [c]]\n", "a: [~]\n",
		"a: [null]\n", "a: {b: c}\n", "a:\n  - b\n - c\n",
		"a:\n - b\n  - c\n", "a:\n  - b\n    c\n", "a:\n  - b: c\n",
		"a:\n  -\n", "a:\n  - - b\n", "\n", "a:\tb\n",
		"a:\n  b: c\n d: e\n", "a:\n  b: c\n   d\n", "a:\n  b:\n", "a:\n  b: c\n  b: d\n",
		"a:\n  b: c\n  # d\n  e: f\n", "a:\n  b:\n    - c\n", "a:\n  # b\n",
		"a:\n  b:c\n", "a : b\n", "a:\n  b : c\n", "\"\": a\n", "'a''b': c\n",
		"a: ['b''c']\n", "a: [\"b\\\\\"]\n", "a: ['b' c]\n", "a: ['b': c]\n", "a: b\n# c\n  d\n",
		"a: b\n#\tc\n", "a: b\n # c\n", "a:\n  -b: c\n", "#\n", "\n\n",
		"a: b\n'a': c\n",
		"a: b\tc\n", "a: \xc3\n", "a: \xff\n", "a: \xc2\x85\n", "a: \xe2\x80\xa8" "b\n",
		"a: \xef\xbb\xbf\n", "\xef\xbb\xbf" "a: b\n", "a: \xed\xa0\x80\n",
		"\xc3\xa9: b\n", "a: [\xc3\xa9]\n", "a: b\n---\n", "a: -b\n", "a: ?b\n",
		"a: \x01\n", "a: b\rc: d\n", "a: b\n...\n", "%a: b\n",
		"a: [b] c\n", "a: 'b' c\n", "a:\n  - [b]\n", "a: \x7f\n",
	};

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!taken(yes[i])) {
			fprintf(stderr, "not taken: <<%s>>\n", yes[i]);
			failed = 1;
		}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (taken(no[i])) {
			fprintf(stderr, "taken: <<%s>>\n", no[i]);
			failed = 1;
		}
}

static const char *
any(const char *const *of, size_t n)
{
	return of[(size_t)rand() % n];
}
#define ANY(of) any(of, sizeof of / sizeof *of)

/* Documents that are mostly YAML, and mostly plain. */
static void
check_random(unsigned rounds)
{
	static const char *const begin[] = { ": ", ": ", ": ", ": ", ":", ":  ",
		": [", ": [a, ", ":\n  - ", ":\n- ", ": '", ": \"", ":\n  - a\n  - ",
		":\n  a: ", ":\n  a: ", ":\n  a b: c\n  \"0\": [x, \"", "\n# c\n", ":\n a: b\n a: ",
		" x: ", ": ['a', '" };
	static const char *const good[] = { "a", "b c", "0", "null", "x-y", "n, m",
		"(n)", "/p/q.c", ".d", "..", "it's", " ", "2026-11-22" };
	static const char *const piece[] = { "~", ":", ": ", "-", "- ",
		"--- ", "[", "]", ",", ", ", "{", "}", "'", "\"", "''", "#", " #", "&",
		"*", "!", "|", ">", "%", "@", "`", "?", "\\", "\\\"", "\\\\", " # c", ".", "=", "<", "\t",
		"\xc3\xa9", "\xc2\xa0", "\xc2\x85", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xf4\x90\x80\x80", "\x01", "\xff", "\n", "\n ", "\n  - ", "\r" };
	static const char *const end[] = { "\n", "\n", "\n", "\n", "\r\n", " \n",
		"]\n", "]\n", "'\n", "\"\n", "\n  - z\n", "\n- z\n", "\n\n", "", "\n  z: y\n",
		"\n# z\n", "\n \n", "\"]\n", "']\n", "\n  z: 'y'\n  z2: \"y\"\n" };
	struct buf text = BUF_INIT;
	size_t hits = 0;

	srand(1);
	for (unsigned i = 0; i < rounds; i++) {
		buf_reset(&text);
		for (int k = 1 + rand() % 4; k > 0; k--) {
			buf_addf(&text, "k%d%s", k, ANY(begin));
			for (int m = rand() % 3; m > 0; m--)
				buf_addstr(&text, rand() % 3 ? ANY(good) : ANY(piece));
			buf_addstr(&text, ANY(end));
		}
		hits += taken(text.s);
		if (i % 1000 == 0)
			arena_reset(&arena);
	}
	CHECK(hits > rounds / 20);
	buf_release(&text);
}

int
main(int argc, char *argv[])
{
	set_progname(argv[0]);
	check_taken();
	check_random(argc > 1 ? (unsigned)atoi(argv[1]) : 100000);
	arena_release(&arena);
	return failed;
}
