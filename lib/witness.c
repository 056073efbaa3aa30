#include "witness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "about.h"
#include "fs.h"
#include "num.h"
#include "run.h"
#include "taskid.h"
#include "tree.h"

enum { SMALL = 8192, ENVIRON_MAX = 4 << 20 };

static struct witness *
made(struct witnesses *w, const char *id, int64_t n, enum witness_by by)
{
	struct witness *it = NULL;

	for (size_t i = 0; i < w->n && !it; i++)
		if (w->v[i].n == n && strcmp(w->v[i].id, id) == 0)
			it = &w->v[i];
	if (!it) {
		GROW(w->v, w->n, w->cap);
		it = &w->v[w->n++];
		*it = (struct witness){ .id = arena_strdup(&w->arena, id), .n = n };
	}
	it->by |= by;
	return it;
}

/* "ID<sep>N" of an attempt, cut in place; 0 or -1. */
static int
split(char *text, char sep, int64_t *n)
{
	char id[TASK_ID_MAX + 1];

	if (taskid_split(text, sep, id, n) < 0 || *n == 0)
		return -1;
	text[strlen(id)] = '\0';
	return 0;
}

static void
from_branches(struct witnesses *w, const struct repo *r, const char *prefix)
{
	struct git_branch *branch;
	int n = git_branches(r->root, prefix, &w->arena, &branch, &w->why);
	size_t len = strlen(prefix);

	for (int i = 0; i < n; i++) {
		char *id = arena_strdup(&w->arena, branch[i].name);
		int64_t attempt;

		if (strncmp(id, prefix, len) != 0 || id[len] != '/' ||
		    split(id + len + 1, '/', &attempt) < 0)
			continue;
		struct witness *it = made(w, id + len + 1, attempt, WITNESS_BRANCH);
		it->branch = branch[i].name;
		it->tip = branch[i].oid;
	}
}

/* What jared-clean took away is kept by a reference. */
static void
from_archive(struct witnesses *w, const struct repo *r)
{
	static const char below[] = "refs/jared/archive/";
	const char *const args[] = { "for-each-ref", "--format=%(refname)", below, NULL };
	struct proc p = { .out = BUF_INIT, .err = BUF_INIT };
	char *rest, *line;
	int64_t n;

	if (git_run(&p, r->root, args) == 0 && p.code == 0) {
		rest = arena_strndup(&w->arena, p.out.s, p.out.len);
		while ((line = strsep(&rest, "\n")))
			if (strncmp(line, below, sizeof below - 1) == 0 &&
			    split(line + sizeof below - 1, '/', &n) == 0)
				made(w, line + sizeof below - 1, n, WITNESS_ARCHIVE);
	}
	proc_release(&p);
}

/* A small file of git's, without its end of line; NULL: it is not there. */
static char *
line_of(struct witnesses *w, int dir, const char *name)
{
	struct buf b = BUF_INIT;
	char *s = NULL;

	if (fs_read(dir, name, SMALL, &b) == 0) {
		b.s[strcspn(b.s, "\r\n")] = '\0';
		s = arena_strdup(&w->arena, b.s);
	}
	buf_release(&b);
	return s;
}

/* An entry of git's worktrees/: what it is locked for, and where it is. */
static void
from_entry(struct witnesses *w, const struct repo *r, int entry)
{
	char *locked = line_of(w, entry, "locked"), *dot, *end, id[TASK_ID_MAX + 1];
	int64_t n;

	if (!locked || tree_reason_parse(locked, id, &n) < 0 || n == 0)
		return;
	struct witness *it = made(w, id, n, WITNESS_TREE);
	dot = line_of(w, entry, "gitdir");
	end = dot ? strrchr(dot, '/') : NULL;
	if (end && strcmp(end, "/.git") == 0) {
		*end = '\0';
		it->worktree = arena_strdup(&w->arena, repo_relative(r, dot));
	}
	dot = line_of(w, entry, "HEAD");
	if (!it->branch && dot && strncmp(dot, "ref: refs/heads/", 16) == 0)
		it->branch = dot + 16;
}

