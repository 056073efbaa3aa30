/* swap DIR [SAVES]: in the empty directory DIR, the rules of swap.h one by one;
 * then an editor that saves a file so many times, in every way there is, while
 * we exchange it as fast as we can: none may be lost. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "mem.h"
#include "swap.h"

static int dir;

static struct buf
bytes(const char *text)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b, text);
	return b;
}

static void
put(const char *name, int flags, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0)
		die_errno(EXIT_FAIL, "cannot write '%s'", name);
	close(fd);
}

static bool
is(const char *name, const char *text)
{
	struct buf b = BUF_INIT;
	bool same = fs_read(dir, name, 1 << 20, &b) == 0 && strcmp(b.s, text) == 0;

	buf_release(&b);
	return same;
}

/* 0, or the errno of a refusal. */
static int
swap(const char *name, const char *was, const char *now)
{
	struct buf a = bytes(was), b = bytes(now);
	int r = swap_file(dir, name, &a, &b) == 0 ? 0 : errno;

	buf_release(&a);
	buf_release(&b);
	return r;
}

static void
check_rules(void)
{
	struct buf b = bytes("new");
	struct stat st;
	int fd;

	put("a", 0, "one");
	CHECK(fchmodat(dir, "a", 0751, 0) == 0);
	CHECK(swap("a", "one", "two") == 0 && is("a", "two"));
	CHECK(fstatat(dir, "a", &st, 0) == 0 && (st.st_mode & 07777) == 0751);
	CHECK(swap("a", "one", "three") == EAGAIN && is("a", "two"));
	CHECK(swap("none", "one", "two") == EAGAIN);
	fd = openat(dir, "a", O_WRONLY | O_CLOEXEC);
	CHECK(swap("a", "two", "three") == EAGAIN && is("a", "two"));
	close(fd);
	fd = openat(dir, "a", O_RDONLY | O_CLOEXEC);
	CHECK(swap("a", "two", "three") == 0 && is("a", "three"));
	close(fd);
	CHECK(linkat(dir, "a", dir, "b", 0) == 0);
	CHECK(swap("a", "three", "four") == EMLINK && is("b", "three"));
	unlinkat(dir, "b", 0);
	CHECK(swap_create(dir, "a", &b) < 0 && errno == EEXIST && is("a", "three"));
	CHECK(swap_create(dir, "c", &b) == 0 && is("c", "new"));
	CHECK(symlinkat("a", dir, "l") == 0);
	CHECK(swap("l", "three", "four") == ELOOP && is("a", "three"));
	unlinkat(dir, "c", 0);
	unlinkat(dir, "l", 0);
	buf_release(&b);
}

/* --- the race --- */

/* The number after a word in the file, or -1. */
static long
number(const char *word)
{
	struct buf b = BUF_INIT;
	const char *at = fs_read(dir, "a", 1 << 20, &b) == 0 ? strstr(b.s, word) : NULL;
	long n = at ? strtol(at + strlen(word), NULL, 10) : -1;

	buf_release(&b);
	return n;
}

static void
save(int i)
{
	char text[64];

	snprintf(text, sizeof text, "save %08d edit %08d\n", i, 0);
	switch (i % 4) {
	case 0:
		put("a", O_TRUNC, text);
		break;
	case 1:
		put("a", 0, text);
		break;
	case 2:
		put("n", O_TRUNC, text);
		renameat(dir, "n", dir, "a");
		break;
	default:
		renameat(dir, "a", dir, "n");
		put("a", O_EXCL, text);
		unlinkat(dir, "n", 0);
	}
}

/* The editor: after each save the file must come to hold it, and keep it. */
static int
edit(int saves)
{
	for (int i = 1; i <= saves; i++) {
		int64_t end = clock_boot_ms() + 2000;

		usleep((useconds_t)(random() % 2 ? random() % 5000 : 0));
		save(i);
		while (number("save ") != i && clock_boot_ms() < end)
			;
		if (number("save ") == i || clock_boot_ms() < end)
			continue;
		fprintf(stderr, "save %d is lost, the file has %ld\n", i, number("save "));
		return 1;
	}
	return 0;
}

static void
check_race(int saves)
{
	long done = 0, refused = 0;
	int status;
	pid_t pid;

	save(2);
	pid = fork();
	if (pid == 0)
		_exit(edit(saves));
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct buf was = BUF_INIT, now = BUF_INIT;
		char count[32];

		if (fs_read(dir, "a", 1 << 20, &was) == 0 && was.len == 28) {
			buf_add(&now, was.s, was.len);
			snprintf(count, sizeof count, "%08ld", done + 1);
			memcpy(now.s + 19, count, 8);
			if (swap_file(dir, "a", &was, &now) == 0)
				done++;
			else
				refused++;
		}
		buf_release(&was);
		buf_release(&now);
	}
	CHECK(status == 0);
	CHECK(number("save ") == saves);
	printf("%d saves, %ld exchanges, %ld refused\n", saves, done, refused);
}

int
main(int argc, char *argv[])
{
	set_progname(argv[0]);
	if (argc < 2 || (dir = fs_open_dir(AT_FDCWD, argv[1])) < 0)
		return 2;
	check_rules();
	check_race(argc > 2 ? atoi(argv[2]) : 300);
	return failed;
}
