#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "journal.h"

#define SEGMENT "journal/000001.tsv"

static const struct journal_kv kv[] = { { "reason", "a\tb\n" }, { "none", NULL } };

static off_t
size_now(int state)
{
	struct stat st;

	return fstatat(state, SEGMENT, &st, 0) == 0 ? st.st_size : -1;
}

static void
add(struct journal *j, const char *id, int64_t n, enum event e)
{
	CHECK(journal_lock(j) == 0);
	CHECK(journal_append(j, id, n, e, kv, 2) == 0);
	journal_unlock(j);
}

static void
scribble(int state, off_t at, const char *text)
{
	int fd = openat(state, SEGMENT, O_WRONLY | O_CLOEXEC);

	CHECK(pwrite(fd, text, strlen(text), at) == (ssize_t)strlen(text));
	close(fd);
}

static void
check_life(int state)
{
	struct journal j, other;

	CHECK(journal_open(&j, state) == 0 && !journal_task(&j, "a"));
	CHECK(journal_open(&other, state) == 0);
	add(&j, "a", 1, EV_CLAIM);
	CHECK(journal_refresh(&other) == 1);
	CHECK(journal_attempt(&other, "a", 1)->state == AT_CLAIMED);
	CHECK(journal_lock(&j) == 0);
	CHECK(journal_append(&j, "a", 2, EV_CLAIM, NULL, 0) == -1);
	CHECK(journal_append(&j, "a", 1, EV_EXITED, NULL, 0) == -1);
	CHECK(journal_append(&j, "b", 1, EV_RUNNING, NULL, 0) == -1);
	journal_unlock(&j);
	add(&j, "a", 1, EV_RELEASED);
	add(&other, "a", 2, EV_CLAIM);
	add(&j, "a", 2, EV_RUNNING);
	CHECK(j.seq == 4 && j.n_task == 1 && journal_task(&j, "a")->used == 1);
	CHECK(journal_task(&j, "a")->newest->older->state == AT_RELEASED);
	journal_close(&j);
	journal_close(&other);
}

static void
check_torn_tail(int state)
{
	struct journal j;
	off_t whole = size_now(state);

	scribble(state, whole, "5\t2026-11-22T00:00:00Z\tdead");
	CHECK(journal_open(&j, state) == 0 && j.seq == 4 && !j.corrupt_line);
	CHECK(size_now(state) > whole);
	CHECK(journal_lock(&j) == 0 && size_now(state) == whole);
	journal_unlock(&j);
	scribble(state, whole, "a whole line, and no record\n");
	add(&j, "a", 2, EV_INTERRUPTED);
	CHECK(j.seq == 5 && !j.corrupt_line);
	journal_close(&j);
}

/* A reader saw a record that its writer then took back. */
static void
check_cut(int state, int dir)
{
	struct journal j, reader;
	off_t before = size_now(state);
	char *path = xasprintf("/proc/self/fd/%d/000001.tsv", dir);

	CHECK(journal_open(&j, state) == 0);
	add(&j, "b", 1, EV_CLAIM);
	CHECK(journal_open(&reader, state) == 0 && reader.seq == 6);
	CHECK(truncate(path, before) == 0);
	CHECK(journal_refresh(&reader) >= 0 && reader.seq == 5);
	CHECK(!journal_task(&reader, "b") && journal_task(&reader, "a"));
	journal_close(&j);

	CHECK(journal_open(&j, state) == 0);
	add(&j, "c", 1, EV_CLAIM);
	CHECK(journal_refresh(&reader) >= 0);
	CHECK(truncate(path, before) == 0);
	journal_close(&j);
	CHECK(journal_open(&j, state) == 0);
	add(&j, "much-longer-than-c", 1, EV_CLAIM);
	add(&reader, "d", 1, EV_CLAIM);
	CHECK(reader.seq == 7 && !journal_task(&reader, "c") && !reader.corrupt_line);
	journal_close(&j);
	journal_close(&reader);
	free(path);
}

static void
check_damage(int state)
{
	struct journal j;

	scribble(state, 40, "X");
	CHECK(journal_open(&j, state) == 0 && j.corrupt_line == 1);
	CHECK(journal_lock(&j) == EXIT_FAIL && j.lock < 0);
	journal_close(&j);
}

int
main(int argc, char **argv)
{
	int state, dir;

	if (argc != 2 || (state = fs_open_dir(AT_FDCWD, argv[1])) < 0)
		return 2;
	CHECK(fs_mkdirs(state, "journal") == 0 && fs_mkdirs(state, "lock") == 0);
	dir = fs_open_dir(state, "journal");
	check_life(state);
	check_torn_tail(state);
	check_cut(state, dir);
	check_damage(state);
	close(dir);
	close(state);
	return failed;
}