static DIR *
open_below(int dirfd, const char *name)
{
	int fd = dirfd < 0 ? -1 : fs_open_dir(dirfd, name);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static void
from_trees(struct witnesses *w, const struct repo *r)
{
	DIR *d = open_below(r->commonfd, "worktrees");
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		int entry = *e->d_name == '.' ? -1 : fs_open_dir(dirfd(d), e->d_name);

		if (entry >= 0) {
			from_entry(w, r, entry);
			close(entry);
		}
	}
	if (d)
		closedir(d);
}

static void
from_run(struct witnesses *w, const struct repo *r, int dir, const char *id, int64_t n)
{
	struct witness *it = made(w, id, n, WITNESS_RUN);
	struct run_about about;
	struct exit_record exit;
	struct proc_id agent;

	it->ran |= run_exit_read(dir, &exit) == 0 || run_agent_read(dir, &agent) == 0;
	if (run_about_read(dir, &about, &w->arena) < 0)
		return;
	it->agent = about.agent;
	if (!it->worktree && about.worktree)
		it->worktree = arena_strdup(&w->arena, repo_relative(r, about.worktree));
	if (!it->branch && about.branch && strncmp(about.branch, "refs/heads/", 11) == 0)
		it->branch = about.branch + 11;
}

static void
from_runs(struct witnesses *w, const struct repo *r)
{
	DIR *d = open_below(r->statefd, "run");
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char *id = arena_strdup(&w->arena, e->d_name);
		int64_t n;
		int dir = split(id, '.', &n) < 0 ? -1 : fs_open_dir(dirfd(d), e->d_name);

		if (dir >= 0) {
			from_run(w, r, dir, id, n);
			close(dir);
		}
	}
	if (d)
		closedir(d);
}

/* The value of a variable among the NUL-ended strings of b, or NULL. */
static const char *
value_in(const struct buf *b, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = b->s; s < b->s + b->len; s += strlen(s) + 1)
		if (strncmp(s, name, len) == 0 && s[len] == '=')
			return s + len + 1;
	return NULL;
}

/* The words of "jared-run STATE ID N" among the arguments of a process. */
static const char *
supervises(const struct buf *args, const char *state, const char **n)
{
	const char *word[4], *s = args->s, *name;
	size_t k = 0;

	for (; k < 4 && s < args->s + args->len; s += strlen(s) + 1)
		word[k++] = s;
	if (k < 4)
		return NULL;
	name = strrchr(word[0], '/');
	if (strcmp(name ? name + 1 : word[0], "jared-run") != 0 ||
	    strcmp(word[1], state) != 0)
		return NULL;
	*n = word[3];
	return word[2];
}

static void
from_process(struct witnesses *w, const struct repo *r, const char *pid)
{
	char *path = arena_printf(&w->arena, "/proc/%s/cmdline", pid);
	struct buf b = BUF_INIT;
	const char *id, *n = NULL, *state;
	int64_t attempt, number;
	char *run;

	if (fs_read(AT_FDCWD, path, ENVIRON_MAX, &b) == 0 &&
	    (id = supervises(&b, r->state, &n)) != NULL && taskid_valid(id) &&
	    num_parse(n, 1, INT64_MAX, &attempt) == 0 &&
	    num_parse(pid, 1, INT32_MAX, &number) == 0) {
		struct witness *it = made(w, id, attempt, WITNESS_PROCESS);

		it->ran = true;
		(void)proc_identify((pid_t)number, &it->supervisor);
	}
	buf_reset(&b);
	path = arena_printf(&w->arena, "/proc/%s/environ", pid);
	if (fs_read(AT_FDCWD, path, ENVIRON_MAX, &b) == 0 &&
	    (state = value_in(&b, "JARED_STATE")) != NULL &&
	    strcmp(state, r->state) == 0 && value_in(&b, "JARED_ATTEMPT")) {
		run = arena_strdup(&w->arena, value_in(&b, "JARED_ATTEMPT"));
		if (split(run, '.', &attempt) == 0) {
			struct witness *it = made(w, run, attempt, WITNESS_PROCESS);
			const char *port = value_in(&b, "JARED_PORT");

			it->ran = true;
			if (port)
				(void)num_parse(port, 1, 65535, &it->port);
		}
	}
	buf_release(&b);
}

