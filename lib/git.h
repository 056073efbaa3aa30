/*
 * git, asked by argv and as rarely as possible.
 *
 * References are read from their files (loose, then packed-refs: see
 * gitrepository-layout(5)), which costs no process.  Commands that only look
 * run with core.hooksPath=/dev/null, core.fsmonitor=false and without optional
 * locks, because an agent may have written the configuration.
 */
#ifndef JARED_GIT_H
#define JARED_GIT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "mem.h"
#include "proc.h"

enum { GIT_OID = 65 };          /* 64 hex digits (SHA-256) and NUL */

/* The object a full reference name ("refs/heads/x", "HEAD") stands for, read
 * from the common directory's files, symbolic references followed.
 * 0; -1 with ENOENT if there is none, EINVAL if it cannot be read so. */
int git_ref_read(int commonfd, const char *name, char oid[GIT_OID]);

/* The branch HEAD names, without refs/heads/, malloc'ed; NULL if detached. */
char *git_head_branch(int commonfd);

/* Run git with these arguments (NULL-terminated) in dir, hardened as above.
 * The proc is the caller's to release.  As proc_run. */
int git_run(struct proc *p, const char *dir, const char *const *args);
/* The first of the two steps, as proc_start; the second is proc_wait. */
int git_start(struct proc *p, const char *dir, const char *const *args);

struct git_branch {
	const char *name;       /* without refs/heads/ */
	const char *oid;
};

/* Every branch that is PREFIX or lies below PREFIX/; one for-each-ref.
 * The number of branches, or -1 with a message in *why (in the arena). */
int git_branches(const char *dir, const char *prefix, struct arena *a,
    struct git_branch **out, const char **why);

struct git_tip {
	const char *oid;        /* in: a commit */
	int ahead;              /* out: commits reachable from it and not from base; -1 unknown */
};

/* How far each tip is ahead of base (an oid): one rev-list --parents for all,
 * one more for each when a tip is missing.  0; -1 if git cannot be asked. */
int git_ahead(const char *dir, const char *base, struct git_tip *tip, size_t n);

/* The git directory of a linked worktree of the repository with that common
 * directory (real paths), malloc'ed; NULL if it is none. */
char *git_worktree_dir(const char *common, const char *worktree);

/* Does its configuration name nothing that a look would run? */
bool git_is_tame(const char *common, const char *gitdir);

/* 1 if `git status` in the worktree of the repository with that common directory
 * (real paths) shows changes or untracked files, 0 if not, -1 if it cannot be
 * told: also when the worktree names another git directory, whose configuration
 * might run programs.  What is changed within a submodule does not count. */
int git_dirty(const char *common, const char *worktree);

#endif
