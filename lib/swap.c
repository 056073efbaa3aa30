#include "swap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "mem.h"

/* Whoever saves the file again and again while it is put back gets it. */
enum { MAX_TURNS = 100, LINGER_MS = 2 };

/* A file by its inode and its bytes; fd -1: none that could be read. */
struct side {
	int fd;
	bool leased;            /* a lease was had on fd */
	struct buf bytes;
};

struct swap {
	int dirfd;
	const char *name;
	char tmp[40];
	struct side old, new;
};

static void
release(struct side *s)
{
	if (s->fd >= 0)
		close(s->fd);
	buf_release(&s->bytes);
}

static struct side
open_side(int dirfd, const char *name)
{
	struct side s = { .fd = fs_open_regular(dirfd, name), .bytes = BUF_INIT };

	if (s.fd >= 0 && fs_read_fd(s.fd, 1u << 30, &s.bytes) < 0) {
		close(s.fd);
		s.fd = -1;
	}
	return s;
}

/* Is this the very file, unwritten? */
static bool
is_side(int dirfd, const char *name, const struct side *s)
{
	struct side at = open_side(dirfd, name);
	struct stat a, b;
	bool is = s->fd >= 0 && at.fd >= 0 && fstat(s->fd, &a) == 0 &&
	    fstat(at.fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
	    at.bytes.len == s->bytes.len &&
	    memcmp(at.bytes.s, s->bytes.s, at.bytes.len) == 0;

	release(&at);
	return is;
}

/* --- the new file --- */

static int
copy_attribute(int from, int to, const char *name)
{
	char value[65536];
	ssize_t n = fgetxattr(from, name, value, sizeof value);

	return n < 0 ? -1 : fsetxattr(to, name, value, (size_t)n, 0);
}

/* A person's own and the access list; others are the system's. */
static int
copy_attributes(int from, int to)
{
	char names[65536];
	ssize_t n = flistxattr(from, names, sizeof names);

	if (n < 0)
		return errno == ENOTSUP ? 0 : -1;
	for (const char *at = names; at < names + n; at += strlen(at) + 1)
		if ((strncmp(at, "user.", 5) == 0 ||
		    strcmp(at, "system.posix_acl_access") == 0) &&
		    copy_attribute(from, to, at) < 0)
			return -1;
	return 0;
}

static int
copy_owner(int from, int to)
{
	struct stat old, new;

	if (fstat(from, &old) < 0 || fstat(to, &new) < 0)
		return -1;
	if ((old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
	    fchown(to, old.st_uid, old.st_gid) < 0)
		return -1;
	return fchmod(to, old.st_mode & 07777);
}

static int
create(int dirfd, const char *tmp, mode_t mode)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dirfd, tmp, flags, mode);

	if (fd < 0 && errno == EEXIST && unlinkat(dirfd, tmp, 0) == 0)
		/* Left by a process of this number that is gone. */
		fd = openat(dirfd, tmp, flags, mode);
	return fd;
}

/* Write and sync it; from is whose mode and owner it gets, or -1.  0, or -1 and
 * no such file. */
static int
write_new(int dirfd, const char *tmp, int from, const struct buf *b)
{
	int err, fd = create(dirfd, tmp, from < 0 ? 0666 : 0600);

	if (fd < 0)
		return -1;
	if ((from >= 0 && (copy_owner(from, fd) < 0 || copy_attributes(from, fd) < 0)) ||
	    fs_write_all(fd, b->s, b->len) < 0 || fsync(fd) < 0) {
		err = errno;
		close(fd);
		unlinkat(dirfd, tmp, 0);
		errno = err;
		return -1;
	}
	return close(fd);
}

/* --- the exchange --- */

static int
exchange(const struct swap *s)
{
	return renameat2(s->dirfd, s->tmp, s->dirfd, s->name, RENAME_EXCHANGE);
}

/* From here on who opens it for writing waits; -1: somebody has it open. */
static int
lease(struct side *s)
{
	s->leased = s->fd >= 0 && fcntl(s->fd, F_SETLEASE, F_RDLCK) == 0;
	return s->leased || errno != EAGAIN ? 0 : -1;
}

/* Is this the very file, and has nobody written it or is waiting to? */
static bool
untouched(const struct swap *s, const char *name, const struct side *side)
{
	return is_side(s->dirfd, name, side) &&
	    (!side->leased || fcntl(side->fd, F_GETLEASE) == F_RDLCK);
}

/* What stands at the temporary name is somebody's save: give it back.  What
 * then comes out should be what we had put there; if it is not, somebody has
 * saved once more, over ours, and that is the save that counts.  0: nothing that
 * was saved last is left at the temporary name. */
