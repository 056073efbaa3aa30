/*
 * Open file description locks (fcntl(2), F_OFD_SETLK), exclusive, over the
 * whole of a file that is never renamed and never removed.
 *
 * Such a lock belongs to the open file description: it goes when the last
 * descriptor of it is closed, whoever inherited it, and however its holder
 * died.  It is not dropped when some library closes the same file, as a
 * F_SETLK lock is.  Nobody ever has to believe a lock's mere existence.
 *
 * Order: beat > git > journal.  No git, network or child under journal.
 */
#ifndef JARED_LOCK_H
#define JARED_LOCK_H

enum lock_state { LOCK_FREE, LOCK_HELD, LOCK_UNKNOWN };

/* Create NAME in dirfd if need be and take its lock, trying for wait_ms
 * (0: once).  The descriptor, close-on-exec; or -1, EAGAIN if it is held
 * by another, else as open(2) and fcntl(2). */
int lock_take(int dirfd, const char *name, int wait_ms);

/* Ask whether somebody holds it (F_OFD_GETLK); takes nothing, writes nothing,
 * works on a read-only mount.  No file: LOCK_FREE.  LOCK_UNKNOWN only when
 * the question itself failed (errno): treat as held. */
enum lock_state lock_probe(int dirfd, const char *name);

/* Let the lock survive exec in a child: a duplicate on descriptor target,
 * not close-on-exec.  target, or -1. */
int lock_inherit(int fd, int target);

#endif