static void
from_processes(struct witnesses *w, const struct repo *r)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			from_process(w, r, e->d_name);
	if (d)
		closedir(d);
}

static int
in_order(const void *a, const void *b)
{
	const struct witness *x = a, *y = b;
	int r = strcmp(x->id, y->id);

	return r ? r : x->n < y->n ? -1 : x->n > y->n;
}

void
witness_collect(struct witnesses *w, const struct repo *r, const char *prefix)
{
	*w = (struct witnesses){ .n = 0 };
	from_branches(w, r, prefix);
	from_archive(w, r);
	from_trees(w, r);
	from_runs(w, r);
	from_processes(w, r);
	if (w->n)
		qsort(w->v, w->n, sizeof *w->v, in_order);
	/* One that goes on where an earlier one was has no branch of its name. */
	for (size_t i = 1; i < w->n; i++) {
		struct witness *it = &w->v[i], *before = it - 1;

		if (strcmp(it->id, before->id) != 0)
			continue;
		if (!it->branch) {
			it->branch = before->branch;
			it->tip = before->tip;
		}
		if (!it->worktree)
			it->worktree = before->worktree;
	}
}

void
witness_trees(struct witnesses *w, const struct repo *r)
{
	*w = (struct witnesses){ .n = 0 };
	from_trees(w, r);
}

void
witness_release(struct witnesses *w)
{
	free(w->v);
	arena_release(&w->arena);
	*w = (struct witnesses){ .n = 0 };
}

const char *
witness_text(const struct witness *w, struct arena *a)
{
	static const struct { enum witness_by by; const char *name; } names[] = {
		{ WITNESS_BRANCH, "branch" }, { WITNESS_TREE, "worktree" },
		{ WITNESS_RUN, "run" }, { WITNESS_PROCESS, "process" },
		{ WITNESS_ARCHIVE, "archive" },
	};
	const char *all = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (w->by & names[i].by)
			all = all ? arena_printf(a, "%s,%s", all, names[i].name) :
			    names[i].name;
	return all ? all : "nothing";
}

const struct witness *
witness_lacking(const struct witnesses *w, const struct journal *j)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct ledger *l = journal_task(j, w->v[i].id);

		if (!l || !l->newest || l->newest->n < w->v[i].n)
			return &w->v[i];
	}
	return NULL;
}

void
witness_demand(const struct repo *r, struct journal *j, const char *prefix)
{
	const struct witness *lacking;
	struct witnesses w;

	if (j->seq > 0 || j->corrupt_line)
		return;
	witness_collect(&w, r, prefix);
	lacking = witness_lacking(&w, j);
	/* It may have come between the two looks: a claim is written first. */
	if (lacking && journal_refresh(j) > 0)
		lacking = NULL;
	if (lacking)
		die(EXIT_FAIL, "the journal is empty, yet attempt %lld at %s was made (%s): "
		    "'jared doctor --repair' restores it", (long long)lacking->n,
		    lacking->id, witness_text(lacking, &w.arena));
	witness_release(&w);
}

const char *
witness_beyond(const struct witnesses *w, const char *id, int64_t last,
    struct arena *a)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].n > last && strcmp(w->v[i].id, id) == 0)
			return arena_printf(a, "worktree '%s' is of attempt %lld, which "
			    "the journal lacks", w->v[i].worktree ? w->v[i].worktree : "?",
			    (long long)w->v[i].n);
	return NULL;
}
