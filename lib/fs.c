#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "mem.h"

int
fs_open_dir(int dirfd, const char *path)
{
	return openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
fs_open_regular(int dirfd, const char *path)
{
	struct stat st;
	int fd = openat(dirfd, path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

int
fs_read_fd(int fd, size_t max, struct buf *b)
{
	size_t got = 0;

	for (;;) {
		size_t want = got ? 65536 : 4096;
		char *room = buf_room(b, want);
		ssize_t n = read(fd, room, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		buf_setlen(b, b->len + (size_t)n);
		got += (size_t)n;
		if (got > max) {
			errno = EFBIG;
			return -1;
		}
		if (n == 0)
			return 0;
	}
}

int
fs_read(int dirfd, const char *path, size_t max, struct buf *b)
{
	int fd = fs_open_regular(dirfd, path), r, err;

	if (fd < 0)
		return -1;
	r = fs_read_fd(fd, max, b);
	err = errno;
	close(fd);
	errno = err;
	return r;
}

int
fs_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		if (w == 0) {
			errno = ENOSPC;
			return -1;
		}
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int
fs_sync_dir(int dirfd)
{
	return fsync(dirfd);
}

/* How a file that was written whole beside its place comes to its place. */
enum arrival { REPLACE, REPLACE_FAST, CREATE };

static int
arrive(int dirfd, const char *tmp, const char *name, enum arrival how)
{
	if (how != CREATE)
		return renameat(dirfd, tmp, dirfd, name);
	/* Unlike rename(2), link(2) leaves alone what is there. */
	if (linkat(dirfd, tmp, dirfd, name, 0) < 0)
		return -1;
	unlinkat(dirfd, tmp, 0);
	return 0;
}

static int
place(int dirfd, const char *name, mode_t mode, const void *data, size_t n,
    enum arrival how)
{
	char *tmp = xasprintf(".%s.%ld", name, (long)getpid());
	int err, r = -1;
	int fd = openat(dirfd, tmp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0 && errno == EEXIST) {
		/* Left by a process of this number that is gone. */
		unlinkat(dirfd, tmp, 0);
		fd = openat(dirfd, tmp,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	}
	if (fd < 0)
		goto out;
	if (fs_write_all(fd, data, n) < 0 || (how != REPLACE_FAST && fsync(fd) < 0)) {
		err = errno;
		close(fd);
		errno = err;
		goto undo;
	}
	if (close(fd) < 0 || arrive(dirfd, tmp, name, how) < 0)
		goto undo;
	r = how != REPLACE_FAST ? fs_sync_dir(dirfd) : 0;
	goto out;
undo:
	err = errno;
	unlinkat(dirfd, tmp, 0);
	errno = err;
out:
	err = errno;
	free(tmp);
	errno = err;
	return r;
}

int
fs_replace(int dirfd, const char *name, const void *data, size_t n)
{
	return place(dirfd, name, 0600, data, n, REPLACE);
}

int
fs_replace_fast(int dirfd, const char *name, const void *data, size_t n)
{
	return place(dirfd, name, 0600, data, n, REPLACE_FAST);
}

int
fs_create(int dirfd, const char *name, mode_t mode, const void *data, size_t n)
{
	return place(dirfd, name, mode, data, n, CREATE);
}

int
fs_preallocate(int dirfd, const char *name, size_t size)
{
	int err, fd = openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	err = posix_fallocate(fd, 0, (off_t)size);
	if (!err && fsync(fd) < 0)
		err = errno;
	close(fd);
	if (err) {
		unlinkat(dirfd, name, 0);
		errno = err;
		return -1;
	}
	return fs_sync_dir(dirfd);
}

int
fs_mkdirs(int dirfd, const char *path)
{
	char *copy = xstrdup(path);
	int r = 0, parent, err;

	for (char *s = copy + (*copy == '/'); r == 0 && *s; s++) {
		char *slash = strchr(s, '/');

		if (slash)
			*slash = '\0';
		if (mkdirat(dirfd, copy, 0700) == 0) {
			char *cut = strrchr(copy, '/');

			if (cut && cut != copy)
				*cut = '\0';
			parent = fs_open_dir(dirfd, !cut ? "." :
			    cut == copy ? "/" : copy);
			if (cut && cut != copy)
				*cut = '/';
			if (parent < 0 || fs_sync_dir(parent) < 0)
				r = -1;
			if (parent >= 0)
				close(parent);
		} else if (errno != EEXIST) {
			r = -1;
		}
		if (!slash)
			break;
		*slash = '/';
		s = slash;
	}
	err = errno;
	free(copy);
	errno = err;
	return r;
}

bool
fs_is_local(int fd, const char **kind)
{
	static const struct { unsigned long magic; const char *name; } remote[] = {
		{ 0x6969, "nfs" }, { 0x517b, "smb" }, { 0xff534d42, "cifs" },
		{ 0xfe534d42, "smb2" }, { 0x65735546, "fuse" },
		{ 0x01021997, "9p" }, { 0x5346414f, "afs" },
		{ 0x73757245, "coda" }, { 0x00c36400, "ceph" },
	};
	struct statfs sfs;

	if (fstatfs(fd, &sfs) < 0)
		return true;
	for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
		if (((unsigned long)sfs.f_type & 0xffffffffu) == remote[i].magic) {
			*kind = remote[i].name;
			return false;
		}
	return true;
}

char *
fs_realpath(const char *path)
{
	return realpath(path, NULL);
}
