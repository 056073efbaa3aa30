#include "check.h"
#include "json.h"
#include "tsv.h"

static struct arena arena;

static void
refused(const char *line, const char *reason, size_t where)
{
	struct json_object o;
	const char *why = NULL;
	size_t at = 0;

	if (json_parse(line, &arena, &o, &why, &at) == 0) {
		failed = 1;
		fprintf(stderr, "taken: %s\n", line);
		return;
	}
	if (strcmp(why, reason) != 0 || at != where) {
		failed = 1;
		fprintf(stderr, "%s: %zu: %s\n", line, at, why);
	}
}

static const struct json_member *
only(const char *line, struct json_object *o)
{
	const char *why = "";
	size_t at;

	if (json_parse(line, &arena, o, &why, &at) < 0 || o->n != 1) {
		failed = 1;
		fprintf(stderr, "%s: %s\n", line, why);
		return NULL;
	}
	return o->member;
}

static void
text_is(const char *line, enum json_kind kind, const char *want)
{
	struct json_object o;
	const struct json_member *m = only(line, &o);

	if (m) {
		CHECK(m->kind == kind);
		CHECK_STR(m->text, want);
		CHECK(json_get(&o, m->key) == m);
		CHECK(!json_get(&o, "other"));
	}
}

static void
values(void)
{
	text_is("{\"a\":\"b\"}", JSON_STRING, "b");
	text_is(" { \"a\" :\t\"\" } ", JSON_STRING, "");
	text_is("{\"a\":null}", JSON_NULL, NULL);
	text_is("{\"a\":true}", JSON_BOOL, "true");
	text_is("{\"a\":false}", JSON_BOOL, "false");
	text_is("{\"a\":0}", JSON_NUMBER, "0");
	text_is("{\"a\":-0.5e+10}", JSON_NUMBER, "-0.5e+10");
	text_is("{\"a\":1e999}", JSON_NUMBER, "1e999");
	text_is("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", JSON_STRING,
	    "\"\\/\b\f\n\r\t");
	text_is("{\"a\":\"\\u0041\\u00e9\\u20AC\"}", JSON_STRING,
	    "A\xc3\xa9\xe2\x82\xac");
	text_is("{\"a\":\"\\ud83d\\ude00\"}", JSON_STRING, "\xf0\x9f\x98\x80");
	text_is("{\"a\":\"\\udbff\\udfff\"}", JSON_STRING, "\xf4\x8f\xbf\xbf");
	text_is("{\"a\":\"\x7f \xf0\x9f\x98\x80\"}", JSON_STRING,
	    "\x7f \xf0\x9f\x98\x80");
	text_is("{\"a\":[]}", JSON_LIST, NULL);
}

static void
lists(void)
{
	struct json_object o;
	const struct json_member *m = only("{\"a\":[\"x\", 1,null ,true]}", &o);

	if (m) {
		CHECK(m->kind == JSON_LIST && m->n == 4);
		CHECK_STR(m->item[0], "x");
		CHECK_STR(m->item[1], "1");
		CHECK_STR(m->item[2], NULL);
		CHECK_STR(m->item[3], "true");
	}
}

static void
bad_structure(void)
{
	refused("", "the object does not end on its line", 0);
	refused("{", "the object does not end on its line", 1);
	refused("{\"a\":1", "the object does not end on its line", 6);
	refused("{\"a", "the object does not end on its line", 3);
	refused("{\"a\":\"\\", "the object does not end on its line", 7);
	refused("{\"a\":\"\\ud83d\\u", "the object does not end on its line", 14);
	refused("[]", "no object", 0);
	refused("\"a\"", "no object", 0);
	refused("{a:1}", "no key", 1);
	refused("{'a':1}", "no key", 1);
	refused("{\"a\":1,}", "no key", 7);
	refused("{\"a\" 1}", "no ':'", 5);
	refused("{\"a\":1 \"b\":2}", "no ',' or '}'", 7);
	refused("{\"a\":}", "no value", 5);
	refused("{\"a\":nul}", "no value", 5);
	refused("{\"a\":NaN}", "no value", 5);
	refused("{\"a\":1}{", "text after the object", 7);
	refused("{\"a\":1} x", "text after the object", 8);
	refused("{\"a\":{}}", "nested too deep", 5);
	refused("{\"a\":[[]]}", "nested too deep", 6);
	refused("{\"a\":[1,]}", "no value", 8);
	refused("{\"a\":[1 2]}", "no ',' or ']'", 8);
	refused("{\"a\":1,\"a\":2}", "duplicate key", 10);
	refused("{\"a\":1,\"\\u0061\":2}", "duplicate key", 15);
}

