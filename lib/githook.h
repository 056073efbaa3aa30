/*
 * A hook of ours in the repository: after each merge, which a `git pull` is,
 * jared-reconcile looks what it did.  A hook that is there already is its
 * owner's and is left alone.
 */
#ifndef JARED_GITHOOK_H
#define JARED_GITHOOK_H

#include "mem.h"
#include "repo.h"

/* Make it, or dry, say what would be done: a text for people, from a. */
const char *githook_install(const struct repo *r, bool dry, struct arena *a);

#endif
