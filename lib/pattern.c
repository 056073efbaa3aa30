#include "pattern.h"

#include <ctype.h>
#include <string.h>

bool
pattern_is(const char *text)
{
	const char *open = strchr(text, '[');

	return strchr(text, '*') || (open && strchr(open, ']'));
}

static int
folded(char c, enum pattern_case fold)
{
	unsigned char u = (unsigned char)c;

	return fold == PATTERN_FOLD ? tolower(u) : u;
}

/* What is behind the element at p, if that stands for c; or NULL. */
static const char *
element(const char *p, char c, enum pattern_case fold)
{
	const char *end = *p == '[' ? strchr(p, ']') : NULL;
	int byte = folded(c, fold);
	bool in = false;

	if (!end)
		return folded(*p, fold) == byte ? p + 1 : NULL;
	for (p++; p < end; p++) {
		int from = folded(*p, fold), to = from;

		if (p[1] == '-' && p + 2 < end) {
			to = folded(p[2], fold);
			p += 2;
		}
		in |= byte >= from && byte <= to;
	}
	return in ? end + 1 : NULL;
}

/* Nearly every pattern is a star and an ending. */
static bool
ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), len = strlen(ending);

	return n >= len && memcmp(name + n - len, ending, len) == 0;
}

bool
pattern_match(const char *pattern, const char *name, enum pattern_case fold)
{
	const char *star = NULL, *from = name, *next;

	if (*name == '.' && *pattern != '.')
		return false;
	if (*pattern == '*' && fold == PATTERN_CASE && !strpbrk(pattern + 1, "*["))
		return ends_in(name, pattern + 1);
	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			from = name;
		} else if (*pattern && (next = element(pattern, *name, fold))) {
			pattern = next;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
