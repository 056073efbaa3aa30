#include <stdlib.h>

#include "check.h"
#include "clock.h"

static void
time_is(const char *s, int64_t want)
{
	int64_t t = -1;

	CHECK(clock_parse(s, &t) == 0);
	if (t != want) {
		failed = 1;
		fprintf(stderr, "%s: %lld, not %lld\n", s, (long long)t,
		    (long long)want);
	}
}

static void
written(int64_t t, const char *want)
{
	char text[CLOCK_TEXT];

	CHECK_STR(clock_format(t, text), want);
}

static void
aged(int64_t seconds, const char *want)
{
	char text[CLOCK_TEXT];

	CHECK_STR(clock_age(seconds, text), want);
}

/* Every day of 1600 to 2400 there and back, so every leap rule. */
static void
every_day(void)
{
	char text[CLOCK_TEXT], last[CLOCK_TEXT] = "";
	int64_t back;

	for (int64_t t = -11676096000; t < 13601088000; t += 86400) {
		clock_format(t + 86399, text);
		CHECK(clock_parse(text, &back) == 0 && back == t + 86399);
		CHECK(strcmp(last, text) < 0);
		memcpy(last, text, sizeof last);
	}
}

int
main(void)
{
	aged(-1, "0s");
	aged(59, "59s");
	aged(60, "1m");
	aged(3599, "59m");
	aged(3600, "1h");
	aged(48 * 3600 - 1, "47h");
	aged(48 * 3600, "2d");
	aged(INT64_MAX, "106751991167300d");
	time_is("1970-01-01", 0);
	time_is("2026-11-22", 1795305600);
	time_is("2026-11-22T10:00:00Z", 1795341600);
	time_is("2026-11-22t10:00:00z", 1795341600);
	time_is("2026-11-22 10:00", 1795341600);
	time_is("2026-11-22T10:00:00.999Z", 1795341600);
	time_is("2026-11-22T10:00:00+02:00", 1795334400);
	time_is("2026-11-22T10:00:00-0230", 1795350600);
	time_is("2000-02-29", 951782400);
	time_is("1969-12-31T23:59:59Z", -1);
	static const char *const bad[] = { "", "today", "2026", "2026-13-01",
		"2026-00-01", "2026-02-30", "2026-04-31", "2100-02-29",
		"2026-11-22T", "2026-11-22T10", "2026-11-22T24:00:00Z",
		"2026-11-22T10:60", "2026-11-22T10:00:61", "2026-11-22x",
		"2026-11-22T10:00:00+25:00", "2026-11-22T10:00:00Zx",
		"26-11-22", " 2026-11-22", "2026-11-2", "-026-11-22" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t t = 42;

		if (clock_parse(bad[i], &t) == 0) {
			failed = 1;
			fprintf(stderr, "taken: '%s'\n", bad[i]);
		}
		CHECK(t == 42);
	}
	written(0, "1970-01-01T00:00:00Z");
	written(-1, "1969-12-31T23:59:59Z");
	written(1795341600, "2026-11-22T10:00:00Z");
	written(INT64_MAX, "9999-12-31T23:59:59Z");
	written(INT64_MIN, "0000-01-01T00:00:00Z");
	every_day();

	setenv("JARED_NOW", "2026-11-22T10:00:00Z", 1);
	CHECK(clock_now() == 1795341600);
	unsetenv("JARED_NOW");
	CHECK(clock_now() > 1700000000);

	int64_t before = clock_boot_ms();
	clock_sleep_ms(20);
	CHECK(clock_boot_ms() - before >= 20);
	CHECK(strlen(clock_boot_id()) == 8);
	return failed;
}
