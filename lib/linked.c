#include "linked.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"

const char *
linked_line(const char *gitdir, const char *file, struct arena *a)
{
	struct buf b = BUF_INIT;
	char *path = xasprintf("%s/%s", gitdir, file);
	const char *line = NULL;

	if (fs_read(AT_FDCWD, path, 8192, &b) == 0)
		line = arena_strndup(a, b.s, strcspn(b.s, "\r\n"));
	buf_release(&b);
	free(path);
	return line;
}

const char *
linked_find(const char *common, const char *worktree, struct arena *a)
{
	char *all = arena_printf(a, "%s/worktrees", common);
	char *want = arena_printf(a, "%s/.git", worktree);
	DIR *d = opendir(all);
	const struct dirent *e;
	const char *found = NULL;

	while (d && !found && (e = readdir(d))) {
		char *dir = arena_printf(a, "%s/%s", all, e->d_name);
		const char *names = e->d_name[0] == '.' ? NULL :
		    linked_line(dir, "gitdir", a);

		if (names && strcmp(names, want) == 0)
			found = dir;
	}
	if (d)
		closedir(d);
	return found;
}

const char *
linked_operation(const char *gitdir, struct arena *a)
{
	static const char *const sign[] = { "rebase-merge", "rebase-apply", "MERGE_HEAD",
		"CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "BISECT_START",
		"sequencer", "index.lock", "HEAD.lock" };

	for (size_t i = 0; i < sizeof sign / sizeof *sign; i++)
		if (faccessat(AT_FDCWD, arena_printf(a, "%s/%s", gitdir, sign[i]), F_OK,
		    AT_SYMLINK_NOFOLLOW) == 0)
			return sign[i];
	return NULL;
}

const char *
linked_elsewhere(const char *common, const char *gitdir, const char *branch,
    struct arena *a)
{
	const char *want = arena_printf(a, "ref: refs/heads/%s", branch);
	char *all = arena_printf(a, "%s/worktrees", common);
	const char *head = linked_line(common, "HEAD", a), *where = NULL;
	DIR *d = opendir(all);
	const struct dirent *e;

	if (head && strcmp(head, want) == 0)
		where = "in the main checkout";
	while (d && !where && (e = readdir(d))) {
		char *dir = arena_printf(a, "%s/%s", all, e->d_name);

		if (e->d_name[0] == '.' || (gitdir && strcmp(dir, gitdir) == 0))
			continue;
		head = linked_line(dir, "HEAD", a);
		if (head && strcmp(head, want) == 0)
			where = arena_printf(a, "in worktree %s", e->d_name);
	}
	if (d)
		closedir(d);
	return where;
}
