/*
 * Witnesses: what bears witness to an attempt besides the journal.  A branch
 * PREFIX/ID/N, a worktree that is locked for "jared:ID:N", a run directory
 * STATE/run/ID.N, a process that carries JARED_ATTEMPT=ID.N, a reference
 * refs/jared/archive/ID/N of what was cleaned away.  Only looked at: no child
 * process but for-each-ref.
 */
#ifndef JARED_WITNESS_H
#define JARED_WITNESS_H

#include "git.h"
#include "journal.h"
#include "repo.h"

enum witness_by { WITNESS_BRANCH = 1, WITNESS_TREE = 2, WITNESS_RUN = 4,
	WITNESS_PROCESS = 8, WITNESS_ARCHIVE = 16 };

struct witness {
	const char *id;
	int64_t n;
	unsigned by;
	const char *branch;         /* without refs/heads/; NULL: none is known */
	const char *tip;            /* of the branch, or NULL */
	const char *worktree;       /* relative to the root if below it, or NULL */
	const char *agent;          /* the profile, or NULL */
	int64_t port;               /* the first that its processes were given; 0: unknown */
	bool ran;                   /* its supervisor got as far as the agent */
	struct proc_id supervisor;  /* the jared-run that lives; pid 0: none */
};

struct witnesses {
	struct witness *v;          /* n, by id, then attempt */
	size_t n, cap;
	struct arena arena;
	const char *why;            /* what could not be asked, or NULL */
};

void witness_collect(struct witnesses *w, const struct repo *r, const char *prefix);
/* The worktrees alone, without any child process. */
void witness_trees(struct witnesses *w, const struct repo *r);
void witness_release(struct witnesses *w);

/* "branch, worktree" */
const char *witness_text(const struct witness *w, struct arena *a);

/* The first attempt that the journal lacks, or NULL.  One that the journal has
 * gone beyond is not lacking. */
const struct witness *witness_lacking(const struct witnesses *w,
    const struct journal *j);

/* An empty journal in spite of witnesses ends the process: EXIT_FAIL.  Without
 * its journal nothing can tell what runs, and what was done.  What others have
 * written meanwhile is read. */
void witness_demand(const struct repo *r, struct journal *j,
    const char *prefix);

/* "worktree 'x' is of attempt 2, which the journal lacks", if one of these is of
 * an attempt at that task after the last; else NULL. */
const char *witness_beyond(const struct witnesses *w, const char *id, int64_t last,
    struct arena *a);

#endif
