/* CHECK(x) reports and goes on; main returns `failed`. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int failed;

#define CHECK(x) ((x) ? (void)0 : \
	(failed = 1, (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x)))

#define CHECK_STR(got, want) check_str(__FILE__, __LINE__, got, want)

static inline void
check_str(const char *file, int line, const char *got, const char *want)
{
	if (got && want ? strcmp(got, want) == 0 : got == want)
		return;
	failed = 1;
	fprintf(stderr, "%s:%d: got '%s', want '%s'\n", file, line,
	    got ? got : "NULL", want ? want : "NULL");
}

#endif
