/*
 * What a tool sees of a repository that needs no task files: state, settings,
 * journal, and the moment.  What is wrong with them ends the process with
 * EXIT_FAIL and the reason.
 */
#ifndef JARED_VIEW_H
#define JARED_VIEW_H

#include "repo.h"
#include "runstate.h"

struct view {
	struct repo repo;
	struct config config;
	struct journal journal;
	struct world world;         /* points into this; there are no tasks in it */
	struct arena arena;
};

void view_open(struct view *v, const char *dir, enum repo_need need);

/* What is new in the journal, and what time it is; a state directory that was
 * not there may have come.  Attempts seen before may be gone with it. */
void view_refresh(struct view *v, const char *dir);

void view_close(struct view *v);

#endif
