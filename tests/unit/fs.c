/* fs DIR: DIR is empty and ours. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fs.h"

static int dir;

#define FAILS(call, why) (errno = 0, CHECK((call) == -1 && errno == (why)))

static int
entries(void)
{
	DIR *d = fdopendir(fs_open_dir(dir, "."));
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static bool
holds(const char *name, const char *want)
{
	struct buf b = BUF_INIT;
	bool same = fs_read(dir, name, 1 << 20, &b) == 0 && strcmp(b.s, want) == 0;

	buf_release(&b);
	return same;
}

static void
regular_only(void)
{
	int fd;

	CHECK(mkfifoat(dir, "fifo", 0600) == 0);
	CHECK(symlinkat("file", dir, "link") == 0);
	CHECK(fs_replace(dir, "file", "x", 1) == 0);
	FAILS(fs_open_regular(dir, "fifo"), EINVAL);
	FAILS(fs_open_regular(dir, "link"), ELOOP);
	FAILS(fs_open_regular(dir, "."), EINVAL);
	FAILS(fs_open_regular(dir, "absent"), ENOENT);
	FAILS(fs_open_regular(AT_FDCWD, "/dev/null"), EINVAL);
	fd = fs_open_regular(dir, "file");
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	close(fd);
	fd = fs_open_dir(dir, ".");
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	close(fd);
	FAILS(fs_open_dir(dir, "file"), ENOTDIR);
	unlinkat(dir, "fifo", 0);
	unlinkat(dir, "link", 0);
}

static void
bounded_read(void)
{
	struct buf b = BUF_INIT;
	static char data[100000];

	memset(data, 'y', sizeof data);
	CHECK(fs_replace(dir, "file", data, sizeof data) == 0);
	CHECK(fs_read(dir, "file", sizeof data, &b) == 0 && b.len == sizeof data);
	CHECK(memcmp(b.s, data, sizeof data) == 0);
	FAILS(fs_read(dir, "file", sizeof data - 1, &b), EFBIG);
	buf_release(&b);
}

static void
replaced_whole(void)
{
	struct stat st;
	char tmp[40];
	int before = entries();

	CHECK(fs_replace(dir, "file", "one", 3) == 0 && holds("file", "one"));
	CHECK(fs_replace_fast(dir, "file", "two", 3) == 0 && holds("file", "two"));
	CHECK(fs_replace(dir, "file", "", 0) == 0 && holds("file", ""));
	CHECK(fstatat(dir, "file", &st, 0) == 0 && (st.st_mode & 0777) == 0600);
	/* Left by a dead process that had our number. */
	snprintf(tmp, sizeof tmp, ".file.%ld", (long)getpid());
	close(openat(dir, tmp, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK(fs_replace(dir, "file", "three", 5) == 0 && holds("file", "three"));
	CHECK(entries() == before);
	FAILS(fs_replace(dir, "absent/file", "x", 1), ENOENT);
}

static void
created_whole(void)
{
	struct stat st;
	mode_t was = umask(027);
	int before = entries();

	CHECK(fs_create(dir, "made", 0777, "one", 3) == 0 && holds("made", "one"));
	CHECK(fstatat(dir, "made", &st, 0) == 0 && (st.st_mode & 0777) == 0750);
	CHECK(st.st_nlink == 1);
	FAILS(fs_create(dir, "made", 0666, "two", 3), EEXIST);
	CHECK(holds("made", "one") && entries() == before + 1);
	FAILS(fs_create(dir, "absent/file", 0666, "x", 1), ENOENT);
	unlinkat(dir, "made", 0);
	umask(was);
}

/* A write that fails half way leaves the old file and nothing beside it. */
static void
failed_write(void)
{
	struct rlimit was, small = { 4096, 4096 };
	static char data[10000];
	int before = entries();

	getrlimit(RLIMIT_FSIZE, &was);
	small.rlim_max = was.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	FAILS(fs_replace(dir, "file", data, sizeof data), EFBIG);
	setrlimit(RLIMIT_FSIZE, &was);
	CHECK(holds("file", "three"));
	CHECK(entries() == before);

	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	FAILS(fs_write_all(full, "x", 1), ENOSPC);
	close(full);
}

static void
never_half(void)
{
	static char a[20000], b[30000];
	struct buf got = BUF_INIT;
	pid_t writer;
	int seen = 0;

	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	CHECK(fs_replace_fast(dir, "swap", a, sizeof a) == 0);
	writer = fork();
	if (writer == 0)
		for (;;) {
			fs_replace_fast(dir, "swap", b, sizeof b);
			fs_replace_fast(dir, "swap", a, sizeof a);
		}
	for (int i = 0; i < 500 || (seen != 3 && i < 1000000); i++) {
		buf_reset(&got);
		CHECK(fs_read(dir, "swap", sizeof b, &got) == 0);
		const char *want = got.len == sizeof a ? a : b;
		CHECK(got.len == sizeof a || got.len == sizeof b);
		CHECK(memcmp(got.s, want, got.len) == 0);
		seen |= want == a ? 1 : 2;
	}
	CHECK(seen == 3);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	buf_release(&got);
}

static void
allocated(void)
{
	struct stat st;

	CHECK(fs_preallocate(dir, "exit", 4096) == 0);
	CHECK(fstatat(dir, "exit", &st, 0) == 0 && st.st_size == 4096);
	CHECK(st.st_blocks * 512 >= 4096);
	FAILS(fs_preallocate(dir, "exit", 4096), EEXIST);
}

static void
directories(const char *name)
{
	char *path = fs_realpath(name), deep[300];
	struct stat st;

	CHECK(fs_mkdirs(dir, "a/b/c") == 0);
	CHECK(fs_mkdirs(dir, "a/b/c") == 0);
	CHECK(fs_mkdirs(dir, "a/b/d/") == 0);
	CHECK(fstatat(dir, "a/b/c", &st, 0) == 0 && (st.st_mode & 0777) == 0700);
	CHECK(path != NULL);
	snprintf(deep, sizeof deep, "%.200s/x/y", path ? path : "");
	CHECK(fs_mkdirs(AT_FDCWD, deep) == 0 && access(deep, X_OK) == 0);
	FAILS(fs_mkdirs(dir, "file/under"), ENOTDIR);
	free(path);
	CHECK(!fs_realpath("/no/such"));
}

int
main(int argc, char *argv[])
{
	const char *kind;

	dir = argc == 2 ? fs_open_dir(AT_FDCWD, argv[1]) : -1;
	if (dir < 0)
		return 2;
	regular_only();
	bounded_read();
	replaced_whole();
	created_whole();
	failed_write();
	never_half();
	allocated();
	directories(argv[1]);
	CHECK(fs_is_local(dir, &kind));
	return failed;
}
