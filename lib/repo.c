#include "repo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "fs.h"
#include "mem.h"

enum { SMALL = 4096, CONFIG_MAX = 1 << 20 };

static const char format[] = "1\n";

static bool
exists(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	bool r = access(path, F_OK) == 0;

	free(path);
	return r;
}

/* What every directory has that git takes for its own. */
static bool
is_gitdir(const char *dir)
{
	return exists(dir, "HEAD") && exists(dir, "objects") && exists(dir, "refs");
}

/* The first line of DIR/NAME, or NULL. */
static char *
first_line(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct buf b = BUF_INIT;
	int r = fs_read(AT_FDCWD, path, SMALL, &b);

	free(path);
	if (r < 0) {
		buf_release(&b);
		return NULL;
	}
	b.s[strcspn(b.s, "\r\n")] = '\0';
	return buf_steal(&b);
}

/* The real path of what a file in dir names, relative to dir; NULL, errno. */
static char *
resolve(const char *dir, const char *name)
{
	char *path = *name == '/' ? xstrdup(name) : xasprintf("%s/%s", dir, name);
	char *real = fs_realpath(path);

	free(path);
	return real;
}

/* Does this configuration file set core.bare?  Only the forms that git itself
 * writes are read. */
static bool
sets_bare(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name), *line, *rest;
	struct buf b = BUF_INIT;
	bool core = false, bare = false;

	if (fs_read(AT_FDCWD, path, CONFIG_MAX, &b) < 0)
		buf_reset(&b);
	for (rest = b.s; (line = strsep(&rest, "\n"));) {
		line += strspn(line, " \t");
		if (*line == '[')
			core = strncasecmp(line, "[core]", 6) == 0;
		else if (core && strncasecmp(line, "bare", 4) == 0 &&
		    strchr(" \t=", line[4]))
			bare = strcasestr(line + 4, "true") != NULL;
	}
	free(path);
	buf_release(&b);
	return bare;
}

static bool
is_bare(const char *common)
{
	return sets_bare(common, "config") || sets_bare(common, "config.worktree");
}

/* A submodule's git directory lies in its superproject's, below modules/. */
static bool
is_submodule(const char *common)
{
	static const char modules[] = "/modules/";
	bool found = false;

	for (const char *at = strstr(common, modules); at && !found;
	    at = strstr(at + 1, modules)) {
		char *super = xstrndup(common, (size_t)(at - common));

		found = exists(super, "HEAD");
		free(super);
	}
	return found;
}

/* The directory above, in place; false at the root. */
static bool
go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

/* dir/.git is a file: it names the git directory, whose commondir, if it is a
 * linked worktree's, names the common one. */
static void
follow_file(struct repo *r, const char *dir)
{
	char *line = first_line(dir, ".git"), *gitdir = NULL, *shared;

	if (line && strncmp(line, "gitdir: ", 8) == 0)
		gitdir = resolve(dir, line + 8);
	if (!gitdir || !exists(gitdir, "HEAD"))
		die(EXIT_FAIL, "'%s/.git' names no git directory", dir);
	free(line);
	shared = first_line(gitdir, "commondir");
	if (!shared) {
		r->common = gitdir;
		r->root = xstrdup(dir);
		return;
	}
	r->common = resolve(gitdir, shared);
	if (!r->common)
		die_errno(EXIT_FAIL, "cannot follow '%s/commondir'", gitdir);
	free(shared);
	free(gitdir);
	size_t len = strlen(r->common);
	if (len > 5 && strcmp(r->common + len - 5, "/.git") == 0)
		r->root = xstrndup(r->common, len - 5);
}

/* Look for git in dir and above; false if there is none. */
static bool
find_git(struct repo *r, const char *real)
{
	char *dir = xstrdup(real), *dotgit = NULL;
	struct stat st;

	do {
		free(dotgit);
		dotgit = xasprintf("%s/.git", dir[1] ? dir : "");
		if (stat(dotgit, &st) == 0 && S_ISREG(st.st_mode)) {
			follow_file(r, dir);
		} else if (is_gitdir(dotgit)) {
			r->root = xstrdup(dir);
			r->common = fs_realpath(dotgit);
		} else if (is_gitdir(dir) && is_bare(dir)) {
			r->common = xstrdup(dir);
		}
	} while (!r->common && go_up(dir));
	free(dir);
	free(dotgit);
	if (!r->common)
		return false;
	if (is_submodule(r->common))
		die(EXIT_FAIL, "'%s' is a submodule: run in the repository that holds it",
		    r->root ? r->root : real);
	if (is_bare(r->common))
		die(EXIT_FAIL, "'%s' is a bare repository: there is no main checkout",
		    r->common);
	if (!r->root)
		die(EXIT_FAIL, "cannot tell the main checkout of '%s': set JARED_ROOT",
		    r->common);
	return true;
}

/* Refuse what is not ours, or not of this version.  False if the format file
 * is absent or empty: the directory is just being made. */
