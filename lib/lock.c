#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"

int
lock_take(int dirfd, const char *name, int wait_ms)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(dirfd, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	int64_t end = clock_boot_ms() + wait_ms;

	if (fd < 0)
		return -1;
	/* Polled, because F_OFD_SETLKW has no deadline and a holder may be
	 * stopped; the pid spreads the waiters out. */
	for (int nap = 1;;) {
		int64_t left;

		if (fcntl(fd, F_OFD_SETLK, &fl) == 0)
			return fd;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			break;
		left = end - clock_boot_ms();
		if (left <= 0) {
			errno = EAGAIN;
			break;
		}
		clock_sleep_ms(left < nap ? (int)left : nap);
		if (nap < 8)
			nap += 1 + (int)(getpid() & 1);
	}
	int err = errno;
	close(fd);
	errno = err;
	return -1;
}

enum lock_state
lock_probe(int dirfd, const char *name)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	int r, err;

	if (fd < 0)
		return errno == ENOENT ? LOCK_FREE : LOCK_UNKNOWN;
	r = fcntl(fd, F_OFD_GETLK, &fl);
	err = errno;
	close(fd);
	errno = err;
	if (r < 0)
		return LOCK_UNKNOWN;
	return fl.l_type == F_UNLCK ? LOCK_FREE : LOCK_HELD;
}

int
lock_inherit(int fd, int target)
{
	return dup3(fd, target, 0);
}
