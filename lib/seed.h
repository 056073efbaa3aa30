/*
 * Seed: files that git does not keep, from the main checkout for a worktree.
 *
 * A pattern is a path below the root, each part of it a file name or a glob
 * (fnmatch(3); a leading dot must be matched by one).  Nothing is reached
 * through a symbolic link, on either side, and no link is copied that leads out
 * of the repository.  What is in the worktree already stays as it is.
 */
#ifndef JARED_SEED_H
#define JARED_SEED_H

#include "mem.h"

enum seed_how { SEED_COPY, SEED_LINK };

/* Copy, whole directories too, or link what the patterns (NULL-terminated, may be
 * NULL) name below root into the directory to.  except: a path below root that
 * is never taken, or NULL.  A name without a glob that is not there is an error;
 * a glob may match nothing.  0; -1 with *why. */
int seed(enum seed_how how, const char *root, const char *to,
    const char *const *pattern, const char *except, struct arena *a, const char **why);

#endif
