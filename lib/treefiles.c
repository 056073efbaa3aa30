#include "treefiles.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "git.h"
#include "pattern.h"
#include "prefix.h"

enum { STATUS_MS = 300000, OUT_MAX = 16 << 20, SAME_MAX = 64 << 20 };

/* --- names that may go --- */

static char **
read_names(const struct repo *r, const char *file, struct arena *a)
{
	char *path = prefix_data(r->root, file), *rest, *line;
	struct buf b = BUF_INIT;
	char **names;
	size_t n = 0;

	if (!path || fs_read(AT_FDCWD, path, 1 << 16, &b) < 0)
		buf_reset(&b);
	free(path);
	names = arena_alloc(a, (b.len + 1) * sizeof *names);
	rest = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, " \t\r#")] = '\0';
		if (*line)
			names[n++] = line;
	}
	return names;
}

static bool
is_named(char *const *names, const char *path, struct arena *a)
{
	for (; *names; names++) {
		char *rest = arena_strdup(a, path), *part;

		if (strchr(*names, '/')) {
			if (strcmp(*names, path) == 0)
				return true;
			continue;
		}
		while ((part = strsep(&rest, "/")))
			if (*part && pattern_match(*names, part, PATTERN_CASE))
				return true;
	}
	return false;
}

/* --- ignored files --- */

static bool
same_bytes(int dir, int other, const char *path)
{
	struct stat x, y;
	struct buf a = BUF_INIT, b = BUF_INIT;
	bool same = fstatat(dir, path, &x, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(other, path, &y, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(x.st_mode) && S_ISREG(y.st_mode) && x.st_size == y.st_size &&
	    fs_read(dir, path, SAME_MAX, &a) == 0 &&
	    fs_read(other, path, SAME_MAX, &b) == 0 && a.len == b.len &&
	    memcmp(a.s, b.s, a.len) == 0;

	buf_release(&a);
	buf_release(&b);
	return same;
}

static bool
is_link(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* --- what git says --- */

struct view {
	const struct repo *r;
	const char *path, *gitdir;
	struct arena *a;
	struct treefiles *out;
	char **untracked, **ignored;
};

static void
found(const struct view *v, const char *code, const char *fact)
{
	if (v->out->code)
		return;
	v->out->code = code;
	v->out->fact = arena_strdup(v->a, fact);
}

/* git in the worktree with no regard to what its configuration says of what
 * may be overlooked; the answer as it is. */
static int
ask(const struct view *v, struct proc *p, const char *const *question)
{
	const char *args[32] = { arena_printf(v->a, "--git-dir=%s", v->gitdir),
		"--work-tree=.", "-c", "core.trustctime=true", "-c",
		"core.checkStat=default", "-c", "core.fileMode=true", "-c",
		"core.ignoreStat=false", "-c", "core.untrackedCache=false" };
	size_t n = 12;

	while (*question && n < 31)
		args[n++] = *question++;
	p->timeout_ms = STATUS_MS;
	p->max_out = OUT_MAX;
	if (git_run(p, v->path, args) < 0) {
		found(v, "unseen", arena_printf(v->a, "git: %s", strerror(errno)));
		return -1;
	}
	if (p->code != 0)
		found(v, "unseen", arena_printf(v->a, "git: %s", proc_complaint(p)));
	return p->code == 0 ? 0 : -1;
}

/* What git passes over because its index says so. */
static void
look_for_hidden(const struct view *v, int dir)
{
	static const char *const question[] = { "ls-files", "-v", "-z", NULL };
	struct proc p = { 0 };
	struct stat st;

	if (ask(v, &p, question) == 0)
		for (char *s = p.out.s; s < p.out.s + p.out.len; s += strlen(s) + 1)
			if (islower((unsigned char)*s) || (*s == 'S' &&
			    fstatat(dir, s + 2, &st, AT_SYMLINK_NOFOLLOW) == 0))
				found(v, "hidden", s + 2);
	proc_release(&p);
}

static void
judge(const struct view *v, int dir, char *line)
{
	char *path = line + 3;
	bool unknown = strncmp(line, "??", 2) == 0, skipped = strncmp(line, "!!", 2) == 0;

	if (!unknown && !skipped)
		found(v, "dirty", path);
	else if (is_named(v->untracked, path, v->a))
		return;
	else if (unknown)
		found(v, "untracked", path);
	else if (!is_named(v->ignored, path, v->a) && !is_link(dir, path) &&
	    !same_bytes(dir, v->r->rootfd, path))
		found(v, "ignored", path);
}

void
treefiles_look(const struct repo *r, const char *path, struct treefiles *out,
    struct arena *a)
{
	static const char *const question[] = { "status", "--porcelain", "-z",
		"--untracked-files=all", "--ignored=matching",
		"--ignore-submodules=none", "--no-renames", NULL };
	char *gitdir = git_worktree_dir(r->common, path);
	struct view v = { r, path, gitdir, a, out,
		read_names(r, "clean/untracked", a), read_names(r, "clean/ignored", a) };
	struct proc p = { 0 };
	int dir = fs_open_dir(AT_FDCWD, path);

	*out = (struct treefiles){ NULL, NULL };
	if (!gitdir || dir < 0) {
		found(&v, "tampered", ".git");
	} else if (!git_is_tame(r->common, gitdir)) {
		found(&v, "unseen", "the configuration names a filter, an include or "
		    "a promisor");
	} else {
		look_for_hidden(&v, dir);
		if (ask(&v, &p, question) == 0)
			for (char *s = p.out.s; s < p.out.s + p.out.len; s += strlen(s) + 1)
				if (strlen(s) > 3)
					judge(&v, dir, s);
		proc_release(&p);
	}
	if (dir >= 0)
		close(dir);
	free(gitdir);
}
