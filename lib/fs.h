/*
 * Files: the handful of ways in which Jared touches a disk.
 *
 * Every descriptor is close-on-exec.  State files are named relative to a
 * directory descriptor.  A file that readers may see is written whole beside
 * its place (".NAME.PID", O_EXCL), synced, renamed over it, and the directory
 * synced: a reader sees the old bytes or the new ones, a power cut too.
 * Functions return 0 (or a descriptor or length), or -1 with errno.
 */
#ifndef JARED_FS_H
#define JARED_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buf.h"

/* A directory descriptor; AT_FDCWD as dirfd is the current directory. */
int fs_open_dir(int dirfd, const char *path);

/* Open for reading only if it is a regular file, never blocking on a FIFO and
 * never following a symbolic link in the last component: otherwise -1 with
 * ELOOP (link), or EINVAL (FIFO, device, directory). */
int fs_open_regular(int dirfd, const char *path);

/* Append the whole file to b; more than max bytes: -1, EFBIG. */
int fs_read(int dirfd, const char *path, size_t max, struct buf *b);
/* The same from an open descriptor, from its offset on. */
int fs_read_fd(int fd, size_t max, struct buf *b);

/* All n bytes, in as few write(2)s as the kernel allows. */
int fs_write_all(int fd, const void *data, size_t n);

/* Replace NAME in dirfd durably and atomically, mode 0600. */
int fs_replace(int dirfd, const char *name, const void *data, size_t n);

/* As fs_replace, without either sync: for caches and status files that a
 * power cut may take. */
int fs_replace_fast(int dirfd, const char *name, const void *data, size_t n);

/* Create NAME in dirfd with all n bytes, synced, or not at all, under any mode
 * that the umask leaves; what is there stays: -1, EEXIST. */
int fs_create(int dirfd, const char *name, mode_t mode, const void *data, size_t n);

/* Create NAME with size bytes of zeros that are really allocated
 * (posix_fallocate(3)), synced; it must not exist. */
int fs_preallocate(int dirfd, const char *name, size_t size);

/* mkdir -p below dirfd, mode 0700 for each directory made, each synced. */
int fs_mkdirs(int dirfd, const char *path);

int fs_sync_dir(int dirfd);

/* True where locks and fsync may be trusted: not NFS, CIFS, FUSE and the
 * like (statfs(2) magic numbers); *kind names the refused one. */
bool fs_is_local(int fd, const char **kind);

/* The absolute path without symbolic links, malloc'ed; NULL with errno. */
char *fs_realpath(const char *path);

#endif
