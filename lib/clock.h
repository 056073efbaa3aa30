/*
 * Time.  Wall time is for people and is written as RFC 3339 UTC,
 * "2026-11-22T10:00:00Z"; ages within one boot are taken from CLOCK_BOOTTIME,
 * which no clock change moves and which runs on during suspend.
 */
#ifndef JARED_CLOCK_H
#define JARED_CLOCK_H

#include <stdint.h>

enum { CLOCK_TEXT = 21 };       /* "2026-11-22T10:00:00Z" and NUL */
#define CLOCK_MAX 253402300799LL    /* the end of the year 9999 */

/* Seconds since 1970 UTC; JARED_NOW (RFC 3339) pins it for tests.  A bad
 * JARED_NOW ends the process with EXIT_USAGE. */
int64_t clock_now(void);

/* Milliseconds since boot, CLOCK_BOOTTIME; never pinned. */
int64_t clock_boot_ms(void);

/* Milliseconds of CLOCK_MONOTONIC, which stands during suspend; never pinned. */
int64_t clock_awake_ms(void);

/* Of two times, 0 being never. */
int64_t clock_earlier(int64_t a, int64_t b);

/* The first 8 hex digits of /proc/sys/kernel/random/boot_id, which the kernel
 * chooses anew at each boot (random(4)); "00000000" where it cannot be read.
 * Static storage. */
const char *clock_boot_id(void);

/* All 36 characters of it; "" where it cannot be read.  Static storage. */
const char *clock_boot_uuid(void);

/* Seconds to text in out (CLOCK_TEXT bytes); returns out.  Years 0000-9999;
 * outside them the nearest bound. */
char *clock_format(int64_t t, char out[CLOCK_TEXT]);

/* An age for people, rounded down: "45s", "3m", "26h", "12d"; a negative one is
 * "0s".  In out (CLOCK_TEXT bytes); returns out. */
char *clock_age(int64_t seconds, char out[CLOCK_TEXT]);

/* "2026-11-22", "2026-11-22 10:00[:00]", or RFC 3339 with 'T' or ' ', optional
 * fraction, and 'Z' or an offset; without an offset UTC is meant.
 * 0 and *out, or -1. */
int clock_parse(const char *s, int64_t *out);

/* The same, or a duration with its unit, counted from now: "10m" is in ten
 * minutes, or, with sign -1, ten minutes ago. */
int clock_parse_near(const char *s, int sign, int64_t *out);

/* Sleep that long, in full, unless a signal ends the process. */
void clock_sleep_ms(int ms);

/* Nanoseconds of the clock that file systems stamp with: what is changed from
 * now on is never stamped with less. */
int64_t clock_stamp_ns(void);

#endif
