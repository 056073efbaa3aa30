/*
 * Tasks: what the files say.  One file, one struct task, whatever its faults:
 * a file that cannot be used has `error` set ("tasks/a.md:7: bad status
 * 'wip', valid: …") and is still a task, so that one bad file never stops a
 * queue.  Reading never writes.
 */
#ifndef JARED_TASK_H
#define JARED_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "layout.h"
#include "mem.h"
#include "repo.h"

enum { TASK_ID_MAX = 120 };

struct task {
	const char *id;             /* [a-z0-9][a-z0-9-]*, never NULL; unique among valid tasks */
	const char *raw_id;         /* as written, or NULL */
	const char *stem;
	const char *file;           /* relative to the root */
	const char *title;          /* NULL: none */
	const char *status;         /* the raw word, or NULL */
	enum status_word word;
	const char *priority;       /* as written, or NULL */
	int rank;                   /* of the priority, 0 first */
	const char *workstream, *milestone, *owner;
	int64_t created;            /* seconds, or -1 */
	int64_t hold_until;         /* seconds, or -1 */
	const char **dep;           /* as written, n_dep */
	size_t n_dep;
	struct task **dep_task;     /* by graph_resolve: NULL where missing or ambiguous */
	bool *dep_ambiguous;
	const char **path;          /* declared globs, n_path */
	size_t n_path;
	const char **gate;          /* names, n_gate */
	size_t n_gate;
	uint64_t hash;              /* of the front matter block, both delimiters; 0 if none */
	const char *error;          /* NULL, or file:line: what is wrong */
	const char *cycle;          /* by graph_resolve: "a>b>a", or NULL */
	size_t unblocks;            /* by graph_resolve: open tasks that name this one */
	size_t component;           /* by graph_resolve, internal */
};

struct tasks {
	struct task **v;            /* n tasks, by id bytewise, then file */
	size_t n;
	size_t cap;
	struct arena arena;
	const struct layout *layout;
	const struct repo *repo;
	struct task **slot;         /* hash table over ids */
	size_t n_slot;
};

/* Read every task file of the layout. */
void tasks_load(struct tasks *ts, const struct repo *r, const struct layout *l,
    const struct config *c);
void tasks_release(struct tasks *ts);

/* By id; NULL if there is none.  Of duplicates, the first by file. */
struct task *tasks_get(const struct tasks *ts, const char *id);

/* A task as a person names it: raw id, id, stem, or path, in this order.
 * NULL and *n_match 0 (none) or more than one (ambiguous). */
struct task *tasks_find(const struct tasks *ts, const char *name, size_t *n_match);

/* Read one task's file again: 0 and a fresh struct task in ts's arena (not in
 * ts->v), or -1 if the file is gone.  body, if not NULL, gets the whole file. */
int task_reread(const struct tasks *ts, const struct task *t, struct task **out,
    struct buf *body);

/* hash_fnv over the whole file; 0, or -1. */
int task_body_hash(const struct tasks *ts, const struct task *t, uint64_t *out);

/* An id from any text, at most TASK_ID_MAX bytes; "" if nothing is left. */
char *task_id_from(struct arena *a, const char *text);

#endif
