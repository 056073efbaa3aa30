#include "check.h"
#include "utf8.h"

static void
next_is(const char *s, int32_t want, size_t want_len)
{
	size_t len = 99;
	int32_t c = utf8_next(s, &len);

	if (c != want || len != want_len) {
		failed = 1;
		fprintf(stderr, "'%s': U+%04x of %zu\n", s, (unsigned)c, len);
	}
}

static void
every_character(void)
{
	char text[5];
	size_t len;

	for (int32_t c = 1; c <= 0x10ffff; c++) {
		if (c == 0xd800)
			c = 0xe000;
		size_t n = utf8_put(text, c);
		text[n] = '\0';
		CHECK(utf8_next(text, &len) == c && len == n);
		int w = utf8_width(c);
		CHECK(w >= 0 && w <= 2);
	}
}

static void
safe(const char *s, int max, const char *want, int columns)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b, "<");
	CHECK(utf8_add_safe(&b, s, max) == columns);
	CHECK_STR(b.s + 1, want);
	buf_release(&b);
}

int
main(void)
{
	next_is("A", 'A', 1);
	next_is("\xc3\xa9", 0xe9, 2);
	next_is("\xe2\x82\xac", 0x20ac, 3);
	next_is("\xf0\x9f\x98\x80", 0x1f600, 4);
	next_is("\x80", UTF8_BAD, 1);                   /* continuation */
	next_is("\xc0\x80", UTF8_BAD, 1);               /* overlong NUL */
	next_is("\xe0\x80\xaf", UTF8_BAD, 1);           /* overlong slash */
	next_is("\xed\xa0\x80", UTF8_BAD, 1);           /* surrogate */
	next_is("\xf4\x90\x80\x80", UTF8_BAD, 1);       /* beyond */
	next_is("\xff", UTF8_BAD, 1);
	next_is("\xe2\x82", UTF8_BAD, 1);               /* cut short */
	next_is("\xe2", UTF8_BAD, 1);
	every_character();

	static const int32_t hidden[] = { 0, 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0x9f,
		0x200b, 0x200e, 0x2028, 0x202e, 0x2066, 0x2069, 0xfeff, 0xe0041 };
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		CHECK(utf8_hidden(hidden[i]));
	static const int32_t shown[] = { ' ', '~', 0xa0, 0xe9, 0x301, 0x4e2d, 0x1f600 };
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		CHECK(!utf8_hidden(shown[i]));
	CHECK(utf8_width(0x301) == 0 && utf8_width('a') == 1 &&
	    utf8_width(0x4e2d) == 2 && utf8_width(0xff21) == 2 &&
	    utf8_width(0x1f600) == 2 && utf8_width(0xe9) == 1);

	safe("plain", -1, "plain", 5);
	safe("a\033[31mb\x7f", -1, "a\\x1b[31mb\\x7f", 14);
	safe("\xc2\x9b" "1A", -1, "\\u009b1A", 8);
	safe("x\xe2\x80\xaey", -1, "x\\u202ey", 8);
	safe("\xff\xe2\x82", -1, "\\xff\\xe2\\x82", 12);
	safe("abcdef", 6, "abcdef", 6);
	safe("abcdefg", 6, "abcde\xe2\x80\xa6", 6);
	safe("abc", 0, "", 0);
	safe("", 0, "", 0);
	safe("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 4, "\xe4\xb8\xad\xe2\x80\xa6", 3);
	safe("e\xcc\x81" "e\xcc\x81", 2, "e\xcc\x81" "e\xcc\x81", 2);
	safe("ab\033", 4, "ab\xe2\x80\xa6", 3);         /* an escape is not cut in two */
	return failed;
}
