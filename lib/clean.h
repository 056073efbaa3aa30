/*
 * Taking a worktree away, and what happens if that is cut off.
 *
 *   0  look: cleanable_check
 *   1  lock git; the landed record, if the journal has none: from now on no
 *      attempt begins in it
 *   2  the certificate in the trash                        (trash.h)
 *   3  refs/jared/archive/ID/N holds all its commits, those too that only its
 *      logs knew
 *   4  the worktree is renamed into the trash
 *   5  look again, where it is now: files, processes, branch, commits; what came
 *      up meanwhile puts all back
 *   6  git's directory of it is renamed into the trash
 *   7  the branch is deleted if it is where it was, else all is put back
 *   8  the cleaned record; unlock git; the tmux sessions end
 *
 * Each step is durable before the next.  Whatever is cut off before 7 is put
 * back by the next one (clean_recover), after it it is finished: the journal
 * lacks only the record.
 */
#ifndef JARED_CLEAN_H
#define JARED_CLEAN_H

#include "cleanable.h"
#include "trash.h"

/* lock/git: its descriptor, or -1 with a message. */
int clean_lock(const struct world *w);

/* A command of git that writes, durably: the first line that it prints, in the
 * arena; NULL and why. */
const char *clean_git(const struct world *w, const char *const *args,
    const char **why, struct arena *a);

/* Remove the lock that a killed git left on a reference of ours (refs/...). */
void clean_unlock_ref(const struct world *w, const char *ref);

/* Bring to an end what was cut off.  Under lock/git.  EXIT_OK, or EXIT_FAIL with
 * a message. */
int clean_recover(const struct world *w, struct journal *j, struct arena *a);

/* Steps 1 to 8 for c, which nothing speaks against.  EXIT_OK and the certificate;
 * or another status with c->code and c->fact set and all as it was; when it cannot
 * be put back now, "cut-off", and the next clean_recover does it. */
int clean_one(const struct world *w, struct journal *j, struct cleanable *c,
    struct certificate *cert, struct arena *a);

/* End the tmux sessions of the attempt and of those before it in its worktree, if
 * they are there. */
void clean_end_sessions(const struct world *w, const struct attempt *at, struct arena *a);

#endif
