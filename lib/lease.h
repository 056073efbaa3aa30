/*
 * Leases: worktrees that jared-worktree made, and the ports they have.
 *
 * STATE/worktree/NAME, one line "branch worktree ports time".  The file is
 * locked while its worktree is being made; after that the lease holds for as
 * long as the worktree is there.  Taken and dropped under lock/journal, as all
 * leases of ports are, so nobody else can choose the same ones meanwhile.
 */
#ifndef JARED_LEASE_H
#define JARED_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "repo.h"

struct lease {
	const char *name, *branch;
	const char *worktree;       /* relative to the root, or absolute */
	int64_t lo, hi;             /* ports */
	int64_t since;              /* wall seconds */
	bool making;                /* somebody is at it */
};

/* All that hold, by name; memory from the arena.  Takes nothing, writes nothing. */
size_t lease_list(const struct repo *r, struct arena *a, struct lease **out);

/* Write it down, durably, and lock it: the descriptor, to be closed when the
 * worktree is there; or -1, EEXIST if one of that name holds.  Under
 * lock/journal, which also sweeps out those that hold no longer. */
int lease_take(const struct repo *r, const struct lease *l);

/* Give one back whose worktree could not be made; under lock/journal. */
void lease_drop(const struct repo *r, const char *name);

#endif
