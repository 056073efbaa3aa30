#include "check.h"
#include "overlap.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Both ways around: the question has no direction. */
static void
pair(const char *a, const char *b, bool want)
{
	if (overlap_patterns(a, b) != want || overlap_patterns(b, a) != want) {
		failed = 1;
		fprintf(stderr, "'%s' and '%s': want %d\n", a, b, want);
	}
}

static void
known(void)
{
	pair("src/a.c", "src/a.c", true);
	pair("src/a.c", "src/b.c", false);
	pair("src/a.c", "src/*.c", true);
	pair("src/a.h", "src/*.c", false);
	pair("src/deep/a.c", "src/*.c", false);
	pair("src/deep/a.c", "src/*", false);
	pair("src/deep/a.c", "src/**", true);
	pair("src/deep/a.c", "**/*.c", true);
	pair("a.c", "**/*.c", true);
	pair("src/", "src/deep/a.c", true);
	pair("src/", "source/a.c", false);
	pair("src/", "src", true);
	pair("src", "src/deep/a.c", true);
	pair("src", "srcs/a.c", false);
	pair("src", "**/*.c", true);
	pair("conf.d", "conf.d/x", true);
	pair("README.md", "**/*.c", false);
	pair("etc/conf.d", "*/conf.d/x", true);
	pair("./src//a.c", "/src/a.c", true);
	pair("a*b", "ab", true);
	pair("a*b", "a/b", false);
	pair("*.c", "a*", true);
	pair("a*.c", "b*.c", false);
	pair("a?c", "abc", true);
	pair("a?c", "ac", false);
	pair("[a-c]x", "[c-e]x", true);
	pair("[a-c]x", "[d-e]x", false);
	pair("[!a]", "[a]", false);
	pair("[.-0]", "[!.0]", false);
	pair("[]-]", "-", true);
	pair("[a-]", "-", true);
	pair("\\*.c", "a.c", false);
	pair("\\*.c", "*.c", true);
	pair("a/**/b.c", "a/b.c", true);
	pair("a/**/b.c", "a/x/y/b.c", true);
	pair("a/**/b.c", "c/**/b.c", false);
	pair("**", "x", true);
	pair("/", "x/y.c", true);
	/* What is not understood, or leads elsewhere, may be anything. */
	pair("src/[a", "src/z", true);
	pair("src/[a", "lib/z", false);
	pair("[[:alpha:]]", "7", true);
	pair("src/{a}.c", "src/b.c", true);
	pair("src/../lib/a.c", "lib/a.c", true);
	pair("src/foo**", "src/foo/deep/a.c", true);
	/* A character of several bytes is one. */
	pair("caf?.c", "caf\xc3\xa9.c", true);
	pair("caf[\xc3\xa9]", "caf\xc3\xa9", true);
}

/* --- against all short paths --- */

enum { PATHS = 40000, LONGEST = 9, PATTERNS = 200 };

static char path[PATHS][LONGEST + 1];
static size_t n_path;

static void
add_paths(char *s, size_t n)
{
	if (n && s[n - 1] != '/')
		memcpy(path[n_path++], s, n + 1);
	if (n == LONGEST)
		return;
	for (const char *c = "ab/"; *c; c++) {
		if (*c == '/' && (n == 0 || s[n - 1] == '/'))
			continue;
		s[n] = *c;
		s[n + 1] = '\0';
		add_paths(s, n + 1);
	}
	s[n] = '\0';
}

/* Does p, a pattern of whole components, stand for s?  As plain as can be. */
static bool
matches(const char *p, const char *s)
{
	if (!*p)
		return !*s;
	if (strncmp(p, "**/", 3) == 0 || strcmp(p, "**") == 0) {
		const char *rest = p + (p[2] ? 3 : 2);

		if (matches(rest, s))
			return true;
		while (*s && *s != '/')
			s++;
		return *s ? matches(p, s + 1) : !*rest;
	}
	/* Also for none: below a is a itself. */
	if (strncmp(p, "/**", 3) == 0 && !*s)
		return matches(p + 3, s);
	if (*p == '*')
		return matches(p + 1, s) || (*s && *s != '/' && matches(p, s + 1));
	if (!*s)
		return false;
	if (*p == '?')
		return *s != '/' && matches(p + 1, s + 1);
	if (*p == '[') {
		bool not = p[1] == '!';

		return *s != '/' && (strchr("ab", p[1 + not]) && p[1 + not] == *s) != not &&
		    matches(p + 3 + not, s + 1);
	}
	return *p == *s && matches(p + 1, s + 1);
}

