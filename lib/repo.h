/*
 * The repository, found without a child process: walk up to .git; a file
 * there names the gitdir (a linked worktree), whose commondir names the common
 * directory.  Tasks are always read from the main checkout, also when called
 * inside a linked worktree.
 *
 * The state directory is COMMON/jared, or JARED_STATE.
 */
#ifndef JARED_REPO_H
#define JARED_REPO_H

#include <stdbool.h>

#include "mem.h"

enum repo_need {
	REPO_ANY,        /* outside git is fine: root is then DIR itself */
	REPO_GIT,        /* no git: die with EXIT_FAIL and the reason */
	REPO_STATE,      /* as REPO_GIT, and make the state directory; for tools that write */
};

struct repo {
	char *root;      /* the main checkout, absolute, no symlinks */
	char *common;    /* git's common directory, NULL outside git */
	char *state;     /* the state directory, its real path once it is there; NULL outside
	                  * git without JARED_STATE */
	int rootfd;
	int commonfd;    /* -1 outside git */
	int statefd;     /* -1 if there is no state directory (yet) */
};

/* Find it from dir (NULL: JARED_ROOT, else the current directory).  A bare
 * repository, a submodule, a state directory that is not ours, of a newer
 * format, or (REPO_STATE) on a file system without trustworthy locks ends the
 * process with EXIT_FAIL and the reason. */
void repo_open(struct repo *r, const char *dir, enum repo_need need);
void repo_close(struct repo *r);

/* path relative to r->root if below it, else path itself. */
const char *repo_relative(const struct repo *r, const char *path);

/* The other way: path itself if it is absolute, else below r->root, in the arena. */
const char *repo_path(const struct repo *r, const char *path, struct arena *a);

#endif
