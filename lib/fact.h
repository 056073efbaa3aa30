/*
 * Facts: what was found out and left in STATE/fact/, dated and bound to commits.
 * A fact about one commit says nothing of another: a reader asks with those that
 * it has.  The files are described in jared-records(5), FACTS; a line that cannot
 * be read is as none.
 */
#ifndef JARED_FACT_H
#define JARED_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
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

/* Could this branch be merged into that commit of another one? */
enum merge_word { MERGE_CLEAN, MERGE_CONFLICT, MERGE_UNKNOWN, MERGE_N };

struct fact_merge {
	const char *branch;         /* without refs/heads/ */
	const char *head, *base;    /* the two commits that it is about */
	enum merge_word word;
	int64_t time;               /* since when this has been told of the branch */
	const char *paths;          /* that conflict, one a line; NULL: none */
};

/* All of STATE/fact/conflict, as fact_prs. */
size_t fact_merges(int statefd, struct arena *a, struct fact_merge **out);

/* What is told of that branch, and of these very commits if head is given; NULL
 * if nothing is. */
const struct fact_merge *fact_merge(const struct fact_merge *v, size_t n,
    const char *branch, const char *head, const char *base);

/* Append one as a line of that file. */
void fact_merge_add(struct buf *b, const struct fact_merge *f);

#endif
