/* lock DIR: DIR is empty and ours. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "lock.h"

static int dir;

static void
one_holder(void)
{
	int fd = lock_take(dir, "l", 0);

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(lock_probe(dir, "l") == LOCK_HELD);
	CHECK(lock_take(dir, "l", 0) == -1 && errno == EAGAIN);
	close(fd);
	CHECK(lock_probe(dir, "l") == LOCK_FREE);
	fd = lock_take(dir, "l", 0);
	CHECK(fd >= 0);
	close(fd);
}

static void
waits_no_longer(void)
{
	int fd = lock_take(dir, "l", 0);
	int64_t start = clock_boot_ms(), waited;

	CHECK(lock_take(dir, "l", 60) == -1 && errno == EAGAIN);
	waited = clock_boot_ms() - start;
	CHECK(waited >= 60 && waited < 2000);
	close(fd);
}

/* The difference between F_OFD_SETLK and F_SETLK. */
static void
closing_another_keeps_it(void)
{
	int fd = lock_take(dir, "l", 0), other = openat(dir, "l", O_RDWR | O_CLOEXEC);

	CHECK(fcntl(other, F_GETFD) == FD_CLOEXEC);
	close(other);
	CHECK(lock_probe(dir, "l") == LOCK_HELD);
	close(fd);
}

static void
odd_files(void)
{
	CHECK(lock_probe(dir, "absent") == LOCK_FREE);
	CHECK(faccessat(dir, "absent", F_OK, 0) < 0);
	CHECK(symlinkat("l", dir, "link") == 0);
	CHECK(lock_probe(dir, "link") == LOCK_UNKNOWN);
	CHECK(lock_take(dir, "link", 0) == -1 && errno == ELOOP);
	CHECK(mkdirat(dir, "d", 0700) == 0);
	CHECK(lock_take(dir, "d", 0) == -1 && errno == EISDIR);
}

/* An heir holds the lock after its parent is dead, and only then lets go. */
static void
inherited(void)
{
	int ready[2], status;
	pid_t parent, heir = 0;
	char c;

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	parent = fork();
	if (parent == 0) {
		int fd = lock_inherit(lock_take(dir, "l", 0), 63);

		heir = fork();
		if (heir == 0) {
			execlp("sleep", "sleep", "100", (char *)NULL);
			_exit(127);
		}
		CHECK(fd == 63 && fcntl(fd, F_GETFD) == 0);
		(void)!write(ready[1], &heir, sizeof heir);
		_exit(failed);
	}
	close(ready[1]);
	CHECK(read(ready[0], &heir, sizeof heir) == sizeof heir);
	CHECK(waitpid(parent, &status, 0) == parent && status == 0);
	CHECK(read(ready[0], &c, 1) == 0);      /* the heir has executed */
	CHECK(lock_probe(dir, "l") == LOCK_HELD);
	if (heir > 0)
		kill(heir, SIGKILL);
	for (int i = 0; i < 500 && lock_probe(dir, "l") == LOCK_HELD; i++)
		clock_sleep_ms(10);
	CHECK(lock_probe(dir, "l") == LOCK_FREE);
	close(ready[0]);
}

static void
count_up(int times)
{
	for (int i = 0; i < times; i++) {
		int fd = lock_take(dir, "l", 20000), n = 0;
		int count = openat(dir, "count", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0 || count < 0)
			_exit(1);
		(void)!pread(count, &n, sizeof n, 0);
		n++;
		(void)!pwrite(count, &n, sizeof n, 0);
		close(count);
		close(fd);
	}
}

static void
excludes(void)
{
	enum { PEERS = 8, TIMES = 40 };
	int n = 0, status, fd;

	for (int i = 0; i < PEERS; i++)
		if (fork() == 0) {
			count_up(TIMES);
			_exit(0);
		}
	for (int i = 0; i < PEERS; i++)
		CHECK(wait(&status) > 0 && status == 0);
	fd = openat(dir, "count", O_RDONLY | O_CLOEXEC);
	CHECK(read(fd, &n, sizeof n) == sizeof n && n == PEERS * TIMES);
	close(fd);
}

int
main(int argc, char *argv[])
{
	dir = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0)
		return 2;
	one_holder();
	waits_no_longer();
	closing_another_keeps_it();
	odd_files();
	inherited();
	excludes();
	return failed;
}
