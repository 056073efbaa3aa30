#include "check.h"
#include "num.h"

static void
number(const char *s, int64_t min, int64_t max, int r, int64_t want)
{
	int64_t n = -7;

	CHECK(num_parse(s, min, max, &n) == r);
	CHECK(n == (r == 0 ? want : -7));
}

static void
duration(const char *s, int r, int64_t want)
{
	int64_t n = -7;

	CHECK(num_duration(s, &n) == r);
	CHECK(n == (r == 0 ? want : -7));
}

int
main(void)
{
	number("0", 0, 9, 0, 0);
	number("9", 0, 9, 0, 9);
	number("007", 0, 9, 0, 7);
	number("9223372036854775807", 0, INT64_MAX, 0, INT64_MAX);
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "1x", "0x1",
		"1.0", "1e3", "9223372036854775808", "99999999999999999999", "10",
		"\xd9\xa3" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		number(bad[i], 0, 9, -1, 0);
	number("1", 2, 9, -1, 0);

	duration("90", 0, 90);
	duration("90s", 0, 90);
	duration("10m", 0, 600);
	duration("4h", 0, 14400);
	duration("7d", 0, 604800);
	duration("0s", 0, 0);
	duration("3653d", 0, 3653 * 86400LL);
	static const char *const odd[] = { "", "s", "m", "-1s", "1w", "1 m", "1ms",
		"1.5h", "3654d", "9223372036854775807h", "1S",
		"0000000000000000000000001s" };
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		duration(odd[i], -1, 0);
	return failed;
}
