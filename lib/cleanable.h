/*
 * What could be cleaned away, and what speaks against it.
 *
 * A unit is a worktree with its branch, of the last attempt that it was of: an
 * attempt that goes on in the worktree of an earlier one is no unit of its own.
 * It may go if its work has landed, or if it has none and no attempt would go
 * on in it (none does at a task that is done or cancelled: w tells, if it has
 * tasks); and if nothing else speaks against it.  Each thing that does has a
 * code, in the order in which they are looked for; jared-clean(1) lists them.
 */
#ifndef JARED_CLEANABLE_H
#define JARED_CLEANABLE_H

#include "landed.h"

struct cleanable {
	const struct attempt *at;
	const char *worktree;       /* its real path; NULL: it is gone */
	const char *gitdir;         /* git's directory of it; NULL: it is gone */
	struct landed landed;
	bool has_branch;
	const char *proof;          /* why it may go; NULL: it may not */
	const char *code, *fact;    /* why it is kept; NULL: it is not */
	int64_t bytes;              /* -1: not looked at */
	const char **keep;          /* commits that only its logs and its HEAD hold, n_keep */
	size_t n_keep;
};

/* Every unit of which something is left, in the order of the journal; id: of
 * this task alone, or NULL.  Memory from a. */
size_t cleanable_find(const struct world *w, const char *id, struct arena *a,
    struct cleanable **out);

/* Look at all of them: fill in everything else.  One look at git's history, one
 * at all processes; git status for those that nothing else speaks against. */
void cleanable_check(const struct world *w, struct cleanable *v, size_t n,
    struct arena *a);

/* The last look, after the worktree was moved to `place`: has anything come up
 * in the meantime?  Sets code and fact. */
void cleanable_recheck(const struct world *w, struct cleanable *c, const char *place,
    struct arena *a);

#endif
