/*
 * The records of jared-clean, and which of them a person asked for.
 */
#ifndef JARED_CLEANREC_H
#define JARED_CLEANREC_H

#include "journal.h"
#include "rec.h"

struct cleanrec {
	const char *action, *proof, *code, *fact, *oid, *archive, *trash;
	int64_t bytes;          /* -1: absent */
};

/* The record about an attempt: K_N pointers; memory from a. */
void cleanrec_fill(const struct attempt *at, const struct cleanrec *r, char **v,
    struct arena *a);

/* Operands: a task in all the usual ways, or ID.3, its attempt 3. */
struct cleannames {
	char **v;               /* n */
	size_t n;
	bool *met;              /* of each: something was asked for by it */
	const struct journal *journal;
	struct arena *arena;
};

/* v and n must be set. */
void cleannames_init(struct cleannames *c, const struct journal *j, struct arena *a);

/* The id of the task that is meant, and its attempt or 0; NULL: none. */
const char *cleannames_task(const struct cleannames *c, const char *name, int64_t *n);

/* Is this attempt asked for?  All are if there are no names. */
bool cleannames_want(struct cleannames *c, const struct attempt *at);

/* Is there one that cleannames_want was asked about nothing of?  With verb each is
 * told: "x: nothing to clean". */
bool cleannames_unmet(const struct cleannames *c, const char *verb);

#endif
