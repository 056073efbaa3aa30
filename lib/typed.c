#include "typed.h"

#include <string.h>

enum { BEL = 0x07, ESC = 0x1b };

/* The length of the sequence at s if a terminal sends it by itself, else 0. */
static size_t
reply(const char *s, size_t n)
{
	size_t i = 2;

	if (n < 3 || s[0] != ESC)
		return 0;
	if (s[1] == ']' || s[1] == 'P') {
		for (; i < n; i++)
			if (s[i] == BEL || (s[i] == '\\' && s[i - 1] == ESC))
				return i + 1;
		return 0;
	}
	if (s[1] != '[')
		return 0;
	while (i < n && s[i] >= ' ' && s[i] <= '?')
		i++;
	/* Attributes, cursor position, status, modes, focus, sizes: what keys
	 * send ends otherwise, but for F3 with a shift. */
	return i < n && s[i] && strchr("cRnyIOtx", s[i]) ? i + 1 : 0;
}

bool
typed_by_person(const char *data, size_t n)
{
	size_t len;

	for (; n > 0; data += len, n -= len) {
		len = reply(data, n);
		if (len == 0)
			return true;
	}
	return false;
}
