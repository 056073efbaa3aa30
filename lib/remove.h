/*
 * Removing a directory and all below it: the only deletion of trees in the
 * suite.  It never follows a link, never leaves the file system or the mount
 * that it began on (openat2(2), RESOLVE_NO_XDEV), and takes names from
 * descriptors alone, so that nothing that is moved about meanwhile can lead it
 * elsewhere.
 */
#ifndef JARED_REMOVE_H
#define JARED_REMOVE_H

/* Remove NAME, one component, from dirfd.  0, also if it is not there; -1 with
 * errno when something stays. */
int remove_tree(int dirfd, const char *name);

#endif
