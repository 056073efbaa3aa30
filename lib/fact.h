/*
 * Facts: what other programs found out and left in STATE/fact/, dated and bound
 * to a commit.  A fact about one commit says nothing of another: a reader asks
 * with the commit that it has.  The files are described in jared-records(5),
 * FACTS; a line that cannot be read is as none.
 */
#ifndef JARED_FACT_H
#define JARED_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"

struct fact_pr {
	const char *branch;         /* without refs/heads/ */
	const char *head;           /* the commit that it is about */
	const char *state;          /* "open", "closed", "merged" */
	const char *onto;           /* the branch that it was made for; NULL: not known */
	int64_t time;               /* when it was asked, wall seconds */
	const char *pr;             /* its number or address; NULL: not known */
};

/* All of STATE/fact/pr, memory from a; none, also without a state directory, is
 * an empty list. */
size_t fact_prs(int statefd, struct arena *a, struct fact_pr **out);

/* The pull request of that branch that was merged with that very commit for its
 * head, into onto as far as is known; NULL if there is none. */
const struct fact_pr *fact_merged(const struct fact_pr *v, size_t n,
    const char *branch, const char *head, const char *onto);

#endif
