#include "capacity.h"

#include <stdlib.h>
#include <string.h>

#include "lease.h"
#include "overlap.h"
#include "ports.h"

enum { PORT_MAX = 65535 };

/* The value of a record's column for a task, for max_by. */
static const char *
column_of(const struct task *t, const char *column)
{
	if (strcmp(column, "owner") == 0)
		return t->person;
	if (strcmp(column, "workstream") == 0)
		return t->workstream;
	if (strcmp(column, "priority") == 0)
		return t->priority;
	if (strcmp(column, "milestone") == 0)
		return t->milestone;
	if (strcmp(column, "status") == 0)
		return t->status;
	return NULL;
}

static const char *
column_of_attempt(const struct world *w, const struct attempt *at, const char *column)
{
	const struct task *t = tasks_get(w->tasks, at->id);

	return t ? column_of(t, column) : NULL;
}

const char *
capacity_full(const struct world *w, const struct task *t, struct arena *a)
{
	const struct config *c = w->config;
	int64_t running = 0, *by;
	const char *fact = NULL;

	by = arena_alloc(a, (c->n_max_by + 1) * sizeof *by);
	for (const struct ledger *l = w->journal->first; l; l = l->next) {
		if (!l->newest || !state_occupies(w, l->newest))
			continue;
		running++;
		for (size_t i = 0; i < c->n_max_by; i++) {
			const char *mine = column_of(t, c->max_by[i].column);
			const char *its = column_of_attempt(w, l->newest,
			    c->max_by[i].column);

			by[i] += mine && its && strcmp(mine, its) == 0;
		}
	}
	if (running >= c->max_workers)
		return arena_printf(a, "%lld of %lld running",
		    (long long)running, (long long)c->max_workers);
	for (size_t i = 0; i < c->n_max_by && !fact; i++)
		if (column_of(t, c->max_by[i].column) && by[i] >= c->max_by[i].n)
			fact = arena_printf(a, "%lld of %lld running for %s %s",
			    (long long)by[i], (long long)c->max_by[i].n,
			    c->max_by[i].column, column_of(t, c->max_by[i].column));
	return fact;
}

const char *
capacity_path(const struct world *w, const struct task *t, struct arena *a)
{
	for (const struct ledger *l = w->journal->first; l && t->n_path; l = l->next) {
		const struct task *other = tasks_get(w->tasks, l->id);
		const char *path = other ? overlap_find(t->path, t->n_path,
		    other->path, other->n_path) : NULL;

		if (path && l->newest && state_occupies(w, l->newest))
			return arena_printf(a, "%s is in use by %s", path, l->id);
	}
	return NULL;
}

struct range { int64_t lo, hi; };

/* Who has ports, n ranges; to be freed. */
static struct range *
leased(const struct world *w, size_t *n)
{
	struct arena a = { 0 };
	struct lease *lease;
	size_t n_lease = lease_list(w->repo, &a, &lease);
	struct range *v = xrealloc_array(NULL, w->journal->n_task + n_lease + 1, sizeof *v);

	*n = 0;
	for (const struct ledger *l = w->journal->first; l; l = l->next)
		if (l->newest && l->newest->port_lo && state_occupies(w, l->newest))
			v[(*n)++] = (struct range){ l->newest->port_lo, l->newest->port_hi };
	for (size_t i = 0; i < n_lease; i++)
		v[(*n)++] = (struct range){ lease[i].lo, lease[i].hi };
	arena_release(&a);
	return v;
}

int64_t
capacity_ports(const struct world *w)
{
	const struct config *c = w->config;
	size_t n;
	struct range *v = leased(w, &n);
	int64_t found = 0;

	for (int64_t lo = c->port_base; !found && lo + c->port_step - 1 <= PORT_MAX;
	    lo += c->port_step) {
		bool taken = false;

		for (size_t i = 0; i < n && !taken; i++)
			taken = v[i].lo <= lo + c->port_step - 1 && v[i].hi >= lo;
		if (!taken && ports_free(lo, c->port_step))
			found = lo;
	}
	free(v);
	return found;
}
