/*
 * A layout is a data file (share/jared/layouts/NAME.yaml) that says where a
 * format keeps its tasks and what its words mean.  The file format is in
 * jared-tasks(5).  A repository may ship its own under .jared/layouts/.
 */
#ifndef JARED_LAYOUT_H
#define JARED_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "mem.h"
#include "pattern.h"

/* What a status word means to Jared. */
enum status_word { ST_DRAFT, ST_READY, ST_IN_PROGRESS, ST_BLOCKED, ST_DONE,
	ST_CANCELLED, ST_NWORDS };
const char *status_word_name(enum status_word w);

/* The front matter keys that Jared knows; each has aliases in the layout. */
enum task_key { KEY_ID, KEY_TITLE, KEY_STATUS, KEY_PRIORITY, KEY_WORKSTREAM,
	KEY_MILESTONE, KEY_OWNER, KEY_DEPENDS_ON, KEY_CREATED, KEY_PATHS,
	KEY_GATES, KEY_HOLD_UNTIL, KEY_PARENT, KEY_N };
const char *task_key_name(enum task_key k);

struct layout_word { const char *word; int value; };

struct layout {
	const char *name;
	const char **detect;        /* patterns below the root, each of which must match */
	bool fallback;              /* taken only if no other one fits */
	const char **files;         /* patterns (pattern.h), component by component */
	const char **ignore;        /* patterns of file names that are no tasks, without case */
	const char *team;           /* the directory of the people, below the root */
	bool id_from_stem;          /* id: [stem] instead of [id, stem] */
	bool id_in_workstream;      /* id: [workstream, stem] */
	bool title_heading;         /* without the key it is the first heading */
	bool comma_deps;            /* a string of dependencies is split at commas */
	bool children_first;        /* a task waits for those that name it as parent */
	const char **key[KEY_N];    /* aliases in order of preference, NULL-terminated */
	struct layout_word *status; /* n_status; words compared without case */
	size_t n_status;
	struct layout_word *priority; /* n_priority; value 0 is most urgent */
	size_t n_priority;
	uint64_t identity;          /* changes whenever a file could be read differently */
	const char *default_status; /* for a file without one; NULL: that is an error */
};

/* The configured layout, or the native "workstreams" or else the first other
 * one by name that fits, fallbacks last, or (nothing fits) the native one.
 * A layout that cannot be read ends the process: EXIT_FAIL, file and line. */
void layout_load(struct layout *l, const char *root, const struct config *c,
    struct arena *a);

/* One by its name; false if there is no such file. */
bool layout_named(struct layout *l, const char *name, const char *root,
    const struct config *c, struct arena *a);

/* Does the repository look like it? */
bool layout_fits(const struct layout *l, const char *root);

/* Read the file at path (layout_in.c). */
void layout_read(struct layout *l, const char *name, const char *path,
    const struct config *c, struct arena *a);

/* Is it one of the names that are no tasks? */
bool layout_ignores(const struct layout *l, const char *name);

/* Its meaning, or -1 and *valid, the words it could have been ("a, b, c"). */
int layout_status(const struct layout *l, const char *word, struct arena *a,
    const char **valid);

/* 0 is most urgent; an unknown word sorts behind every known one, absent last. */
int layout_priority(const struct layout *l, const char *word);

#endif
