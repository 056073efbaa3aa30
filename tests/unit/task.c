#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "hash.h"
#include "tasks.h"

static struct layout layout;
static struct config config;
static struct repo repo;
static struct tasks tasks;
static struct arena arena;

static void
write_task(const char *name, const char *text)
{
	char *path = xasprintf("%s/tasks/workstreams/w/tasks/%s.md", repo.root, name);
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		die_errno(EXIT_FAIL, "cannot write '%s'", path);
	free(path);
}

static void
load(void)
{
	tasks_release(&tasks);
	tasks_load(&tasks, &repo, &layout, WALK_TO_READ);
}

static void
check_ids(void)
{
	static const char long_id[] =
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890123456789";

	CHECK_STR(taskid_make(&arena, "BACK-100.1"), "back-100-1");
	CHECK_STR(taskid_make(&arena, "..//--"), "");
	CHECK_STR(taskid_make(&arena, "a (b) "), "a-b-");
	CHECK(taskid_valid("a") && taskid_valid("0-a") && taskid_valid("a-"));
	CHECK(!taskid_valid("") && !taskid_valid("-a") && !taskid_valid("A"));
	CHECK(!taskid_valid("a.b") && !taskid_valid("a/b") && !taskid_valid("a\n"));
	CHECK(strlen(long_id) == TASK_ID_MAX && taskid_valid(long_id));
	CHECK(!taskid_valid(arena_printf(&arena, "%s0", long_id)));
}

static void
check_find(void)
{
	size_t n;

	write_task("s1", "---\nid: A_1\nstatus: ready\n---\n");
	write_task("s2", "---\nid: s1\nstatus: ready\n---\n");
	load();
	CHECK(tasks.n == 2);
	CHECK_STR(tasks_find(&tasks, "A_1", &n)->stem, "s1");
	CHECK_STR(tasks_find(&tasks, "a-1", &n)->stem, "s1");
	CHECK_STR(tasks_find(&tasks, "a.1", &n)->stem, "s1");
	CHECK_STR(tasks_find(&tasks, "s1", &n)->stem, "s2");
	CHECK_STR(tasks_find(&tasks, "tasks/workstreams/w/tasks/s1.md", &n)->stem, "s1");
	CHECK(!tasks_find(&tasks, "s3", &n) && n == 0);
	CHECK(!tasks_find(&tasks, "", &n) && n == 0);
	CHECK_STR(tasks_get(&tasks, "a-1")->stem, "s1");
	CHECK(!tasks_get(&tasks, "A_1"));
	/* A broken file's guess gives way to a task that has the id. */
	write_task("a-1", "nothing");
	load();
	CHECK(tasks.n == 3 && tasks.v[0]->guessed && !tasks.v[1]->error);
	CHECK_STR(tasks_get(&tasks, "a-1")->stem, "s1");
	CHECK_STR(tasks_find(&tasks, "a-1", &n)->stem, "s1");
	write_task("a-1", "---\nid: other\nstatus: ready\n---\n");
}

static void
check_reread(void)
{
	static const char text[] = "---\nid: A_1\nstatus: ready\n---\nbody\n";
	struct task *t, *again;
	struct buf body = BUF_INIT;
	uint64_t h = 0;

	write_task("s1", text);
	load();
	t = tasks_get(&tasks, "a-1");
	t->unblocks = 7;
	CHECK(task_reread(&tasks, t, &again, &body) == 0 && again != t);
	CHECK_STR(body.s, text);
	CHECK(again->hash == t->hash && again->unblocks == 7 && !again->error);
	CHECK_STR(again->workstream, "w");
	CHECK(task_body_hash(&tasks, t, &h) == 0 && h == hash_fnv(text, strlen(text)));
	write_task("s1", "---\nid: A_1\nstatus: draft\n---\n");
	CHECK(task_reread(&tasks, t, &again, NULL) == 0);
	CHECK(again->hash != t->hash && again->word == ST_DRAFT && !again->unblocks);
	write_task("s1", "---\nid: A_1\nstatus: wip\n---\n");
	CHECK(task_reread(&tasks, t, &again, NULL) == 0 && again->error);
	CHECK_STR(again->fault, "status");
	CHECK(unlinkat(repo.rootfd, t->file, 0) == 0);
	CHECK(task_reread(&tasks, t, &again, &body) < 0);
	CHECK(task_body_hash(&tasks, t, &h) < 0);
	buf_release(&body);
}

static void
check_duplicates(void)
{
	struct task *t, *again;

	write_task("s1", "---\nid: s1\nstatus: ready\n---\n");
	load();
	t = tasks_get(&tasks, "s1");
	CHECK_STR(t->fault, "duplicate-id");
	CHECK(strstr(t->error, "tasks/s2.md"));
	/* Read alone it must not pass for a good one. */
	CHECK(task_reread(&tasks, t, &again, NULL) == 0);
	CHECK_STR(again->fault, "duplicate-id");
}

int
main(int argc, char *argv[])
{
	set_progname(argv[0]);
	if (argc != 2)
		die(EXIT_USAGE, "usage: task DIRECTORY-WITH-tasks/workstreams/w/tasks");
	repo_open(&repo, argv[1], REPO_ANY);
	config_load(&config, repo.root, &arena);
	layout_load(&layout, repo.root, &config, &arena);
	check_ids();
	check_find();
	check_reread();
	check_duplicates();
	tasks_release(&tasks);
	repo_close(&repo);
	arena_release(&arena);
	return failed;
}
