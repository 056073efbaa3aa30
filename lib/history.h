/*
 * A piece of history as `git rev-list --parents` prints it: a commit and its
 * parents on each line.  Asked for several tips at once, git does not say which
 * commit belongs to which; a walk in memory does.
 */
#ifndef JARED_HISTORY_H
#define JARED_HISTORY_H

#include <stddef.h>

struct history_commit {
	const char *oid;
	size_t parent, n_parent;    /* in history.parent */
	size_t seen;                /* the last walk that came by */
};

struct history {
	struct history_commit *commit;
	size_t n, cap;
	char **parent;
	size_t n_parent, cap_parent;
	size_t *slot;               /* hash table: index + 1 */
	size_t n_slot;
	size_t *stack;
	size_t walk;
};

/* Cut text into lines and words; it must stay until history_release. */
void history_parse(struct history *h, char *text);
void history_release(struct history *h);

/* The commits of this history that tip reaches, itself counted. */
int history_count(struct history *h, const char *tip);

#endif
