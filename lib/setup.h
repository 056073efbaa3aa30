/*
 * Setup: the commands of jared.yaml that prepare a new worktree.  They come
 * from the repository, which others write, so none runs before the person has
 * trusted it on this machine.
 *
 * STATE/trust/HASH holds, whole, what was trusted: every word of the commands,
 * and the contents of the files below the root that a word names.  It is
 * compared byte by byte; the hash only finds it.  Whatever of that changes is
 * not trusted any more.
 *
 * That they were run is noted in git's directory of the worktree, file
 * "jared-setup": an attempt that goes on there does not run them again.
 */
#ifndef JARED_SETUP_H
#define JARED_SETUP_H

#include <stdbool.h>

#include "config.h"
#include "repo.h"

/* The hash of the commands, in the arena; NULL if there are none.  A file of
 * theirs that cannot be read ends the process with EXIT_FAIL. */
const char *setup_hash(const struct repo *r, const struct config *c, struct arena *a);

/* Are they trusted?  True if there are none. */
bool setup_is_trusted(const struct repo *r, const struct config *c);

/* Trust them as they are now, durably; 0 or -1. */
int setup_trust(const struct repo *r, const struct config *c);

/* End the process with EXIT_FAIL and the way out unless they are trusted. */
void setup_need_trust(const struct repo *r, const struct config *c);

/* A command as a person would type it, in the arena. */
char *setup_shown(const char *const *command, struct arena *a);

/* Were the commands of that hash run in the worktree with that git directory?
 * And note that they were (NULL: nothing to note). */
bool setup_done(const char *gitdir, const char *hash);
void setup_note(const char *gitdir, const char *hash);

#endif
