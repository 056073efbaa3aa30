/*
 * STATE/snap/: where snapshots are, by name.
 *
 * A name is TIME-SEQ-NUMBER.tsv: UTC time, the journal's seq, and a number that
 * each new snapshot raises by one.  Names sort by time; the number tells which
 * was written last, also within one second and when the clock went back.
 * Writers hold lock/snap, so that two of them do not tell the same change
 * twice; readers take no lock.
 */
#ifndef JARED_SNAPDIR_H
#define JARED_SNAPDIR_H

#include <stddef.h>
#include <stdint.h>

#include "tasks.h"

enum { SNAP_NAME = 64 };

struct snap_name {
	char text[SNAP_NAME];       /* the file's name */
	int64_t time;               /* seconds, UTC */
	int64_t seq, number;
};

/* Fill text from the rest. */
void snap_name_make(struct snap_name *n);
/* 0, or -1 if text is not the name of a snapshot. */
int snap_name_parse(const char *text, struct snap_name *out);

struct snapdir {
	struct snap_name *v;        /* n of them, by number: the last written last */
	size_t n, cap;
	int fd;                     /* of the directory, or -1: there is none yet */
};

/* A missing directory is an empty one; one that cannot be read ends the process
 * with EXIT_FAIL. */
void snapdir_open(struct snapdir *d, int statefd);
void snapdir_release(struct snapdir *d);

/* lock/snap, waiting at most 30 s; its descriptor, or -1 with errno. */
int snapdir_lock(int statefd);

/* Write the index of tasks that were read to be indexed (tasks.h), unless
 * somebody else is writing in this directory. */
void snapdir_index(const struct tasks *ts);

/* Remove what is too old to be kept singly: of snapshots older than a day the
 * last of each hour stays, of those older than a week the last of each day.
 * Files that dead writers left go too.  Under lock/snap. */
void snapdir_prune(const struct snapdir *d, int64_t now);

#endif