static int
put_back(struct swap *s)
{
	struct side put = s->new, held;
	bool settled = false;

	s->new = (struct side){ .fd = -1, .bytes = BUF_INIT };
	for (int i = 0; i < MAX_TURNS && !settled; i++) {
		held = open_side(s->dirfd, s->tmp);
		(void)lease(&held);
		if (exchange(s) < 0) {
			release(&held);
			break;
		}
		settled = untouched(s, s->tmp, &put);
		release(&put);
		put = held;
	}
	release(&put);
	return settled ? 0 : -1;
}

/* EDEADLK: the temporary file must be kept. */
static int
turn(struct swap *s)
{
	if (exchange(s) < 0) {
		if (errno == ENOENT)
			errno = EAGAIN;
		if (errno != EINVAL && errno != ENOSYS)
			return -1;
		/* This file system has no exchange. */
		return renameat(s->dirfd, s->tmp, s->dirfd, s->name);
	}
	if (untouched(s, s->tmp, &s->old)) {
		/* Somebody may have found the old file by its name just before,
		 * and be about to open it. */
		clock_sleep_ms(LINGER_MS);
		if (untouched(s, s->tmp, &s->old))
			return 0;
	}
	errno = put_back(s) < 0 ? EDEADLK : EAGAIN;
	return -1;
}

/* The leases go with the descriptors, after the file has its place: who waits
 * for one writes at once. */
static int
swap_sides(struct swap *s)
{
	int r = -1, err;

	(void)lease(&s->new);
	if (lease(&s->old) == 0) {
		errno = EAGAIN;
		if (untouched(s, s->name, &s->old))
			r = turn(s);
	}
	err = errno;
	if (r == 0 || err != EDEADLK)
		unlinkat(s->dirfd, s->tmp, 0);
	errno = err;
	return r;
}

static int
swap_old(struct swap *s, const struct buf *was, const struct buf *now)
{
	struct stat st;
	int r;

	if (s->old.fd < 0) {
		errno = errno == ENOENT ? EAGAIN : errno;
		return -1;
	}
	if (fstat(s->old.fd, &st) < 0)
		return -1;
	errno = st.st_nlink > 1 ? EMLINK : EAGAIN;
	if (st.st_nlink > 1 || was->len != s->old.bytes.len ||
	    memcmp(was->s, s->old.bytes.s, was->len) != 0)
		return -1;
	if (write_new(s->dirfd, s->tmp, s->old.fd, now) < 0)
		return -1;
	s->new = open_side(s->dirfd, s->tmp);
	if (s->new.fd < 0) {
		unlinkat(s->dirfd, s->tmp, 0);
		errno = EAGAIN;
		return -1;
	}
	r = swap_sides(s);
	return r == 0 ? fs_sync_dir(s->dirfd) : r;
}

/* Signals that would leave things half done wait; a broken lease is noticed
 * without one. */
static void
hold_signals(bool hold, sigset_t *mask, struct sigaction *io)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t wait;

	if (!hold) {
		sigaction(SIGIO, io, NULL);
		sigprocmask(SIG_SETMASK, mask, NULL);
		return;
	}
	sigemptyset(&wait);
	sigaddset(&wait, SIGHUP);
	sigaddset(&wait, SIGINT);
	sigaddset(&wait, SIGTERM);
	sigprocmask(SIG_BLOCK, &wait, mask);
	sigaction(SIGIO, &ignore, io);
}

int
swap_file(int dirfd, const char *name, const struct buf *was, const struct buf *now)
{
	struct swap s = { .dirfd = dirfd, .name = name,
	    .new = { .fd = -1, .bytes = BUF_INIT } };
	struct sigaction io;
	sigset_t mask;
	int r, err;

	snprintf(s.tmp, sizeof s.tmp, ".jared-task.%ld", (long)getpid());
	hold_signals(true, &mask, &io);
	s.old = open_side(dirfd, name);
	r = swap_old(&s, was, now);
	err = errno;
	release(&s.old);
	release(&s.new);
	hold_signals(false, &mask, &io);
	errno = err;
	return r;
}

int
swap_create(int dirfd, const char *name, const struct buf *now)
{
	struct sigaction io;
	char tmp[40];
	sigset_t mask;
	int r, err;

	snprintf(tmp, sizeof tmp, ".jared-task.%ld", (long)getpid());
	hold_signals(true, &mask, &io);
	r = write_new(dirfd, tmp, -1, now);
	if (r == 0)
		r = linkat(dirfd, tmp, dirfd, name, 0);
	err = errno;
	unlinkat(dirfd, tmp, 0);
	hold_signals(false, &mask, &io);
	errno = err;
	return r == 0 ? fs_sync_dir(dirfd) : r;
}
