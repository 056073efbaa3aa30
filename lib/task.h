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
#include "front.h"
#include "layout.h"
#include "mem.h"
#include "repo.h"
#include "taskid.h"

enum { TASK_FILE_MAX = 16 * 1024 * 1024 };

/* What tells a file from what it was, without reading it. */
struct task_stat {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;       /* nanoseconds */
};

/* The ways in which a task is named, in the order of preference. */
enum name_of_task { NAME_RAW_ID, NAME_ID, NAME_STEM, NAME_N };

struct task {
	/* What all are asked for comes first, in few lines of cache. */
	const char *id;             /* [a-z0-9][a-z0-9-]*, never NULL; unique among valid tasks */
	const char *error;          /* NULL, or file:line: what is wrong */
	enum status_word word;
	int rank;                   /* of the priority, 0 first */
	struct task **dep_task;     /* by graph_resolve, n_edge: those of dep, NULL where
	                               missing or ambiguous, then those to wait for as parent */
	size_t n_edge;
	size_t component;           /* by graph_resolve, internal */
	size_t unblocks;            /* by graph_resolve: open tasks that wait for this one */
	const char *cycle;          /* by graph_resolve: "a>b>a", or NULL */

	const char **dep;           /* as written, n_dep */
	size_t n_dep;
	bool *dep_ambiguous;        /* by graph_resolve, n_dep */
	uint32_t name_hash[NAME_N]; /* by task_hash_names */
	uint32_t seen;              /* its place in the walk */
	uint32_t rank_of_id;        /* by the index: its place among those in it, from 1; or 0 */
	bool guessed;               /* id is of the file name only: the front matter is unreadable */
	int64_t created;            /* seconds, or -1 */
	int64_t hold_until;         /* seconds, or -1 */

	const char *raw_id;         /* as written, or NULL */
	const char *stem;
	const char *file;           /* relative to the root */
	const char *title;          /* NULL: none */
	const char *status;         /* the raw word, or NULL */
	const char *priority;       /* as written, or NULL */
	const char *workstream, *milestone;
	const char *place;          /* the workstream that the path tells, or NULL */
	const char *owner;          /* as written, or NULL */
	const char *person;         /* by team_route: whose it is; NULL: nobody's */
	const char *parent;         /* as written, if the layout makes something of it */
	const char **path;          /* declared globs, n_path */
	size_t n_path;
	const char **gate;          /* names, n_gate */
	size_t n_gate;
	uint64_t hash;              /* of the front matter block, both delimiters; 0 if none */
	const char *fault;          /* the error in one word of jared-tasks(5): "status" */
	const struct task_stat *stat;   /* of the file that was read; NULL: not known */
};

/* What reading a task takes.  Zero but for the first three; release scratch
 * and text in the end. */
struct task_reader {
	const struct repo *repo;
	const struct layout *layout;
	struct arena *arena;        /* of the tasks */
	bool stat;                  /* note each file's stat */
	struct arena scratch;
	struct buf text;
};

struct stat;
void task_stat(struct task_stat *out, const struct stat *st);

/* A name as it is looked for: a path hashes as the stem it ends in. */
uint32_t task_name_hash(const char *name);
void task_hash_names(struct task *t);

/* Read NAME in dirfd, which is FILE below the root, only as far as its front
 * matter.  kind is what readdir(3) called it, or DT_UNKNOWN.  NULL if it is
 * gone.  Here and below, FILE and WORKSTREAM must live as long as the task. */
struct task *task_read(struct task_reader *rd, int dirfd, const char *name,
    int kind, const char *file, const char *workstream);

/* Read the whole of FILE into text and parse it; NULL if it is gone. */
struct task *task_read_whole(struct task_reader *rd, const char *file,
    const char *workstream, struct buf *text);

/* A task for what is no readable file: its name and what is wrong with it. */
struct task *task_refused(struct task_reader *rd, const char *file,
    const char *fault, const char *what);

void task_reader_release(struct task_reader *rd);

/* What these are made of. */

/* Say what is wrong, in one word and at length; the first fault counts. */
void task_fail(struct task_reader *rd, struct task *t, size_t line,
    const char *fault, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* What names a file that says nothing of an id, and that as the id. */
const char *task_file_name(struct task_reader *rd, const struct task *t);
void task_guess_id(struct task_reader *rd, struct task *t);

/* Fill in what n bytes say that front_cut made r and f of (task_in.c). */
void task_parse(struct task_reader *rd, struct task *t, const char *text, size_t n,
    const struct front *f, enum front_result r);

/* Is more than the front matter in rd->text wanted?  For a title. */
bool task_wants_more(const struct task_reader *rd, const struct front *f);

#endif
