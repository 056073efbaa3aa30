/* Front matter: any bytes are cut and parsed, or refused, in bounded time; what
 * the fast parser takes the full one takes too, and means the same. */
#include "fuzz.h"

#include "edited.h"
#include "front.h"
#include "plain.h"

static void
check_tree(const struct yaml *y, size_t n, int depth)
{
	HOLDS(depth <= 17 && y->from <= y->to && y->to <= n);
	for (const struct yaml *c = y->child; c; c = c->next) {
		HOLDS(y->kind == YAML_MAP ? c->key != NULL : !c->key);
		check_tree(c, n, depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = { 0 };
	struct front f;
	const char *why = NULL, *text = (const char *)data;
	size_t line = 0;

	if (front_cut(text, n, &f) == FRONT_OK) {
		struct yaml *plain, *full, *front;

		HOLDS(f.start + f.block_len <= n && f.yaml + f.yaml_len <= n &&
		    f.body <= n && f.block_len <= FRONT_MAX);
		plain = plain_parse(text + f.yaml, f.yaml_len, 2, &a);
		full = yaml_parse(text + f.yaml, f.yaml_len, 2, &a, &why, &line);
		HOLDS(full || (why && line >= 1));
		HOLDS(!plain || (full && yaml_same(plain, full)));
		front = yaml_parse_front(text + f.yaml, f.yaml_len, &a, &why, &line);
		HOLDS(!full || (front && yaml_same(front, full)));
		if (full)
			check_tree(full, f.yaml_len, 1);
	}
	arena_release(&a);
	return 0;
}
