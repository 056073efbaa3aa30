#include "cleanrec.h"

#include <inttypes.h>
#include <string.h>

#include "named.h"
#include "num.h"

void
cleanrec_fill(const struct attempt *at, const struct cleanrec *r, char **v,
    struct arena *a)
{
	const char *const text[K_N] = {
		[K_ID] = at->id,
		[K_ATTEMPT] = arena_printf(a, "%" PRId64, at->n),
		[K_ACTION] = r->action, [K_PROOF] = r->proof, [K_CODE] = r->code,
		[K_FACT] = r->fact, [K_OID] = r->oid && *r->oid ? r->oid : NULL,
		[K_BRANCH] = at->branch, [K_WORKTREE] = at->worktree,
		[K_BYTES] = r->bytes < 0 ? NULL : arena_printf(a, "%" PRId64, r->bytes),
		[K_ARCHIVE] = r->archive, [K_TRASH] = r->trash, [K_TITLE] = at->title,
	};

	for (size_t i = 0; i < K_N; i++)
		v[i] = (char *)text[i];
}

void
cleannames_init(struct cleannames *c, const struct journal *j, struct arena *a)
{
	c->journal = j;
	c->arena = a;
	c->met = arena_alloc(a, c->n + 1);
}

const char *
cleannames_task(const struct cleannames *c, const char *name, int64_t *n)
{
	const char *dot = strrchr(name, '.'), *found;
	struct named m;

	if (dot && num_parse(dot + 1, 1, INT64_MAX, n) == 0)
		name = arena_strndup(c->arena, name, (size_t)(dot - name));
	else
		*n = 0;
	named_begin(&m, name);
	for (const struct ledger *l = c->journal->first; l; l = l->next)
		if (l->newest)
			named_offer(&m, l->id, l->newest->file, l->id);
	found = named_end(&m);
	return found ? arena_strdup(c->arena, found) : NULL;
}

bool
cleannames_want(struct cleannames *c, const struct attempt *at)
{
	bool wanted = c->n == 0;

	for (size_t i = 0; i < c->n; i++) {
		int64_t n;
		const char *id = cleannames_task(c, c->v[i], &n);

		if (id && strcmp(id, at->id) == 0 && (!n || n == at->n))
			wanted = c->met[i] = true;
	}
	return wanted;
}

bool
cleannames_unmet(const struct cleannames *c, const char *verb)
{
	bool some = false;

	for (size_t i = 0; i < c->n; i++)
		if (!c->met[i]) {
			some = true;
			if (verb)
				warn("%s: nothing to %s", c->v[i], verb);
		}
	return some;
}
