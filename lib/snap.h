/*
 * Snapshots: everything at one moment, one file each in STATE/snap/.
 *
 *   meta version time seq boot tasks runs limits
 *   queue …                    the columns of a queue record, for each task
 *   run …                      the columns of a run record, for each run
 *   signal …                   the columns of a signal record, for each signal
 *   end crc32                  over all bytes before this line
 *
 * A file is written whole, synced and renamed: readers see all of it or
 * nothing.  It is a cache: whoever removes one loses a piece of the past, and
 * no decision is ever made from it.
 */
#ifndef JARED_SNAP_H
#define JARED_SNAP_H

#include <stddef.h>
#include <stdint.h>

#include "fleet.h"
#include "queue.h"
#include "signals.h"
#include "snapdir.h"

enum { SNAP_VERSION = 2 };   /* 1 had no signals */

struct snap_set { char ***v; size_t n, cap; };

struct snap {
	struct snap_name name;      /* one not yet written has no text and no number */
	const char *boot;           /* as in the journal */
	struct snap_set queue;      /* records in dispatch order */
	struct snap_set run;        /* one for each task with an attempt */
	struct snap_set signal;     /* by id, then code */
	int64_t tasks, runs;        /* how many, as the first line says */
	const char *limits;         /* as in limit.h, or NULL: it does not tell */
	char *text;                 /* owned */
	struct arena arena;
};

/* 0; -1 with *why (static): gone, damaged, or of a newer version.  SNAP_HEAD:
 * only the first line. */
enum snap_part { SNAP_HEAD, SNAP_WHOLE };
int snap_read(struct snap *s, int fd, const struct snap_name *name,
    enum snap_part part, const char **why);

/* Read the newest that can be read of those whose time and seq are not above
 * the given; others are passed over with a warning.  0, or -1 for none. */
int snap_find(struct snap *s, const struct snapdir *d, int64_t time, int64_t seq);

/* Read the one that a person means: a time (RFC 3339), an age with its unit
 * ("10m" ago), "last", a name, or, with a '/', the path of a file.  EXIT_OK, or
 * EXIT_NONE, message printed; text that is none of these ends the process with
 * EXIT_USAGE. */
int snap_named(struct snap *s, const struct snapdir *d, const char *text);

/* The queue record that a person means by the id, the path or stem of the file,
 * or what makes that id.  NULL: there is none, or more than one, and a warning
 * says so. */
char **snap_task(const struct snap *s, const char *name);

/* What was picked of its queue then: under the limits that it tells, or, where
 * it tells none, those of the repository now.  p points into s. */
void snap_pick(const struct snap *s, const struct repo *r, struct pick *p);

/* Under other limits the same queue is picked from otherwise. */
bool snap_same_limits(const struct snap *a, const struct snap *b);

void snap_release(struct snap *s);

/* Everything, observed now; s points into the others. */
struct scene { struct queue q; struct fleet f; struct signals g; struct snap s; };
void scene_observe(struct scene *now, const char *dir, enum repo_need need);
void scene_release(struct scene *now);

/* Write s, durably, as the next in d, under lock/snap; names it.  0, or -1 with
 * errno. */
int snap_write(struct snap *s, const struct snapdir *d);

#endif
