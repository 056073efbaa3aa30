#include "githook.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "git.h"

enum { HOOK_MAX = 64 * 1024 };

static const char name[] = "post-merge";
static const char text[] =
    "#!/bin/sh\n"
    "# Made by jared-init --hooks.  It may be removed.\n"
    "[ -z \"$JARED_ATTEMPT\" ] && command -v jared-reconcile >/dev/null || exit 0\n"
    "jared-reconcile --fix --quiet >&2\n"
    "exit 0\n";

/* Where git looks for hooks: the path, or NULL. */
static const char *
hooks_dir(const struct repo *r, struct arena *a)
{
	const char *const args[] = { "git", "-C", r->root, "rev-parse",
		"--path-format=absolute", "--git-path", "hooks", NULL };
	struct proc p = { .argv = args };
	const char *dir = NULL;

	if (proc_run(&p) == 0 && p.code == 0 && p.out.len > 1)
		dir = arena_strndup(a, p.out.s, p.out.len - 1);
	proc_release(&p);
	return dir;
}

const char *
githook_install(const struct repo *r, bool dry, struct arena *a)
{
	const char *dir = hooks_dir(r, a);
	struct buf b = BUF_INIT;
	const char *said;
	int fd = dir ? fs_open_dir(AT_FDCWD, dir) : -1;

	if (dir && fd < 0 && errno == ENOENT && !dry && mkdir(dir, 0777) == 0)
		fd = fs_open_dir(AT_FDCWD, dir);
	if (fd < 0) {
		return dry && dir && errno == ENOENT ? "post-merge would be written" :
		    arena_printf(a, "post-merge was not written: %s",
		    dir ? strerror(errno) : "git does not say where");
	}
	if (fs_read(fd, name, HOOK_MAX, &b) == 0)
		said = strcmp(b.s, text) == 0 ? "post-merge is there already" :
		    "a post-merge of yours is there and was left alone; let it run "
		    "jared-reconcile --fix --quiet";
	else if (errno != ENOENT)
		said = arena_printf(a, "post-merge cannot be read: %s", strerror(errno));
	else if (dry)
		said = "post-merge would be written";
	else
		said = fs_create(fd, name, 0777, text, strlen(text)) == 0 ? "post-merge was written" :
		    arena_printf(a, "post-merge was not written: %s", strerror(errno));
	buf_release(&b);
	close(fd);
	return said;
}
