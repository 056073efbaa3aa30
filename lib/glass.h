/*
 * A looking glass: git that sees a repository's objects and nothing else of it.
 *
 * It is a git directory of our own, STATE/look.PID, that borrows the objects
 * (gitrepository-layout(5), objects/info/alternates).  What stands in the
 * repository's configuration, attributes, hooks, replacements and grafts, which
 * an agent may have written, is not there: merges use no driver, differences no
 * textconv, and what is missing is not fetched.  What git writes goes with it
 * when it is closed.
 */
#ifndef JARED_GLASS_H
#define JARED_GLASS_H

#include "git.h"

struct glass {
	int statefd;
	char *name;             /* "look.123" */
	char *dir;              /* its path; NULL: it is not open */
	const char **env;
};

/* oid: any object id of the repository, which tells the hash that it uses.
 * 0; -1 with errno.  What others left that are gone is removed. */
int glass_open(struct glass *g, int statefd, const char *state, const char *common,
    const char *oid);
void glass_close(struct glass *g);

/* Run git with these arguments there.  As proc_run. */
int glass_run(const struct glass *g, struct proc *p, const char *const *args);

#endif
