#include "clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "num.h"

int64_t
clock_now(void)
{
	const char *pin = getenv("JARED_NOW");
	struct timespec ts;
	int64_t t;

	if (pin && *pin) {
		if (clock_parse(pin, &t) < 0)
			die(EXIT_USAGE, "JARED_NOW: bad time '%s'", pin);
		return t;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

static int64_t
ms_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_boot_ms(void)
{
	return ms_of(CLOCK_BOOTTIME);
}

int64_t
clock_awake_ms(void)
{
	return ms_of(CLOCK_MONOTONIC);
}

int64_t
clock_earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

int64_t
clock_stamp_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

const char *
clock_boot_uuid(void)
{
	static char uuid[37];
	int fd;

	if (*uuid)
		return uuid;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, uuid, sizeof uuid - 1) != (ssize_t)sizeof uuid - 1)
		*uuid = '\0';
	if (fd >= 0)
		close(fd);
	return uuid;
}

const char *
clock_boot_id(void)
{
	static char id[9];

	if (!*id)
		memcpy(id, *clock_boot_uuid() ? clock_boot_uuid() : "00000000", 8);
	return id;
}

/* Days since 1970-01-01 of a Gregorian date, and back: the era method, in
 * integers only, so that no locale or TZ file is consulted. */
static int64_t
days_from(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

char *
clock_format(int64_t t, char out[CLOCK_TEXT])
{
	const int64_t min = -62167219200LL, max = CLOCK_MAX;

	t = t < min ? min : t > max ? max : t;
	int64_t days = t / 86400, sec = t % 86400;
	if (sec < 0) {
		sec += 86400;
		days--;
	}
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	unsigned doe = (unsigned)(days - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned d = doy - (153 * mp + 2) / 5 + 1;
	unsigned m = mp < 10 ? mp + 3 : mp - 9;
	unsigned y = (unsigned)((int64_t)yoe + era * 400 + (m <= 2));

	snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", y % 10000,
	    m % 100, d % 100, (unsigned)(sec / 3600) % 100,
	    (unsigned)(sec / 60 % 60), (unsigned)(sec % 60));
	return out;
}

char *
clock_age(int64_t seconds, char out[CLOCK_TEXT])
{
	int64_t s = seconds < 0 ? 0 : seconds;

	if (s < 60)
		snprintf(out, CLOCK_TEXT, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(out, CLOCK_TEXT, "%" PRId64 "m", s / 60);
	else if (s < 48 * 3600)
		snprintf(out, CLOCK_TEXT, "%" PRId64 "h", s / 3600);
	else
		snprintf(out, CLOCK_TEXT, "%" PRId64 "d", s / 86400);
	return out;
}

/* n digits at *s, moved past; -1 if they are not all there. */
static int
digits(const char **s, int n)
{
	int v = 0;

	while (n-- > 0) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + *(*s)++ - '0';
	}
	return v;
}

static bool
skip(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static int
parse_offset(const char **s, int *seconds)
{
	int sign, h, m;

	*seconds = 0;
	if (**s == '\0' || skip(s, 'Z') || skip(s, 'z'))
		return 0;
	if (**s != '+' && **s != '-')
		return -1;
	sign = *(*s)++ == '-' ? -1 : 1;
	h = digits(s, 2);
	skip(s, ':');
	m = digits(s, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59)
		return -1;
	*seconds = sign * (h * 3600 + m * 60);
	return 0;
}

int
clock_parse(const char *s, int64_t *out)
{
	static const int mdays[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, mo, d, h = 0, mi = 0, sec = 0, off = 0;

	y = digits(&s, 4);
	if (y < 0 || !skip(&s, '-'))
		return -1;
	mo = digits(&s, 2);
	if (mo < 1 || mo > 12 || !skip(&s, '-'))
		return -1;
	d = digits(&s, 2);
	if (d < 1 || d > mdays[mo - 1] ||
	    (mo == 2 && d == 29 && (y % 4 != 0 || (y % 100 == 0 && y % 400 != 0))))
		return -1;
	if (skip(&s, 'T') || skip(&s, 't') || skip(&s, ' ')) {
		h = digits(&s, 2);
		if (h < 0 || h > 23 || !skip(&s, ':'))
			return -1;
		mi = digits(&s, 2);
		if (mi < 0 || mi > 59)
			return -1;
		if (skip(&s, ':')) {
			sec = digits(&s, 2);
			if (sec < 0 || sec > 60)
				return -1;
			if (skip(&s, '.'))
				while (*s >= '0' && *s <= '9')
					s++;
		}
		if (parse_offset(&s, &off) < 0)
			return -1;
	}
	if (*s)
		return -1;
	*out = days_from(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec - off;
	return 0;
}

int
clock_parse_near(const char *s, int sign, int64_t *out)
{
	size_t len = strlen(s);
	int64_t away;

	/* Without its unit a year could be taken for a duration. */
	if (len == 0 || !strchr("smhd", s[len - 1]) || num_duration(s, &away) < 0)
		return clock_parse(s, out);
	*out = clock_now() + sign * away;
	return 0;
}

void
clock_sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) != 0)
		continue;
}
