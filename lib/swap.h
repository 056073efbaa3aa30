/*
 * A file that people edit too is given new bytes, unless somebody else has just
 * written it.
 *
 * The new file is written beside the old (".jared-task.PID", O_EXCL, with the
 * same mode, owner and extended attributes), synced, and exchanged with it in one
 * step (renameat2(2)).  What came out must be the file that was read: a save by
 * an editor that got in between comes out instead, is put back, and stands.
 * A lease (fcntl(2), F_SETLEASE) makes those who want to write in place wait
 * meanwhile, and tells of them.  Where there are no leases or exchanges it is
 * done without, and a save within those microseconds could be lost.
 *
 * INT, TERM and HUP wait until it is over.  A process that is killed leaves the
 * old file or the new one in place, and perhaps the other beside it.
 */
#ifndef JARED_SWAP_H
#define JARED_SWAP_H

#include "buf.h"

/* Replace NAME in dirfd, whose bytes were read as was: 0.  Otherwise -1: EAGAIN
 * (it is somebody else's by now, or open for writing), EMLINK (it has other
 * names, which would be left behind), or what went wrong; the file is as its
 * last writer left it. */
int swap_file(int dirfd, const char *name, const struct buf *was,
    const struct buf *now);

/* Create NAME, which must not exist (-1, EEXIST), mode 0666 less the umask. */
int swap_create(int dirfd, const char *name, const struct buf *now);

#endif
