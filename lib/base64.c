#include "base64.h"

#include <stdint.h>
#include <string.h>

static int
sextet(char c)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digit, c);

	return at ? (int)(at - digit) : -1;
}

ssize_t
base64_decode(char *s)
{
	size_t n = strlen(s), out = 0;
	uint32_t bits = 0;
	int have = 0;

	for (int pad = 0; pad < 2 && n > 0 && s[n - 1] == '='; pad++)
		n--;
	if (n % 4 == 1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int v = sextet(s[i]);

		if (v < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			s[out++] = (char)(bits >> have & 0xff);
		}
	}
	s[out] = '\0';
	return (ssize_t)out;
}
