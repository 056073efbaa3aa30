#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "mem.h"

static struct history_commit *
find_commit(const struct history *h, const char *oid)
{
	size_t i = (size_t)hash_fnv(oid, strlen(oid)) & (h->n_slot - 1);

	while (h->slot[i] && strcmp(h->commit[h->slot[i] - 1].oid, oid) != 0)
		i = (i + 1) & (h->n_slot - 1);
	return h->slot[i] ? &h->commit[h->slot[i] - 1] : NULL;
}

static void
index_commits(struct history *h)
{
	h->n_slot = 16;
	while (h->n_slot < 2 * h->n)
		h->n_slot *= 2;
	h->slot = xrealloc_array(NULL, h->n_slot, sizeof *h->slot);
	memset(h->slot, 0, h->n_slot * sizeof *h->slot);
	for (size_t k = 0; k < h->n; k++) {
		const char *oid = h->commit[k].oid;
		size_t i = (size_t)hash_fnv(oid, strlen(oid)) & (h->n_slot - 1);

		while (h->slot[i])
			i = (i + 1) & (h->n_slot - 1);
		h->slot[i] = k + 1;
	}
	h->stack = xrealloc_array(NULL, h->n + 1, sizeof *h->stack);
}

void
history_parse(struct history *h, char *text)
{
	char *line, *word;

	*h = (struct history){ 0 };
	while ((line = strsep(&text, "\n")) && *line) {
		GROW(h->commit, h->n, h->cap);
		struct history_commit *c = &h->commit[h->n++];
		*c = (struct history_commit){ .oid = strsep(&line, " "),
		    .parent = h->n_parent };
		while ((word = strsep(&line, " "))) {
			GROW(h->parent, h->n_parent, h->cap_parent);
			h->parent[h->n_parent++] = word;
			c->n_parent++;
		}
	}
	index_commits(h);
}

int
history_count(struct history *h, const char *tip)
{
	struct history_commit *c = find_commit(h, tip);
	size_t depth = 0;
	int count = 0;

	if (!c)
		return 0;
	h->walk++;
	c->seen = h->walk;
	h->stack[depth++] = (size_t)(c - h->commit);
	while (depth) {
		c = &h->commit[h->stack[--depth]];
		count++;
		for (size_t i = 0; i < c->n_parent; i++) {
			struct history_commit *up =
			    find_commit(h, h->parent[c->parent + i]);

			if (!up || up->seen == h->walk)
				continue;
			up->seen = h->walk;
			h->stack[depth++] = (size_t)(up - h->commit);
		}
	}
	return count;
}

void
history_release(struct history *h)
{
	free(h->commit);
	free(h->parent);
	free(h->slot);
	free(h->stack);
}
