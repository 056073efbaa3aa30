#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "git.h"
#include "json.h"
#include "lock.h"
#include "proc.h"
#include "seed.h"

enum { GIT_WAIT_MS = 120000, ADD_TIMEOUT_MS = 600000 };

static const char ports_file[] = ".worktree-ports.json";

static const char mark[] = "jared:";

const char *
tree_reason(struct arena *a, const char *id, int64_t n)
{
	return arena_printf(a, "%s%s:%lld", mark, id, (long long)n);
}

int
tree_reason_parse(const char *s, char id[TASK_ID_MAX + 1], int64_t *n)
{
	char *line;
	int r;

	if (strncmp(s, mark, strlen(mark)) != 0)
		return -1;
	line = xstrdup(s + strlen(mark));
	line[strcspn(line, "\n")] = '\0';
	r = taskid_split(line, ':', id, n);
	free(line);
	return r;
}

int
tree_lock_git(const struct repo *r)
{
	int dir = fs_open_dir(r->statefd, "lock");
	int lock = dir < 0 ? -1 : lock_take(dir, "git", GIT_WAIT_MS);

	if (dir >= 0)
		close(dir);
	return lock;
}

static int
exclude(const struct repo *r, const char *path)
{
	struct buf b = BUF_INIT, line = BUF_INIT;
	int fd, status = 0;

	buf_addf(&line, "\n/%s\n", path);
	/* As if a line ended in front of the first. */
	buf_addstr(&b, "\n");
	if (fs_read(r->commonfd, "info/exclude", 1 << 20, &b) < 0 && errno != ENOENT)
		status = -1;
	if (status == 0 && !strstr(b.s, line.s)) {
		const char *text = line.s + (b.s[b.len - 1] == '\n');

		(void)mkdirat(r->commonfd, "info", 0777);
		fd = openat(r->commonfd, "info/exclude",
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		status = fd < 0 || lseek(fd, 0, SEEK_END) < 0 ? -1 :
		    fs_write_all(fd, text, strlen(text));
		if (fd >= 0)
			close(fd);
	}
	buf_release(&b);
	buf_release(&line);
	return status;
}

int
tree_exclude(const struct repo *r, const struct config *c)
{
	char *dir = xasprintf("%s/", c->worktrees);
	int status = *dir == '/' ? 0 : exclude(r, dir);

	free(dir);
	return exclude(r, ports_file) < 0 ? -1 : status;
}

static int
did_not_add(struct arena *a, const char **why, const char *what, int err)
{
	*why = arena_printf(a, "git worktree add: %s", what);
	errno = err;
	return -1;
}

int
tree_add_start(const struct repo *r, const struct tree *t, struct arena *a,
    struct proc *p, const char **why)
{
	/* Where a file takes long to write, several processes write a big checkout
	 * in a third of the time; where it does not, they cost most of it again,
	 * which a small one should not pay.  More than there are processors cost
	 * half as much again. */
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	const char *workers = arena_printf(a, "checkout.workers=%ld",
	    cpus < 1 ? 1 : cpus > 8 ? 8 : cpus);
	const char *args[18] = { "-c", workers,
	    "-c", "checkout.thresholdForParallelism=5000", "worktree", "add",
	    "--quiet", "--no-track", "--lock", "--reason", t->reason };
	size_t n = 11;

	if (t->base) {
		args[n++] = "-b";
		args[n++] = t->branch;
	} else {
		/* That option is for new branches only. */
		args[7] = "--no-guess-remote";
	}
	args[n++] = "--";
	args[n++] = t->path;
	args[n++] = t->base ? t->base : t->branch;
	*p = (struct proc){ .timeout_ms = ADD_TIMEOUT_MS };
	if (git_start(p, r->root, args) == 0)
		return 0;
	return did_not_add(a, why, strerror(errno), errno);
}

int
tree_add_wait(struct proc *p, struct arena *a, const char **why)
{
	int status = 0;

	if (proc_wait(p) < 0)
		status = did_not_add(a, why, strerror(errno), errno);
	else if (p->code != 0)
		status = did_not_add(a, why, proc_complaint(p), EIO);
	int err = errno;
	proc_release(p);
	errno = err;
	return status;
}

int
tree_add(const struct repo *r, const struct tree *t, struct arena *a,
    const char **why)
{
	struct proc p;

	return tree_add_start(r, t, a, &p, why) < 0 ? -1 : tree_add_wait(&p, a, why);
}

char *
tree_gitdir(const struct repo *r, const char *worktree, struct arena *a)
{
	/* The way there may lead through a link; git writes the real path. */
	char *real = fs_realpath(worktree), *gitdir = NULL;
	char *dot = arena_printf(a, "%s/.git", real ? real : worktree);
	char *ours = arena_printf(a, "gitdir: %s/worktrees/", r->common);
	size_t len = strlen(ours);
	struct buf b = BUF_INIT, back = BUF_INIT;

	if (fs_read(AT_FDCWD, dot, 8192, &b) == 0 && strncmp(b.s, ours, len) == 0 &&
	    b.s[len] != '.' && !strchr(b.s + len, '/')) {
		b.s[strcspn(b.s, "\r\n")] = '\0';
		gitdir = arena_strdup(a, b.s + strlen("gitdir: "));
		char *file = arena_printf(a, "%s/gitdir", gitdir);

		if (fs_read(AT_FDCWD, file, 8192, &back) < 0)
			gitdir = NULL;
		back.s[strcspn(back.s, "\r\n")] = '\0';
		if (gitdir && strcmp(back.s, dot) != 0)
			gitdir = NULL;
	}
	buf_release(&b);
	buf_release(&back);
	free(real);
	return gitdir;
}

/* One that the repository keeps itself is its own affair. */
static int
write_ports(const struct config *c, const char *worktree, int64_t lo, int64_t hi)
{
	int dir = fs_open_dir(AT_FDCWD, worktree), status;
	struct buf b = BUF_INIT;

	if (dir < 0)
		return -1;
	buf_addf(&b, "{\"first\": %lld, \"last\": %lld, \"ports\": {", (long long)lo,
	    (long long)hi);
	for (int64_t i = 0; c->port_names && c->port_names[i] && lo + i <= hi; i++) {
		buf_addstr(&b, i ? ", " : "");
		json_add(&b, c->port_names[i]);
		buf_addf(&b, ": %lld", (long long)(lo + i));
	}
	buf_addstr(&b, "}}\n");
	status = fs_replace_fast(dir, ports_file, b.s, b.len);
	buf_release(&b);
	close(dir);
	return status;
}

int
tree_furnish(const struct repo *r, const struct config *c, const char *worktree,
    int64_t port_lo, int64_t port_hi, struct arena *a, const char **why)
{
	if (seed(SEED_COPY, r->root, worktree, c->copy, c->worktrees, a, why) < 0 ||
	    seed(SEED_LINK, r->root, worktree, c->link, c->worktrees, a, why) < 0)
		return -1;
	if (write_ports(c, worktree, port_lo, port_hi) == 0)
		return 0;
	*why = arena_printf(a, "cannot write '%s/%s': %s", worktree, ports_file,
	    strerror(errno));
	return -1;
}
