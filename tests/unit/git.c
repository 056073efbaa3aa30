/* Without arguments: checks of history.  With them the functions of git as
 * commands, for git.bats: ref, head, branches, ahead, dirty. */
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs.h"
#include "git.h"
#include "history.h"

/*
 *   e - d - b - a     b and c both have parent a, which is not listed;
 *        \- c -/      d merges them, f stands alone
 */
static int
check_history(void)
{
	char text[] = "e d\nd b c\nb a\nc a\nf\n", none[] = "";
	struct history h;

	history_parse(&h, text);
	CHECK(history_count(&h, "e") == 4);
	CHECK(history_count(&h, "d") == 3);
	CHECK(history_count(&h, "b") == 1);
	CHECK(history_count(&h, "f") == 1);
	CHECK(history_count(&h, "a") == 0);
	CHECK(history_count(&h, "e") == 4);
	history_release(&h);
	history_parse(&h, none);
	CHECK(history_count(&h, "a") == 0);
	history_release(&h);
	return failed;
}

static int
show_ref(int fd, const char *name)
{
	char oid[GIT_OID];

	if (git_ref_read(fd, name, oid) < 0)
		die_errno(EXIT_NONE, "%s", name);
	puts(oid);
	return EXIT_OK;
}

static int
show_head(int fd)
{
	char *branch = git_head_branch(fd);

	puts(branch ? branch : "detached");
	free(branch);
	return EXIT_OK;
}

static int
show_dirty(const char *worktree)
{
	char *common = fs_realpath(".git");

	printf("%d\n", git_dirty(common, worktree));
	free(common);
	return EXIT_OK;
}

static int
show_branches(const char *dir, const char *prefix)
{
	struct arena a = { 0 };
	struct git_branch *b = NULL;
	const char *why;
	int n = git_branches(dir, prefix, &a, &b, &why);

	if (n < 0)
		die(EXIT_NONE, "%s", why);
	for (int i = 0; i < n; i++)
		printf("%s %s\n", b[i].name, b[i].oid);
	arena_release(&a);
	return EXIT_OK;
}

static int
show_ahead(const char *dir, const char *base, char **oid, size_t n)
{
	struct git_tip *tip = xrealloc_array(NULL, n + 1, sizeof *tip);
	int r;

	for (size_t i = 0; i < n; i++)
		tip[i].oid = oid[i];
	r = git_ahead(dir, base, tip, n);
	for (size_t i = 0; i < n; i++)
		printf("%d\n", tip[i].ahead);
	free(tip);
	return r < 0 ? EXIT_NONE : EXIT_OK;
}

int
main(int argc, char *argv[])
{
	int fd, status = EXIT_USAGE;

	set_progname(argv[0]);
	if (argc < 3)
		return check_history();
	fd = fs_open_dir(AT_FDCWD, argv[2]);
	if (strcmp(argv[1], "ref") == 0 && argc == 4)
		status = show_ref(fd, argv[3]);
	else if (strcmp(argv[1], "head") == 0)
		status = show_head(fd);
	else if (strcmp(argv[1], "branches") == 0 && argc == 4)
		status = show_branches(argv[2], argv[3]);
	else if (strcmp(argv[1], "ahead") == 0 && argc >= 4)
		status = show_ahead(argv[2], argv[3], argv + 4, (size_t)argc - 4);
	else if (strcmp(argv[1], "dirty") == 0)
		status = show_dirty(argv[2]);
	if (fd >= 0)
		close(fd);
	finish(status);
}
