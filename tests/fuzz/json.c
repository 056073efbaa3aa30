/* JSON Lines: each line is an object or is refused at a byte of it; strings
 * written again mean the same. */
#include "fuzz.h"

#include "json.h"

static struct arena arena;

static void
check_string(const char *s)
{
	struct json_object o;
	struct buf b = BUF_INIT;
	const char *why;
	size_t at;

	buf_addstr(&b, "{\"k\":");
	json_add(&b, s);
	buf_addch(&b, '}');
	HOLDS(json_parse(b.s, &arena, &o, &why, &at) == 0 && o.n == 1);
	HOLDS(o.member->kind == JSON_STRING && strcmp(o.member->text, s) == 0);
	for (size_t i = 0; i < b.len; i++)
		HOLDS((unsigned char)b.s[i] >= 0x20 && b.s[i] != 0x7f);
	buf_release(&b);
}

static void
check_line(const char *line)
{
	struct json_object o;
	const char *why = NULL;
	size_t at = 0;

	if (json_parse(line, &arena, &o, &why, &at) < 0) {
		HOLDS(why && at <= strlen(line));
		return;
	}
	HOLDS(o.n <= 256);
	for (size_t i = 0; i < o.n; i++) {
		const struct json_member *m = &o.member[i];

		HOLDS(json_get(&o, m->key) == m);
		check_string(m->key);
		if (m->kind == JSON_STRING)
			check_string(m->text);
		for (size_t j = 0; m->kind == JSON_LIST && j < m->n; j++)
			if (m->item[j])
				check_string(m->item[j]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = xrealloc_array(NULL, n + 1, 1), *rest = copy, *line;

	memcpy(copy, data, n);
	copy[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		check_line(line);
	free(copy);
	arena_release(&arena);
	return 0;
}
