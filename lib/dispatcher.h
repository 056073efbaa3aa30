/*
 * The dispatcher: what all claims of one process share.  It is step 0 of the
 * protocol (claim.h), looked at once and under no lock: the base commit, our
 * branches, the worktrees of ours, the agent's profile, the tmux server.  What
 * has changed since is seen by step 1, which holds the journal's.
 */
#ifndef JARED_DISPATCHER_H
#define JARED_DISPATCHER_H

#include "git.h"
#include "profile.h"
#include "queue.h"
#include "tmux.h"
#include "witness.h"

struct dispatcher {
	struct queue *q;            /* tasks, configuration, journal */
	struct profile profile;
	struct tmux tmux;
	char base[GIT_OID];         /* the commit that new branches start from */
	const char *onto;           /* and the branch it is the tip of */
	const char *setup_hash;     /* see setup.h */
	struct git_branch *branch;  /* ours, as seen in step 0 */
	int n_branch;
	struct witnesses tree;      /* worktrees that are locked for attempts of ours */
	struct arena arena;
};

/* q is borrowed and must outlive d; the rest is d's and lives as long as the
 * process.  Ends the process with EXIT_FAIL when nothing can be started here.
 * dry: nothing is written. */
void dispatcher_init(struct dispatcher *d, struct queue *q, bool dry);

#endif
