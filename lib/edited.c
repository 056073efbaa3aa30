#include "edited.h"

#include <string.h>

#include "plain.h"

bool
yaml_same(const struct yaml *a, const struct yaml *b)
{
	if (a->kind != b->kind || a->n != b->n || !a->value != !b->value ||
	    (a->value && strcmp(a->value, b->value) != 0))
		return false;
	for (a = a->child, b = b->child; a && b; a = a->next, b = b->next)
		if (!a->key != !b->key || (a->key && strcmp(a->key, b->key) != 0) ||
		    !yaml_same(a, b))
			return false;
	return !a && !b;
}

static bool
as_wanted(const struct yaml *was, const struct yaml *now, const char *key,
    const struct yaml *want)
{
	bool found = false;

	if (now->kind != YAML_MAP)
		return false;
	was = was->child;
	for (now = now->child; now; now = now->next) {
		bool it = strcmp(now->key, key) == 0;

		if ((was && strcmp(was->key, now->key) != 0) || (!was && !it) ||
		    !yaml_same(now, it ? want : was))
			return false;
		was = was ? was->next : NULL;
		found |= it;
	}
	return !was && found;
}

/* What is around the front matter. */
static bool
same_around(const struct edited *d, const struct front *was, const struct front *now)
{
	size_t body = d->n_was - was->body;

	return was->start == now->start && d->n_now - now->body == body &&
	    memcmp(d->was, d->now, was->start) == 0 &&
	    memcmp(d->was + was->body, d->now + now->body, body) == 0;
}

bool
edited_alone(const struct edited *d, struct arena *a)
{
	const struct yaml *was, *now, *plain;
	const char *why;
	struct front f, g;
	size_t line;

	if (front_cut(d->was, d->n_was, &f) != FRONT_OK ||
	    front_cut(d->now, d->n_now, &g) != FRONT_OK || !same_around(d, &f, &g))
		return false;
	was = yaml_parse_front(d->was + f.yaml, f.yaml_len, a, &why, &line);
	now = yaml_parse_front(d->now + g.yaml, g.yaml_len, a, &why, &line);
	if (!was || !now || !as_wanted(was, now, d->key, d->want))
		return false;
	plain = plain_parse(d->now + g.yaml, g.yaml_len, 2, a);
	return !plain || yaml_same(plain, now);
}
