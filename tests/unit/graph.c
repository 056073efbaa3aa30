#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "graph.h"

/* Real files in a real directory: what is tested is what tools do. */
static struct layout_word words[] = { { "ready", ST_READY }, { "done", ST_DONE } };
static const char *files[] = { "*.md", NULL }, *none[] = { NULL };
static const char *key[KEY_N][2];
static struct layout layout = { .name = "test", .detect = none, .files = files,
    .ignore = none, .status = words, .n_status = 2 };
static struct repo repo;
static struct tasks tasks;

static void
add(const char *id, const char *status, const char *deps)
{
	char *path = xasprintf("%s/%s.md", repo.root, id);
	FILE *f = fopen(path, "w");

	if (!f)
		die_errno(EXIT_FAIL, "cannot write '%s'", path);
	fprintf(f, "---\nstatus: %s\ndepends_on: [%s]\n---\n", status, deps);
	fclose(f);
	free(path);
}

static void
begin(void)
{
	for (size_t i = 0; i < tasks.n; i++)
		unlinkat(repo.rootfd, tasks.v[i]->file, 0);
	tasks_release(&tasks);
}

static void
resolve(void)
{
	tasks_load(&tasks, &repo, &layout, WALK_TO_READ);
	graph_resolve(&tasks);
}

static const char *
cycle(const char *id)
{
	return tasks_get(&tasks, id)->cycle;
}

static void
check_shapes(void)
{
	begin();
	add("a", "ready", "b, c");
	add("b", "ready", "d");
	add("c", "ready", "d");
	add("d", "ready", "");
	resolve();
	CHECK(tasks.n == 4 && !cycle("a") && !cycle("b") && !cycle("d"));
	CHECK(tasks_get(&tasks, "d")->unblocks == 2);
	CHECK(tasks_get(&tasks, "a")->dep_task[1] == tasks_get(&tasks, "c"));
	/* Two cycles that share a task are one component. */
	begin();
	add("m", "ready", "n, p");
	add("n", "ready", "m");
	add("p", "ready", "q");
	add("q", "ready", "m");
	add("z", "ready", "m");
	resolve();
	CHECK_STR(cycle("q"), "m>n>p>q>m");
	CHECK(cycle("m") == cycle("p") && !cycle("z"));
	/* Two cycles, one leading to the other, are two. */
	begin();
	add("a", "ready", "b");
	add("b", "ready", "a, c");
	add("c", "ready", "d");
	add("d", "ready", "c");
	resolve();
	CHECK_STR(cycle("a"), "a>b>a");
	CHECK_STR(cycle("d"), "c>d>c");
	begin();
	add("a", "ready", "b");
	add("b", "done", "a");
	add("c", "ready", "c");
	resolve();
	CHECK(!cycle("a") && !cycle("b") && tasks_get(&tasks, "b")->unblocks == 1);
	CHECK_STR(cycle("c"), "c>c");
	CHECK(tasks_get(&tasks, "c")->unblocks == 0);
}

/* Any graph of six tasks: a task is in a cycle if and only if a walk from it
 * comes back, and the cycle named holds just those that reach each other. */
static void
check_random(unsigned seed)
{
	enum { N = 6 };
	bool reach[N][N] = { 0 };
	char id[2] = "a", deps[64];

	begin();
	srand(seed);
	for (int i = 0; i < N; i++) {
		deps[0] = '\0';
		for (int k = 0; k < N; k++)
			if (rand() % 5 == 0) {
				reach[i][k] = true;
				size_t len = strlen(deps);

				snprintf(deps + len, sizeof deps - len, "%c,", 'a' + k);
			}
		id[0] = (char)('a' + i);
		add(id, "ready", deps);
	}
	resolve();
	for (int k = 0; k < N; k++)
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++)
				reach[i][j] |= reach[i][k] && reach[k][j];
	for (int i = 0; i < N; i++) {
		id[0] = (char)('a' + i);
		CHECK(reach[i][i] == (cycle(id) != NULL));
		for (int k = 0; k < N && cycle(id); k++)
			CHECK((strchr(cycle(id), 'a' + k) != NULL) ==
			    (reach[i][k] && reach[k][i]));
	}
}

static void
check_long(void)
{
	enum { N = 2000 };
	char id[16], dep[16];

	begin();
	for (int i = 0; i < N; i++) {
		snprintf(id, sizeof id, "t%d", i);
		snprintf(dep, sizeof dep, "t%d", (i + 1) % N);
		add(id, "ready", dep);
	}
	resolve();
	CHECK(cycle("t0") && strncmp(cycle("t1234"), "t0>t1>t2>", 9) == 0);
	CHECK(strstr(cycle("t0"), "t63>+1936>t0"));
}

int
main(int argc, char *argv[])
{
	set_progname(argv[0]);
	if (argc != 2)
		die(EXIT_USAGE, "usage: graph EMPTY-DIRECTORY");
	for (int k = 0; k < KEY_N; k++) {
		key[k][0] = task_key_name((enum task_key)k);
		layout.key[k] = key[k];
	}
	repo_open(&repo, argv[1], REPO_ANY);
	check_shapes();
	for (unsigned seed = 0; seed < 200; seed++)
		check_random(seed);
	check_long();
	begin();
	repo_close(&repo);
	return failed;
}