static uint32_t seed = 42;

static uint32_t
dice(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void
random_pattern(char *out)
{
	static const char *const bit[] = { "a", "b", "a", "b", "*", "?", "[a]", "[!a]" };
	size_t n = 1 + dice(3);

	/* Short enough for two of them to meet in a path of LONGEST. */
	*out = '\0';
	for (size_t i = 0; i < n; i++) {
		if (i)
			strcat(out, "/");
		if (dice(4) == 0) {
			strcat(out, "**");
			continue;
		}
		for (size_t k = 1 + (n < 3 && dice(2)); k; k--) {
			const char *b = bit[dice(8)];

			if (*b != '*' || !*out || out[strlen(out) - 1] != '*')
				strcat(out, b);
			else
				strcat(out, "a");
		}
	}
	if (dice(6) == 0)
		strcat(out, "/");
}

/* As a directory it means what lies below. */
static bool
covers(const char *pattern, const char *s)
{
	char below[80];
	size_t n = strlen(pattern), last = n;

	while (last && pattern[last - 1] != '/')
		last--;
	snprintf(below, sizeof below, "%s%s**", pattern,
	    n && pattern[n - 1] == '/' ? "" : "/");
	if (n && (pattern[n - 1] == '/' || !strpbrk(pattern + last, "*?[")))
		return matches(below, s);
	return matches(pattern, s);
}

static void
against_all_paths(void)
{
	static char pattern[PATTERNS][64];
	static bool in[PATTERNS][PATHS];
	char s[LONGEST + 1] = "";
	size_t wrong = 0, yes = 0;

	add_paths(s, 0);
	for (size_t i = 0; i < PATTERNS; i++) {
		random_pattern(pattern[i]);
		for (size_t k = 0; k < n_path; k++)
			in[i][k] = covers(pattern[i], path[k]);
	}
	for (size_t i = 0; i < PATTERNS; i++)
		for (size_t j = 0; j <= i; j++) {
			bool want = false;

			for (size_t k = 0; k < n_path && !want; k++)
				want = in[i][k] && in[j][k];
			yes += want;
			if (overlap_patterns(pattern[i], pattern[j]) != want ||
			    overlap_patterns(pattern[j], pattern[i]) != want)
				if (wrong++ < 5)
					pair(pattern[i], pattern[j], want);
		}
	CHECK(wrong == 0);
	CHECK(yes > PATTERNS * 10 && yes < PATTERNS * PATTERNS / 2 * 9 / 10);
}

/* Nothing takes long, or reads too far, however odd it is. */
static void
odd(void)
{
	static const char bit[] = "ab*?[]!-\\/{}.:^\xc3\xa9";
	char a[2000], b[2000];

	for (int round = 0; round < 20000; round++) {
		size_t na = dice(14), nb = dice(14);

		for (size_t i = 0; i < na; i++)
			a[i] = bit[dice(sizeof bit - 1)];
		for (size_t i = 0; i < nb; i++)
			b[i] = bit[dice(sizeof bit - 1)];
		a[na] = b[nb] = '\0';
		CHECK(overlap_patterns(a, b) == overlap_patterns(b, a));
		if (!overlap_patterns(a, a))
			pair(a, a, true);
	}
	for (size_t i = 0; i + 1 < sizeof a; i++) {
		a[i] = i % 2 ? '/' : '*';
		b[i] = i % 3 ? '*' : 'a';
	}
	a[sizeof a - 1] = b[sizeof b - 1] = '\0';
	CHECK(overlap_patterns(a, b));
	CHECK(overlap_patterns(b, b));
}

int
main(void)
{
	const char *const mine[] = { "src/a.c", "doc/" }, *const its[] = { "x", "doc/b.md" };

	known();
	against_all_paths();
	odd();
	CHECK_STR(overlap_find(mine, 2, its, 2), "doc/b.md");
	CHECK_STR(overlap_find(mine, 2, its, 1), NULL);
	CHECK_STR(overlap_find(mine, 0, its, 2), NULL);
	return failed;
}
