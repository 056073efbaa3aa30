/* The clock of progress, and the newest change below a directory; in an empty
 * directory. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "fs.h"
#include "pace.h"
#include "run.h"

static void
write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}

static int64_t
newest(const char *path)
{
	struct fresh f = { 0 };

	fresh_begin(&f, path);
	while (fresh_look(&f))
		continue;
	fresh_end(&f);
	return f.newest;
}

static int64_t
ctime_ms(const char *path)
{
	struct stat st;

	CHECK(lstat(path, &st) == 0);
	return (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
}

static void
check_fresh(void)
{
	struct fresh f = { 0 };
	int looks = 0;

	CHECK(newest("none") == 0);
	CHECK(mkdir("tree", 0700) == 0 && mkdir("tree/a", 0700) == 0);
	CHECK(mkdir("tree/.git", 0700) == 0 && mkdir("other", 0700) == 0);
	CHECK(symlink("../other", "tree/link") == 0);
	write_file("tree/a/f");
	CHECK(newest("tree") == ctime_ms("tree/a/f"));
	clock_sleep_ms(20);
	write_file("other/new");
	write_file("tree/.git/new");
	CHECK(newest("tree") == ctime_ms("tree/a/f"));
	/* A removal shows in its directory. */
	CHECK(unlink("tree/a/f") == 0);
	CHECK(newest("tree") == ctime_ms("tree/a"));
	for (int i = 0; i < 5000; i++) {
		char path[40];

		snprintf(path, sizeof path, "tree/a/%d", i);
		CHECK(mkdir(path, 0700) == 0);
	}
	fresh_begin(&f, "tree");
	while (fresh_look(&f))
		looks++;
	CHECK(looks >= 2);
	CHECK(f.newest == ctime_ms("tree/a/4999"));
	fresh_end(&f);
	/* Given up in the middle. */
	fresh_begin(&f, "tree");
	CHECK(fresh_look(&f));
	fresh_end(&f);
}

/* So much time goes by, and it is looked at on time. */
static void
pass(struct pace *p, int64_t ms)
{
	p->turn -= ms;
	p->next -= ms;
	if (p->next + ms / 2 < clock_awake_ms())
		p->next = clock_awake_ms();
	pace_turn(p, 0);
}

/* The time that the test takes goes by, too. */
static bool
near(int64_t a, int64_t b)
{
	return a >= b && a < b + 8000;
}

static bool
is_told(int dir)
{
	int64_t since, limit;

	return run_quiet_read(dir, &since, &limit) == 0 && limit == 100;
}

static void
check_pace(void)
{
	struct run_spec spec = { .worktree = "none", .common = ".",
	    .branch = "refs/heads/none", .stall_after = 100 };
	int dir = fs_open_dir(AT_FDCWD, "other");
	struct pace p;

	pace_begin(&p, dir, &spec);
	CHECK(pace_due(&p) > clock_boot_ms() + 11000 &&
	    pace_due(&p) <= clock_boot_ms() + 12500);
	pass(&p, 12500);
	CHECK(near(p.quiet, 12500));
	/* Late by an hour: from the last turn to when it should have been. */
	p.turn -= 3600000;
	p.next = p.turn + 12500;
	pace_turn(&p, 0);
	CHECK(near(p.quiet, 25000));
	/* Stopped: not at all. */
	p.turn -= 10000;
	pace_missed(&p);
	pace_turn(&p, 0);
	CHECK(near(p.quiet, 25000));
	for (int i = 0; i < 5; i++)
		pass(&p, 12500);
	CHECK(near(p.quiet, 87500) && !p.told && !is_told(dir));
	pass(&p, 12500);
	CHECK(p.told && is_told(dir));
	pace_moved(&p);
	CHECK(p.quiet == 0 && !p.told && !is_told(dir));
	for (int i = 0; i < 9; i++)
		pass(&p, 12500);
	CHECK(p.told && is_told(dir));
	/* One that is idle need not move, and costs nothing. */
	pace_stand(&p, true);
	CHECK(!is_told(dir) && pace_due(&p) == 0);
	pass(&p, 1000000);
	CHECK(!is_told(dir));
	pace_stand(&p, false);
	CHECK(p.quiet == 0 && pace_due(&p) > clock_boot_ms() + 11000);
	/* News is looked at, at once. */
	write_file("other/report");
	p.quiet = 50000;
	pace_news(&p);
	CHECK(pace_due(&p) <= clock_boot_ms());
	pace_turn(&p, 0);
	CHECK(p.quiet == 0);
	p.quiet = 50000;
	pace_news(&p);
	pace_turn(&p, 0);
	CHECK(near(p.quiet, 50000));
	pace_end(&p);
	CHECK(pace_due(&p) == 0 && !is_told(dir));
	/* Without a limit there is no clock. */
	spec.stall_after = 0;
	pace_begin(&p, dir, &spec);
	CHECK(pace_due(&p) == 0);
	pace_turn(&p, 0);
	pace_end(&p);
	close(dir);
}

int
main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]) < 0)
		return 2;
	check_fresh();
	check_pace();
	return failed;
}
