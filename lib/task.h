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

#include "buf.h"
#include "layout.h"
#include "mem.h"
#include "repo.h"
#include "taskid.h"

enum { TASK_FILE_MAX = 16 * 1024 * 1024 };

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
	const char *fault;          /* the same in one word of jared-tasks(5): "status" */
	bool guessed;               /* id is of the file name only: the front matter is unreadable */
	const char *cycle;          /* by graph_resolve: "a>b>a", or NULL */
	size_t unblocks;            /* by graph_resolve: open tasks that name this one */
	size_t component;           /* by graph_resolve, internal */
};

/* What reading a task takes.  Zero but for the first three; release scratch
 * and text in the end. */
struct task_reader {
	const struct repo *repo;
	const struct layout *layout;
	struct arena *arena;        /* of the tasks */
	struct arena scratch;
	struct buf text;
};

/* Read NAME in dirfd, which is FILE below the root, only as far as its front
 * matter.  kind is what readdir(3) called it, or DT_UNKNOWN.  NULL if it is
 * gone. */
struct task *task_read(struct task_reader *rd, int dirfd, const char *name,
    int kind, const char *file, const char *workstream);

/* Read the whole of FILE into text and parse it; NULL if it is gone. */
struct task *task_read_whole(struct task_reader *rd, const char *file,
    const char *workstream, struct buf *text);

/* A task for what is no readable file: its name and what is wrong with it. */
struct task *task_refused(struct task_reader *rd, const char *file,
    const char *fault, const char *what);

void task_reader_release(struct task_reader *rd);

#endif
