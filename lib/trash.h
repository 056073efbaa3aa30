/*
 * The trash: STATE/trash/ID.N/ holds what was taken away of a worktree.
 *
 *   certificate  what it was, where it was, and why it might go; written before
 *                anything is moved
 *   tree         the worktree
 *   git          git's own directory of it, with its index
 *   log          the log of its branch
 *
 * Moving is renaming, so that nothing is copied.  What lies on another file
 * system than the state directory is put beside where it was, and the
 * certificate says where.
 */
#ifndef JARED_TRASH_H
#define JARED_TRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "git.h"
#include "repo.h"

struct certificate {
	const char *name;           /* "ID.N", or "ID.N.2" */
	const char *id;
	int64_t n;
	const char *proof;
	const char *oid;            /* the branch's commit */
	const char *branch;
	bool had_branch;            /* it was there then */
	const char *archive;        /* the reference */
	const char *worktree;       /* where it was; NULL: it was not there */
	const char *gitdir;         /* the same of git's directory */
	const char *tree, *git;     /* where they are */
};

/* Choose the places for c (worktree and gitdir must be set), make the directory
 * and write the certificate, durably.  0; -1 with errno. */
int trash_begin(const struct repo *r, struct certificate *c, struct arena *a);

/* 0; -1: there is none of that name that can be read. */
int trash_read(const struct repo *r, const char *name, struct certificate *c,
    struct arena *a);

/* Rename, never over something, and make it durable: a way that is NULL, or that
 * was gone before, is done.  0; -1 with errno. */
int trash_move(const char *from, const char *to);

/* Put tree and git's directory back where they were.  0; -1 with errno. */
int trash_put_back(const struct certificate *c);

/* Keep the log of the branch, or give it back to it. */
int trash_save_log(const struct repo *r, const struct certificate *c);
int trash_load_log(const struct repo *r, const struct certificate *c);

/* Forget what has been put back: fails if there is something in it. */
int trash_end(const struct repo *r, const struct certificate *c);

/* Delete all of it for good.  0; -1 with errno. */
int trash_purge(const struct repo *r, const struct certificate *c);

/* The names of all there are, NULL-terminated, in order. */
char **trash_names(const struct repo *r, struct arena *a);

/* Is there something at that path? */
bool trash_there(const char *path);

#endif
