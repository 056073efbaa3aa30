#include "overlap.h"

#include <string.h>

/* A longer pattern, or a component of more characters, is taken for one that
 * means anything. */
enum { MOST = 256 };

static const char special[] = "*?[\\{";

struct piece {                      /* of a path: a component; of that: a character */
	const char *s;
	size_t n;
	bool any;                   /* stands for any number of them, also none */
};

/* Is there a sequence that both a and b stand for?  One row for each piece of
 * a, a place in it for each piece of b: the part up to there can be common. */
static bool
sequences_meet(const struct piece *a, size_t na, const struct piece *b, size_t nb,
    bool (*meet)(const struct piece *, const struct piece *))
{
	bool row[MOST + 3] = { true }, next[MOST + 3];

	for (size_t i = 0; i <= na; i++) {
		memset(next, 0, sizeof next);
		for (size_t j = 0; j <= nb; j++) {
			bool some = (i < na && a[i].any) || (j < nb && b[j].any);

			if (!row[j])
				continue;
			if (some && i < na)
				next[j] = true;
			if (some && j < nb)
				row[j + 1] = true;
			if (!some && i < na && j < nb && meet(&a[i], &b[j]))
				next[j + 1] = true;
		}
		if (i < na)
			memcpy(row, next, sizeof row);
	}
	return row[nb];
}

/* --- characters --- */

/* Is c in the set that s begins with, "[...]"? */
static bool
in_set(const char *s, unsigned char c)
{
	bool not = s[1] == '!' || s[1] == '^', found = false;
	const unsigned char *p = (const unsigned char *)s + 1 + not;

	do {
		bool range = p[1] == '-' && p[2] != ']';

		/* Backwards it says nothing; in doubt it is meant forwards. */
		found |= *p == c || (range &&
		    ((*p <= c && c <= p[2]) || (p[2] <= c && c <= *p)));
		p += range ? 3 : 1;
	} while (*p != ']');
	return found != not;
}

static bool
stands_for(const struct piece *p, unsigned char c)
{
	switch (*p->s) {
	case '?':  return true;
	case '[':  return in_set(p->s, c);
	case '\\': return (unsigned char)p->s[p->n - 1] == c;
	default:   return (unsigned char)*p->s == c;
	}
}

static bool
characters_meet(const struct piece *a, const struct piece *b)
{
	for (int c = 1; c < 256; c++)
		if (c != '/' && stands_for(a, (unsigned char)c) &&
		    stands_for(b, (unsigned char)c))
			return true;
	return false;
}

/* The bytes of the set at s, of n, or 0 if it is none that we read. */
static size_t
set_length(const char *s, size_t n)
{
	size_t i = 1;

	if (i < n && (s[i] == '!' || s[i] == '^'))
		i++;
	for (size_t first = i; i < n && (s[i] != ']' || i == first); i++)
		if (s[i] == '[' || s[i] == '\\')
			return 0;
	return i < n ? i + 1 : 0;
}

/* The characters of a name.  wide: where one may be of several bytes, nothing
 * is said of their number. */
static size_t
cut_name(const struct piece *name, bool wide, struct piece *out)
{
	size_t n = 0, len;

	for (size_t i = 0; i < name->n; i += len, n++) {
		const char *s = name->s + i;

		len = *s == '[' ? set_length(s, name->n - i) : 1;
		if (*s == '\\' && i + 1 < name->n)
			len = 2;
		if (n == MOST || *s == '{' || len == 0) {
			*out = (struct piece){ .any = true };
			return 1;
		}
		out[n] = (struct piece){ s, len,
		    *s == '*' || (wide && (*s == '?' || *s == '[')) };
	}
	return n;
}

/* --- components --- */

static bool
is_plain(const struct piece *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (strchr(special, p->s[i]))
			return false;
	return !p->any;
}

static bool
is_wide(const struct piece *p)
{
	for (size_t i = 0; i < p->n; i++)
		if ((unsigned char)p->s[i] >= 0x80)
			return true;
	return false;
}

static bool
same(const struct piece *a, const struct piece *b)
{
	return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

static bool
names_meet(const struct piece *a, const struct piece *b)
{
	struct piece x[MOST], y[MOST];
	bool wide;

	if (is_plain(a) && is_plain(b))
		return same(a, b);
	wide = is_wide(a) || is_wide(b);
	return sequences_meet(x, cut_name(a, wide, x), y, cut_name(b, wide, y),
	    characters_meet);
}

/* The components of a pattern, at most MOST. */
static size_t
cut_path(const char *s, struct piece *out)
{
	size_t n = 0, len;

	for (; *s; s += len + (s[len] == '/')) {
		len = strcspn(s, "/");
		if (len == 0 || (len == 1 && *s == '.'))
			continue;
		if (n == MOST || (len == 2 && memcmp(s, "..", 2) == 0)) {
			n = 0;
			break;
		}
		out[n++] = (struct piece){ s, len, memmem(s, len, "**", 2) };
	}
	if (n == 0)
		out[n++] = (struct piece){ .any = true };
	return n;
}

/* May pattern s, which is x, mean a directory, as seen from y? */
static bool
is_directory(const char *s, const struct piece *x, size_t nx,
    const struct piece *y, size_t ny)
{
	const struct piece *last = &x[nx - 1];

	if (*s && s[strlen(s) - 1] == '/')
		return true;
	if (!is_plain(last))
		return false;
	if (!memchr(last->s + 1, '.', last->n - 1))
		return true;
	for (size_t i = 0; i + 1 < ny; i++)
		if (same(last, &y[i]))
			return true;
	return false;
}

bool
overlap_patterns(const char *a, const char *b)
{
	struct piece x[MOST + 1], y[MOST + 1];
	size_t nx = cut_path(a, x), ny = cut_path(b, y);
	bool more_x = is_directory(a, x, nx, y, ny);
	bool more_y = is_directory(b, y, ny, x, nx);

	x[nx] = y[ny] = (struct piece){ .any = true };
	return sequences_meet(x, nx + more_x, y, ny + more_y, names_meet);
}

const char *
overlap_find(const char *const *a, size_t na, const char *const *b, size_t nb)
{
	for (size_t i = 0; i < nb; i++)
		for (size_t k = 0; k < na; k++)
			if (overlap_patterns(a[k], b[i]))
				return b[i];
	return NULL;
}
