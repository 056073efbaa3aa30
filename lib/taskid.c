#include "taskid.h"

#include <string.h>

static bool
is_id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

char *
taskid_make(struct arena *a, const char *text)
{
	char *id = arena_alloc(a, strlen(text) + 1), *out = id;
	bool run = false;

	for (; *text; text++) {
		char c = *text >= 'A' && *text <= 'Z' ?
		    (char)(*text + 'a' - 'A') : *text;

		if (!is_id_char(c)) {
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

bool
taskid_valid(const char *s)
{
	size_t n = 0;

	while (is_id_char(s[n]))
		n++;
	return n > 0 && n <= TASK_ID_MAX && !s[n] && *s != '-';
}
