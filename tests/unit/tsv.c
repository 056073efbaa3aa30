#include <stdlib.h>

#include "check.h"
#include "tsv.h"

static void
round_trip(const char *value, const char *wire)
{
	struct buf b = BUF_INIT;
	char *field[2];
	const char *why;

	tsv_add(&b, value, '\t');
	tsv_add(&b, value, 0);
	CHECK(strncmp(b.s, wire, strlen(wire)) == 0);
	CHECK_STR(b.s + strlen(wire) + 1, wire);
	CHECK(tsv_split(b.s, field, 2, &why) == 2);
	CHECK_STR(field[0], value && *value ? value : NULL);
	CHECK_STR(field[1], value && *value ? value : NULL);
	buf_release(&b);
}

static void
every_byte(void)
{
	char value[3] = "xx", *field[1];
	const char *why;
	struct buf b = BUF_INIT;

	for (int hi = 1; hi < 256; hi++)
		for (int lo = 1; lo < 256; lo++) {
			value[0] = (char)hi;
			value[1] = (char)lo;
			buf_reset(&b);
			tsv_add(&b, value, 0);
			CHECK(!strpbrk(b.s, "\t\n\r"));
			CHECK(tsv_split(b.s, field, 1, &why) == 1);
			CHECK_STR(field[0], value);
		}
	buf_release(&b);
}

static void
refused(const char *wire, const char *reason)
{
	char line[64], *field[3];
	const char *why = NULL;

	strcpy(line, wire);
	CHECK(tsv_split(line, field, 3, &why) == -1);
	CHECK_STR(why, reason);
}

static void
absent(const char *wire, int n)
{
	char line[64], *field[3];
	const char *why;

	strcpy(line, wire);
	CHECK(tsv_split(line, field, 3, &why) == n);
	for (int i = 0; i < n; i++)
		CHECK(!field[i]);
}

static void
read_back(void)
{
	char text[] = "a\tb\\tc\n-\t\\-\n";
	FILE *f = fmemopen(text, strlen(text), "r");
	struct tsv t;

	tsv_init(&t, f, "text");
	CHECK(tsv_read(&t) == 1 && t.n == 2 && t.line == 1);
	CHECK_STR(t.field[1], "b\tc");
	CHECK(tsv_read(&t) == 1 && t.n == 2 && t.line == 2);
	CHECK(!t.field[0]);
	CHECK_STR(t.field[1], "-");
	CHECK(tsv_read(&t) == 0);
	tsv_release(&t);
	fclose(f);
}

int
main(void)
{
	round_trip("plain", "plain");
	round_trip("a\tb", "a\\tb");
	round_trip("a\nb\r", "a\\nb\\r");
	round_trip("back\\slash", "back\\\\slash");
	round_trip("\\-", "\\\\-");
	round_trip("-", "\\-");
	round_trip("--", "--");
	round_trip("-x", "-x");
	round_trip(NULL, "-");
	round_trip("", "-");
	every_byte();
	refused("a\\q", "bad escape");
	refused("a\\", "bad escape");
	refused("\\-x", "bad escape");
	refused("\\", "bad escape");
	refused("a\tb\tc\td", "too many fields");
	absent("", 1);
	absent("-\t", 2);
	absent("\t\t-", 3);
	read_back();
	return failed;
}
