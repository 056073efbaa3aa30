#include "git.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "history.h"

enum { REF_MAX = 4096, SYMREF_DEPTH = 5, CONFIG_MAX = 1 << 20 };

static bool
is_oid(const char *s, size_t n)
{
	if (n != 40 && n != 64)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]) && (s[i] < 'a' || s[i] > 'f'))
			return false;
	return true;
}

static bool
is_ref_name(const char *s)
{
	return *s && *s != '/' && *s != '.' && !strstr(s, "..") &&
	    !strstr(s, "//") && strlen(s) < REF_MAX / 2;
}

/* "OID NAME" in the whole text of packed-refs; mapped, because a repository may
 * have a hundred thousand of them. */
static int
find_packed(const char *text, size_t n, const char *name, char oid[GIT_OID])
{
	size_t len = strlen(name);
	const char *end = text + n, *p = text;

	while ((p = memmem(p, (size_t)(end - p), name, len))) {
		const char *line = memrchr(text, '\n', (size_t)(p - text));

		line = line ? line + 1 : text;
		p += len;
		if (p < end && *p == '\n' && p - len > line && p[-(ptrdiff_t)len - 1] == ' ' &&
		    is_oid(line, (size_t)(p - line) - len - 1)) {
			size_t oidlen = (size_t)(p - line) - len - 1;

			memcpy(oid, line, oidlen);
			oid[oidlen] = '\0';
			return 0;
		}
	}
	errno = ENOENT;
	return -1;
}

static int
read_packed(int commonfd, const char *name, char oid[GIT_OID])
{
	int fd = fs_open_regular(commonfd, "packed-refs"), r = -1;
	struct stat st;
	char *text;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || st.st_size == 0) {
		close(fd);
		errno = ENOENT;
		return -1;
	}
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (text == MAP_FAILED)
		return -1;
	r = find_packed(text, (size_t)st.st_size, name, oid);
	munmap(text, (size_t)st.st_size);
	return r;
}

/* The first line of a loose reference, into b; EISDIR and ENOTDIR are misses:
 * the name may be packed while a directory of its name is left. */
static int
read_loose(int commonfd, const char *name, struct buf *b)
{
	struct stat st;

	if (fstatat(commonfd, name, &st, 0) == 0 && S_ISDIR(st.st_mode)) {
		errno = ENOENT;
		return -1;
	}
	if (fs_read(commonfd, name, REF_MAX, b) < 0) {
		if (errno == ENOTDIR)
			errno = ENOENT;
		return -1;
	}
	buf_setlen(b, strcspn(b->s, "\n"));
	return 0;
}

