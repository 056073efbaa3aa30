#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "mem.h"

static struct arena arena;

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		die_errno(EXIT_FAIL, "cannot write '%s'", path);
}

static void
check_defaults(const char *dir)
{
	struct config c;

	config_load(&c, dir, &arena);
	CHECK(c.max_workers == 4 && c.attempts == 3 && c.backoff_base == 10);
	CHECK(c.backoff_max == 300 && c.start_timeout == 20 && c.stall_after == 600);
	CHECK(c.brake_after == 5 && c.port_base == 8100 && c.port_step == 100);
	CHECK(c.done_linger == 60 && !c.keep_leftovers && !c.retry_fresh);
	CHECK_STR(c.worktrees, ".worktrees");
	CHECK_STR(c.branch_prefix, "jared");
	CHECK_STR(c.agent, "claude");
	CHECK(!c.layout && !c.mode && !c.owner && !c.command && !c.n_max_by);
}

static void
check_file(const char *dir)
{
	char *path = xasprintf("%s/jared.yaml", dir);
	struct config c;

	write_file(path,
	    "# comment\n"
	    "max_workers: 3\nstart_timeout: 90s\nstall_after: 4h\nretry: fresh\n"
	    "mode: headless\nkeep_leftovers: true\nport_base: 9000\n"
	    "port_names: [web, db]\ncommand: [make, 'a b']\nowner:\n"
	    "max_by: {owner: 2, workstream: 0}\ntasks_dir: .backlog\n"
	    "setup: [make deps]\ngate: {run: make check}\ntrash_days: 7\n");
	config_load(&c, dir, &arena);
	CHECK(c.max_workers == 3 && c.start_timeout == 90 && c.stall_after == 14400);
	CHECK(c.retry_fresh && c.keep_leftovers && c.port_base == 9000);
	CHECK_STR(c.mode, "headless");
	CHECK_STR(c.tasks_dir, ".backlog");
	CHECK(c.command && !c.command[2]);
	CHECK_STR(c.command[1], "a b");
	CHECK_STR(c.port_names[1], "db");
	CHECK(c.n_max_by == 2 && c.max_by[0].n == 2 && c.max_by[1].n == 0);
	CHECK_STR(c.max_by[1].column, "workstream");
	CHECK(!c.owner);
	free(path);
}

static void
check_environment(const char *dir)
{
	struct config c;

	setenv("JARED_MAX_WORKERS", "9", 1);
	setenv("JARED_RETRY", "resume", 1);
	setenv("JARED_COMMAND", " make  check ", 1);
	setenv("JARED_MAX_BY", "owner=1 priority=2", 1);
	setenv("JARED_PORT_BASE", "1", 1);
	setenv("JARED_MODE", "", 1);
	setenv("TASK_MANAGER_OWNER", "old", 1);
	config_load(&c, dir, &arena);
	CHECK(c.max_workers == 9 && !c.retry_fresh && c.port_base == 9000);
	CHECK_STR(c.command[0], "make");
	CHECK_STR(c.command[1], "check");
	CHECK(!c.command[2]);
	CHECK(c.n_max_by == 2 && c.max_by[1].n == 2);
	CHECK_STR(c.mode, "headless");
	CHECK_STR(c.owner, "old");
	setenv("JARED_OWNER", "new", 1);
	config_load(&c, dir, &arena);
	CHECK_STR(c.owner, "new");
}

int
main(int argc, char *argv[])
{
	set_progname(argv[0]);
	if (argc != 2)
		die(EXIT_USAGE, "usage: config EMPTY-DIRECTORY");
	check_defaults(argv[1]);
	check_file(argv[1]);
	check_environment(argv[1]);
	arena_release(&arena);
	return failed;
}
