#include "taskid.h"

#include <string.h>

#include "hash.h"
#include "num.h"

/* The character of an id that a byte stands for, or 0. */
static const char id_char[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ['-'] = '-',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

static bool
is_id_char(char c)
{
	return c && id_char[(unsigned char)c] == c;
}

char *
taskid_make(struct arena *a, const char *text)
{
	char *id = arena_alloc(a, strlen(text) + 1), *out = id;
	bool run = false;

	for (; *text; text++) {
		char c = id_char[(unsigned char)*text];

		if (!c) {
			run = true;
			continue;
		}
		if (run && out > id)
			*out++ = '-';
		run = false;
		if (c != '-' || out > id)
			*out++ = c;
	}
	if (run && out > id)
		*out++ = '-';
	return id;
}

const char *
taskid_stand_in(struct arena *a, const char *stem, const char *file)
{
	const char *id = taskid_make(a, stem);

	if (*id && strlen(id) <= TASK_ID_MAX)
		return id;
	return arena_printf(a, "%.100s%s%016llx", id, *id ? "-" : "",
	    (unsigned long long)hash_fnv(file, strlen(file)));
}

bool
taskid_valid(const char *s)
{
	size_t n = 0;

	while (is_id_char(s[n]))
		n++;
	return n > 0 && n <= TASK_ID_MAX && !s[n] && *s != '-';
}

int
taskid_split(const char *s, char sep, char id[TASK_ID_MAX + 1], int64_t *n)
{
	const char *cut = strrchr(s, sep);
	size_t len = cut ? (size_t)(cut - s) : 0;

	if (!cut || len > TASK_ID_MAX)
		return -1;
	memcpy(id, s, len);
	id[len] = '\0';
	return taskid_valid(id) ? num_parse(cut + 1, 0, INT64_MAX, n) : -1;
}
