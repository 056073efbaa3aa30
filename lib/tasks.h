/*
 * All tasks of a repository, and how they are named: by the id as written, the
 * id, the file's stem, or its path.
 */
#ifndef JARED_TASKS_H
#define JARED_TASKS_H

#include "index.h"
#include "walk.h"

struct tasks {
	struct task **v;            /* n tasks, by id bytewise, then file */
	size_t n;
	struct arena arena;
	const struct layout *layout;
	const struct repo *repo;
	struct index index;
	int64_t since;              /* the clock before the files were looked at */
	bool resolved;              /* graph_resolve was there */
	struct task_names *names;   /* a hash table, made when it is first asked */
};

/* Read every task file of the layout, or what the index says about it. */
void tasks_load(struct tasks *ts, const struct repo *r, const struct layout *l,
    enum walk_for what_for);
/* Write the index anew if it could tell more, after WALK_TO_INDEX.  It is a
 * cache: nobody need know that this failed. */
void tasks_index(const struct tasks *ts);
void tasks_release(struct tasks *ts);

/* By id; NULL if there is none.  Of duplicates, the first by file. */
struct task *tasks_get(const struct tasks *ts, const char *id);

/* Does its file say that the task is done or cancelled?  Without ts: no. */
bool tasks_closed(const struct tasks *ts, const char *id);

/* A task as a person names it: raw id, id, stem or path, in this order, and
 * last the id that the name would make ("WS_B" for ws-b).  NULL and *n_match 0
 * (none) or more than one (ambiguous). */
struct task *tasks_find(const struct tasks *ts, const char *name, size_t *n_match);

/* The same for a command line, where a path may also be relative to the current
 * directory. */
struct task *tasks_meant(const struct tasks *ts, const char *arg, size_t *n_match);

/* The same; if there is none, or more than one, a warning says so. */
struct task *tasks_operand(const struct tasks *ts, const char *arg);

/* Read one task's file again: 0 and a fresh struct task in ts's arena (not in
 * ts->v), or -1 if the file is gone.  While the front matter is the same, what
 * graph_resolve found stays with it.  body, if not NULL, gets the whole file. */
int task_reread(struct tasks *ts, const struct task *t, struct task **out,
    struct buf *body);

/* hash_fnv over the whole file; 0, or -1. */
int task_body_hash(const struct tasks *ts, const struct task *t, uint64_t *out);

#endif
