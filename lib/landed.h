/*
 * Landed: is the work of a branch in its base branch, and how is that known?
 *
 *   pr        a fact says that a pull request with this very head was merged
 *   ancestor  the base branch holds the commit
 *   tree      the base branch has the same files (a squash)
 *   merge     merging the branch would add nothing
 *   patch-id  the base branch has the same changes, one by one (a rebase) or
 *             all in one commit (a squash that the base went on from)
 *
 * In this order, and the first that holds is named.  None but pr holds for a
 * branch that only took over what others did, and the last three only for one
 * whose commits change something.  What cannot be asked is not proven.
 *
 * A few processes of git for all, then up to five for each branch that is still
 * open.  All but the count of commits see the repository through a glass.
 */
#ifndef JARED_LANDED_H
#define JARED_LANDED_H

#include "git.h"
#include "state.h"

enum landed_proof { LANDED_NOT, LANDED_PR, LANDED_ANCESTOR, LANDED_TREE,
	LANDED_MERGE, LANDED_PATCH, LANDED_N };
/* "ancestor"; NULL for LANDED_NOT. */
const char *landed_name(enum landed_proof p);

struct landed {
	const struct attempt *at;   /* in; its branch and onto must be there */
	char tip[GIT_OID];          /* in: see landed_tip */
	enum landed_proof proof;    /* out */
	char in[GIT_OID];           /* out: the base branch's commit; "" if it has none */
	int ahead;                  /* out: commits that the base branch lacks; -1 unknown */
	bool own;                   /* out: it has commits that nobody else made */
	bool still;                 /* out: it landed as the journal says, and the base
	                             * branch still holds the commit that had it */
};

/* How much to ask. */
enum landed_effort {
	LANDED_BEAT,                /* only what was not asked before about these two
	                             * commits, and not too much of that at once; keeps
	                             * in STATE/fact/unlanded what the answer was */
	LANDED_ALL,
};

/* Prove what can be proven of each; the tips of v must be set. */
void landed_prove(const struct world *w, struct landed *v, size_t n,
    enum landed_effort effort);

/* The attempt's branch as it is now, or, if it was deleted, as it was at the
 * end; "" if that is not known. */
void landed_tip(const struct world *w, const struct attempt *at, char tip[GIT_OID]);

/* Did somebody commit on the branch?  Asked of its log. */
bool landed_own_work(const struct world *w, const struct attempt *at);

#endif