static void
bad_values(void)
{
	refused("{\"a\":01}", "bad number", 5);
	refused("{\"a\":-}", "bad number", 5);
	refused("{\"a\":1.}", "bad number", 5);
	refused("{\"a\":1e}", "bad number", 5);
	refused("{\"a\":.5}", "no value", 5);
	refused("{\"a\":+1}", "no value", 5);
	refused("{\"a\":0x1}", "no ',' or '}'", 6);
	refused("{\"a\":\"\\x41\"}", "bad escape", 7);
	refused("{\"a\":\"\\u12g4\"}", "bad escape", 10);
	refused("{\"a\":\"\\u0000\"}", "\\u0000", 12);
	refused("{\"a\":\"\\ud83d\"}", "lone surrogate", 12);
	refused("{\"a\":\"\\ude00\"}", "lone surrogate", 12);
	refused("{\"a\":\"\\ud83d\\u0041\"}", "lone surrogate", 18);
	refused("{\"a\":\"\\ud83dx\"}", "lone surrogate", 12);
	refused("{\"a\":\"\t\"}", "control character in a string", 6);
	refused("{\"a\":\"\xff\"}", "invalid UTF-8", 6);
	refused("{\"a\":\"\xed\xa0\x80\"}", "invalid UTF-8", 6);
	refused("{\"a\":\"\xc0\x80\"}", "invalid UTF-8", 6);
}

static void
big(void)
{
	struct buf b = BUF_INIT;
	struct json_object o;
	const char *why;
	size_t at;

	buf_addch(&b, '{');
	for (int i = 0; i < 256; i++)
		buf_addf(&b, "%s\"k%d\":%d", i ? "," : "", i, i);
	buf_addch(&b, '}');
	CHECK(json_parse(b.s, &arena, &o, &why, &at) == 0 && o.n == 256);
	CHECK_STR(json_get(&o, "k255")->text, "255");
	buf_setlen(&b, b.len - 1);
	buf_addstr(&b, ",\"one-more\":1}");
	CHECK(json_parse(b.s, &arena, &o, &why, &at) == -1);
	CHECK_STR(why, "too many members");

	buf_reset(&b);
	buf_addstr(&b, "{\"a\":[0");
	while (b.len < TSV_MAXLINE)
		buf_addstr(&b, ",0");
	buf_addstr(&b, "]}");
	CHECK(json_parse(b.s, &arena, &o, &why, &at) == 0);
	CHECK(o.member[0].n == TSV_MAXLINE / 2 - 2 && o.member[0].item[99999]);

	buf_reset(&b);
	for (int i = 0; i < 100000; i++)
		buf_addstr(&b, "{\"a\":");
	CHECK(json_parse(b.s, &arena, &o, &why, &at) == -1);
	CHECK_STR(why, "nested too deep");
	buf_release(&b);
}

static void
written(const char *s, const char *want)
{
	struct buf b = BUF_INIT;

	json_add(&b, s);
	CHECK_STR(b.s, want);
	buf_release(&b);
}

int
main(void)
{
	values();
	lists();
	bad_structure();
	bad_values();
	big();
	written(NULL, "null");
	written("", "\"\"");
	written("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	written("\t\n\r\001\033\x7f", "\"\\t\\n\\r\\u0001\\u001b\\u007f\"");
	written("\xc2\x9b\xe2\x80\xae", "\"\\u009b\\u202e\"");
	written("\xf3\xa0\x81\x81", "\"\\udb40\\udc41\"");
	written("\xe4\xb8\xad \xf0\x9f\x98\x80", "\"\xe4\xb8\xad \xf0\x9f\x98\x80\"");
	written("x\xffy\xe2\x82", "\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\"");
	arena_release(&arena);
	return failed;
}