static bool
is_reftable(int commonfd)
{
	struct stat st;

	return fstatat(commonfd, "reftable", &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* 1: b names another reference; 0: oid is set; -1 with errno. */
static int
read_one(int commonfd, const char *name, struct buf *b, char oid[GIT_OID])
{
	if (read_loose(commonfd, name, b) < 0) {
		if (errno != ENOENT)
			return -1;
		if (is_reftable(commonfd)) {
			errno = EINVAL;
			return -1;
		}
		return read_packed(commonfd, name, oid);
	}
	if (strncmp(b->s, "ref: ", 5) == 0)
		return 1;
	if (is_oid(b->s, b->len)) {
		memcpy(oid, b->s, b->len + 1);
		return 0;
	}
	errno = EINVAL;
	return -1;
}

int
git_ref_read(int commonfd, const char *name, char oid[GIT_OID])
{
	struct buf b = BUF_INIT, target = BUF_INIT;
	int r = 1;

	buf_addstr(&target, name);
	for (int depth = 0; r == 1 && depth < SYMREF_DEPTH; depth++) {
		if (!is_ref_name(target.s)) {
			errno = EINVAL;
			r = -1;
			break;
		}
		buf_reset(&b);
		r = read_one(commonfd, target.s, &b, oid);
		if (r == 1) {
			buf_reset(&target);
			buf_addstr(&target, b.s + 5);
		}
	}
	int err = r == 1 ? ELOOP : errno;
	buf_release(&b);
	buf_release(&target);
	if (r == 0)
		return 0;
	errno = err == ELOOP ? EINVAL : err;
	return -1;
}

char *
git_head_branch(int commonfd)
{
	static const char prefix[] = "ref: refs/heads/";
	struct buf b = BUF_INIT;
	char *branch = NULL;

	if (read_loose(commonfd, "HEAD", &b) == 0 &&
	    strncmp(b.s, prefix, sizeof prefix - 1) == 0 &&
	    b.s[sizeof prefix - 1] != '.')
		branch = xstrdup(b.s + sizeof prefix - 1);
	buf_release(&b);
	return branch;
}

int
git_start(struct proc *p, const char *dir, const char *const *args)
{
	static const char *const hard[] = { "git", "--no-pager",
		"--no-optional-locks", "-c", "core.hooksPath=/dev/null",
		"-c", "core.fsmonitor=false", "-C" };
	const size_t n_hard = sizeof hard / sizeof *hard;
	size_t n = 0;
	int r, err;

	while (args[n])
		n++;
	const char **argv = xrealloc_array(NULL, n_hard + n + 2, sizeof *argv);
	memcpy(argv, hard, sizeof hard);
	argv[n_hard] = dir;
	memcpy(argv + n_hard + 1, args, (n + 1) * sizeof *args);
	p->argv = argv;
	r = proc_start(p);
	err = errno;
	p->argv = NULL;
	free(argv);
	errno = err;
	return r;
}

int
git_run(struct proc *p, const char *dir, const char *const *args)
{
	return git_start(p, dir, args) < 0 ? -1 : proc_wait(p);
}

/* Why a git run did not answer, in the arena; NULL if it did. */
static const char *
no_answer(struct proc *p, int r, struct arena *a)
{
	if (r < 0)
		return arena_printf(a, "cannot run git: %s", strerror(errno));
	if (p->code == 0)
		return NULL;
	return arena_printf(a, "git: %s", proc_complaint(p));
}

static int
parse_branches(char *text, struct arena *a, struct git_branch **out)
{
	size_t n = 0, cap = 0;
	struct git_branch *v = NULL;

	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		char *name = memchr(line, ' ', (size_t)(end - line));

		if (!name)
			continue;
		GROW(v, n, cap);
		v[n].oid = arena_strndup(a, line, (size_t)(name - line));
		v[n++].name = arena_strndup(a, name + 1, (size_t)(end - name - 1));
	}
	*out = arena_alloc(a, (n + 1) * sizeof *v);
	if (n)
		memcpy(*out, v, n * sizeof *v);
	free(v);
	return (int)n;
}

int
git_branches(const char *dir, const char *prefix, struct arena *a,
    struct git_branch **out, const char **why)
{
	const char *pattern = arena_printf(a, "refs/heads/%s", prefix);
	const char *const args[] = { "for-each-ref",
		"--format=%(objectname) %(refname:strip=2)", pattern, NULL };
	struct proc p = { 0 };
	int r = git_run(&p, dir, args);

	*why = no_answer(&p, r, a);
	r = *why ? -1 : parse_branches(p.out.s, a, out);
	proc_release(&p);
	return r;
}

/* 1: all counted; 0: git refused, an object is missing; -1: cannot be asked. */
static int
count_all(const char *dir, const char *base, struct git_tip *tip, size_t n)
{
	static const char *const args[] = { "rev-list", "--parents", "--stdin", NULL };
	struct history h;
	struct buf in = BUF_INIT;
	struct proc p = { 0 };
	int r;

	for (size_t i = 0; i < n; i++)
		buf_addf(&in, "%s\n", tip[i].oid);
	buf_addf(&in, "^%s\n", base);
	p.in = in.s;
	p.in_len = in.len;
	r = git_run(&p, dir, args);
	if (r == 0 && p.code == 0) {
		history_parse(&h, p.out.s);
		for (size_t i = 0; i < n; i++)
			tip[i].ahead = history_count(&h, tip[i].oid);
		history_release(&h);
		r = 1;
	}
	buf_release(&in);
	proc_release(&p);
	return r;
}

int
git_ahead(const char *dir, const char *base, struct git_tip *tip, size_t n)
{
	bool sound = is_oid(base, strlen(base));
	int r;

	for (size_t i = 0; i < n; i++) {
		tip[i].ahead = -1;
		sound = sound && is_oid(tip[i].oid, strlen(tip[i].oid));
	}
	if (n == 0)
		return 0;
	r = sound ? count_all(dir, base, tip, n) : 0;
	if (r != 0 || n == 1)
		return r < 0 ? -1 : 0;
	for (size_t i = 0; i < n; i++)
		if (git_ahead(dir, base, &tip[i], 1) < 0)
			return -1;
	return 0;
}

/* True if this configuration of the repository may make git run a program of
 * the agent's choice, on what it compares or to fetch what is missing. */
static bool
names_filter(const char *path)
{
	struct buf b = BUF_INIT;
	bool found;

	if (fs_read(AT_FDCWD, path, CONFIG_MAX, &b) < 0)
		found = errno != ENOENT;
	else
		found = strcasestr(b.s, "[filter") || strcasestr(b.s, "[include") ||
		    strcasestr(b.s, "promisor") || strcasestr(b.s, "partialclone");
	buf_release(&b);
	return found;
}

/* Its .git file is the agent's to write; without it git would look at the main
 * checkout around it. */
char *
git_worktree_dir(const char *common, const char *worktree)
{
	char *dot = xasprintf("%s/.git", worktree), *gitdir = NULL;
	char *ours = xasprintf("gitdir: %s/worktrees/", common);
	size_t len = strlen(ours);
	struct buf b = BUF_INIT;

	if (fs_read(AT_FDCWD, dot, REF_MAX, &b) == 0) {
		buf_setlen(&b, strcspn(b.s, "\n"));
		if (strncmp(b.s, ours, len) == 0 && b.s[len] != '.' &&
		    !strchr(b.s + len, '/'))
			gitdir = xstrdup(b.s + strlen("gitdir: "));
	}
	buf_release(&b);
	free(ours);
	free(dot);
	return gitdir;
}

bool
git_is_tame(const char *common, const char *gitdir)
{
	char *own = xasprintf("%s/config.worktree", gitdir);
	char *shared = xasprintf("%s/config", common);
	char *commondir = xasprintf("%s/commondir", gitdir);
	struct buf b = BUF_INIT;
	bool bad = fs_read(AT_FDCWD, commondir, REF_MAX, &b) < 0 ||
	    strcmp(b.s, "../..\n") != 0 || names_filter(own) || names_filter(shared);

	buf_release(&b);
	free(own);
	free(shared);
	free(commondir);
	return !bad;
}

/* The git directory is given: it was looked at, what .git says now was not. */
int
git_dirty(const char *common, const char *worktree)
{
	char *gitdir = git_worktree_dir(common, worktree);
	char *arg = xasprintf("--git-dir=%s", gitdir ? gitdir : "");
	const char *const args[] = { arg, "--work-tree=.", "status", "--porcelain",
		"-z", "--untracked-files=normal", "--ignore-submodules=dirty",
		"--no-renames", NULL };
	struct proc p = { .max_out = REF_MAX };
	int r = -1;

	if (gitdir && git_is_tame(common, gitdir)) {
		r = git_run(&p, worktree, args);
		if (r < 0)
			r = errno == EFBIG ? 1 : -1;
		else
			r = p.code != 0 ? -1 : p.out.len > 0;
	}
	proc_release(&p);
	free(arg);
	free(gitdir);
	return r;
}
