/*
 * Task files are read behind the walk that finds them: from some hundred on
 * also beside it, by a second thread.  Directories stay open until their last
 * file is read.
 */
#ifndef JARED_READING_H
#define JARED_READING_H

#include "index.h"

struct reading;
struct reading_dir;

/* What is not told here is not read: x may be empty.  With stat the tasks get
 * theirs, for index_write. */
struct reading *reading_begin(const struct repo *r, const struct layout *l,
    const struct index *x, bool stat);

/* A directory that has files to read; the descriptor stays the caller's.
 * reading_leave says that no more of them will come. */
struct reading_dir *reading_enter(struct reading *r, int dirfd, const char *path);
void reading_leave(struct reading *r, struct reading_dir *d);

/* A file there, whose name is the end of FILE; kind and workstream as in
 * task_read.  All strings must live as long as the tasks. */
void reading_add(struct reading *r, struct reading_dir *d, const char *file,
    const char *name, int kind, const char *workstream);

/* Wait until all is read, and free r.  The tasks of the files that are still
 * there are appended to *v in the order in which they were added, their memory
 * goes to a. */
void reading_end(struct reading *r, struct arena *a, struct task ***v, size_t *n,
    size_t *cap);

#endif