static bool
check_state(const struct repo *r)
{
	struct buf b = BUF_INIT;
	struct stat st;
	bool known;

	if (fstat(r->statefd, &st) < 0)
		die_errno(EXIT_FAIL, "cannot stat '%s'", r->state);
	if (st.st_uid != geteuid())
		die(EXIT_FAIL, "state directory '%s' belongs to user %lu, not to us",
		    r->state, (unsigned long)st.st_uid);
	if (st.st_mode & 022)
		die(EXIT_FAIL, "state directory '%s' can be written by others: "
		    "chmod 700", r->state);
	if (fs_read(r->statefd, "format", SMALL, &b) < 0 && errno != ENOENT)
		die_errno(EXIT_FAIL, "cannot read '%s/format'", r->state);
	known = b.len > 0;
	if (known) {
		b.s[strcspn(b.s, "\n")] = '\0';
		if (strcmp(b.s, "1") != 0)
			die(EXIT_FAIL, "state directory '%s' has format '%s', "
			    "this program knows 1", r->state, b.s);
	}
	buf_release(&b);
	return known;
}

/* In place: it is two bytes, the same from every writer, and the tools that
 * only read, which link this too, must not be able to rename. */
static int
write_format(const struct repo *r)
{
	int fd = openat(r->statefd, "format",
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), status;

	if (fd < 0)
		return -1;
	status = fs_write_all(fd, format, sizeof format - 1);
	if (status == 0)
		status = fsync(fd);
	close(fd);
	return status < 0 ? -1 : fs_sync_dir(r->statefd);
}

static void
make_state(struct repo *r)
{
	static const char *const sub[] =
	    { "lock", "journal", "snap", "run", "fact", "trash" };
	const char *kind;
	bool known;

	if (r->statefd < 0 && fs_mkdirs(AT_FDCWD, r->state) < 0)
		die_errno(EXIT_FAIL, "cannot make '%s'", r->state);
	if (r->statefd < 0)
		r->statefd = fs_open_dir(AT_FDCWD, r->state);
	if (r->statefd < 0)
		die_errno(EXIT_FAIL, "cannot open '%s'", r->state);
	known = check_state(r);
	if (!fs_is_local(r->statefd, &kind))
		die(EXIT_FAIL, "state directory '%s' is on %s, where locks cannot "
		    "be trusted: set JARED_STATE to a local directory",
		    r->state, kind);
	for (size_t i = 0; i < sizeof sub / sizeof *sub; i++)
		if (faccessat(r->statefd, sub[i], F_OK, 0) < 0 &&
		    fs_mkdirs(r->statefd, sub[i]) < 0)
			die_errno(EXIT_FAIL, "cannot make '%s/%s'", r->state, sub[i]);
	if (!known && write_format(r) < 0)
		die_errno(EXIT_FAIL, "cannot write '%s/format'", r->state);
}

static void
open_state(struct repo *r, enum repo_need need)
{
	const char *env = getenv("JARED_STATE");
	char *real;

	r->statefd = -1;
	if (env && *env) {
		if (*env != '/')
			die(EXIT_FAIL, "JARED_STATE: '%s' is not an absolute path", env);
		r->state = xstrdup(env);
	} else if (r->common) {
		r->state = xasprintf("%s/jared", r->common);
	} else {
		return;
	}
	r->statefd = fs_open_dir(AT_FDCWD, r->state);
	if (r->statefd < 0 && errno != ENOENT)
		die_errno(EXIT_FAIL, "cannot open '%s'", r->state);
	if (need == REPO_STATE)
		make_state(r);
	else if (r->statefd >= 0)
		check_state(r);
	/* One name for it: workers are known by it. */
	real = r->statefd < 0 ? NULL : fs_realpath(r->state);
	if (real) {
		free(r->state);
		r->state = real;
	}
}

void
repo_open(struct repo *r, const char *dir, enum repo_need need)
{
	const char *env = getenv("JARED_ROOT"), *from = dir;
	char *real;

	*r = (struct repo){ .rootfd = -1, .commonfd = -1, .statefd = -1 };
	if (!from)
		from = env && *env ? env : ".";
	real = fs_realpath(from);
	r->rootfd = real ? fs_open_dir(AT_FDCWD, real) : -1;
	if (r->rootfd < 0)
		die_errno(EXIT_FAIL, "cannot open '%s'", from);
	if (!find_git(r, real)) {
		if (need != REPO_ANY)
			die(EXIT_FAIL, "'%s' is not in a git repository", from);
		r->root = xstrdup(real);
	}
	free(real);
	close(r->rootfd);
	r->rootfd = fs_open_dir(AT_FDCWD, r->root);
	if (r->rootfd < 0)
		die_errno(EXIT_FAIL, "cannot open '%s'", r->root);
	if (r->common) {
		r->commonfd = fs_open_dir(AT_FDCWD, r->common);
		if (r->commonfd < 0)
			die_errno(EXIT_FAIL, "cannot open '%s'", r->common);
	}
	open_state(r, need);
}

void
repo_close(struct repo *r)
{
	const int fd[] = { r->rootfd, r->commonfd, r->statefd };

	for (size_t i = 0; i < sizeof fd / sizeof *fd; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	free(r->root);
	free(r->common);
	free(r->state);
	*r = (struct repo){ .rootfd = -1, .commonfd = -1, .statefd = -1 };
}

const char *
repo_relative(const struct repo *r, const char *path)
{
	size_t len = strlen(r->root);

	if (strcmp(r->root, "/") == 0)
		return *path == '/' && path[1] ? path + 1 : path;
	if (strncmp(path, r->root, len) == 0 && path[len] == '/' && path[len + 1])
		return path + len + 1;
	return path;
}

const char *
repo_path(const struct repo *r, const char *path, struct arena *a)
{
	return *path == '/' ? path : arena_printf(a, "%s/%s", r->root, path);
}
