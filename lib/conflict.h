/*
 * Conflicts: could the branch of an attempt that is over, and that has not
 * landed, be merged into its base branch?
 *
 * What there is to know is asked once for each pair of commits and kept in
 * STATE/fact/conflict, bound to both; whoever reads starts no process.  git
 * merges by its own rules alone (glass.h): neither a merge driver nor an
 * attribute of the repository counts, so that a file that those would merge is
 * told to conflict.
 */
#ifndef JARED_CONFLICT_H
#define JARED_CONFLICT_H

#include "fact.h"
#include "runstate.h"

/* Ask about all pairs that there is no fact about, with one process of git; none
 * if there is one about each.  EXIT_OK, or what to end with, message printed. */
int conflict_learn(const struct world *w);

struct conflict {
	const struct attempt *at;
	int64_t since;              /* its branch has conflicted, wall seconds */
	const char *fact;           /* "conflicts with main in a.c, b.c" */
};

/* Those known of the commits that there are now, in the order of the journal. */
size_t conflict_find(const struct world *w, struct arena *a, struct conflict **out);

#endif
