#include "num.h"

#include <string.h>

int
num_parse(const char *s, int64_t min, int64_t max, int64_t *out)
{
	int64_t n = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *s - '0', &n))
			return -1;
	}
	if (n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

int
num_duration(const char *s, int64_t *seconds)
{
	static const int64_t ten_years = 3653 * 86400LL;
	int64_t unit, n;
	size_t len = strlen(s);
	char digits[24];

	if (len == 0 || len >= sizeof digits)
		return -1;
	switch (s[len - 1]) {
	case 's': unit = 1; len--; break;
	case 'm': unit = 60; len--; break;
	case 'h': unit = 3600; len--; break;
	case 'd': unit = 86400; len--; break;
	default:  unit = 1; break;
	}
	memcpy(digits, s, len);
	digits[len] = '\0';
	if (num_parse(digits, 0, ten_years / unit, &n) < 0)
		return -1;
	*seconds = n * unit;
	return 0;
}

char *
num_text(uint64_t n, char out[NUM_TEXT])
{
	char digits[NUM_TEXT], *first = digits + NUM_TEXT - 1;

	*first = '\0';
	do
		*--first = (char)('0' + n % 10);
	while (n /= 10);
	return memcpy(out, first, (size_t)(digits + NUM_TEXT - first));
}
