/*
 * The files of a worktree, by git's word: is there anything in it that no commit
 * holds?
 *
 * Changed files, also those that the index is told not to look at, and files
 * that git does not know, count always.  Files that it ignores count as precious
 * unless they can be made again: a name in share/jared/clean/ignored, a
 * symbolic link, or the same bytes as in the main checkout at that path.
 * share/jared/clean/untracked names the few that count in neither case: those
 * that Jared and agents put there themselves.  A line is a pattern (pattern.h)
 * for one component of the path, or a whole path below the worktree.
 */
#ifndef JARED_TREEFILES_H
#define JARED_TREEFILES_H

#include "mem.h"
#include "repo.h"

struct treefiles {
	const char *code;           /* "dirty", "hidden", "untracked", "ignored", "unseen"; NULL: nothing */
	const char *fact;           /* the first such file, or why nothing can be seen */
};

/* Look at the worktree at path, which is a linked one of the repository's,
 * wherever it was moved to; memory from a. */
void treefiles_look(const struct repo *r, const char *path, struct treefiles *out,
    struct arena *a);

#endif
