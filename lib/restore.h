/*
 * Bringing back what was taken away, and deleting it for good.
 *
 * To restore is to make the branch where it was, to rename git's directory and
 * the worktree back, and to append the restored record; each step is left out if
 * it is done already, so one that was cut off is done again from the start.
 *
 * Once something is back in its place, the next run goes on with it by itself.
 *
 * To purge is to append the purged record and then to delete: what is half
 * deleted is never brought back.
 */
#ifndef JARED_RESTORE_H
#define JARED_RESTORE_H

#include "clean.h"

/* The newest attempt of a task that is in the trash, or attempt n of it (0: the
 * newest); NULL if there is none. */
const struct attempt *restore_find(const struct journal *j, const char *id, int64_t n);

/* Can it be done?  Then *code is NULL; else why not, and the fact, in the arena.
 * cert is filled. */
void restore_check(const struct world *w, const struct attempt *at,
    struct certificate *cert, const char **code, const char **fact, struct arena *a);

/* Do it, under lock/git, after restore_check.  EXIT_OK; or another status, code
 * and fact. */
int restore_one(const struct world *w, struct journal *j, const struct attempt *at,
    const struct certificate *cert, const char **code, const char **fact,
    struct arena *a);

/* Bring to an end what was cut off, also of cleaning (clean_recover), under lock/git.
 * EXIT_OK, or EXIT_FAIL with a message. */
int restore_recover(const struct world *w, struct journal *j, struct arena *a);

/* All that have been in the trash for trash_days, in the order of the journal;
 * the list is in a.  How many. */
size_t purge_find(const struct world *w, struct arena *a, const struct attempt ***out);

/* Delete what is in the trash of it, under lock/git.  EXIT_OK, or EXIT_FAIL with
 * a message. */
int purge_one(const struct world *w, struct journal *j, const struct attempt *at,
    struct arena *a);

/* Delete, under lock/git, or with not yes only count, git's entries that settle.h
 * moved aside trash_days ago or earlier; adds to *done, and says so unless quiet.
 * EXIT_OK, or EXIT_FAIL with a message. */
int purge_debris(const struct world *w, bool yes, bool quiet, size_t *done);

#endif
