#include "prefix.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "mem.h"

/* Cut the last component off; false if there is none. */
static bool
cut_component(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/* The directory above bin/, libexec/jared/ or tests/ that holds us. */
static char *
find_prefix(void)
{
	static const char libexec[] = "/libexec/jared";
	struct buf path = BUF_INIT;
	size_t size = 256;
	ssize_t n;

	while ((n = readlink("/proc/self/exe", buf_room(&path, size), size)) ==
	    (ssize_t)size)
		size *= 2;
	if (n <= 0)
		die_errno(EXIT_FAIL, "cannot read '/proc/self/exe'");
	buf_setlen(&path, (size_t)n);
	cut_component(path.s);
	size_t len = strlen(path.s);
	if (len >= sizeof libexec - 1 &&
	    strcmp(path.s + len - (sizeof libexec - 1), libexec) == 0)
		cut_component(path.s);
	cut_component(path.s);
	return buf_steal(&path);
}

static const char *
prefix(void)
{
	static char *found;

	if (!found)
		found = find_prefix();
	return found;
}

const char *
prefix_bin(void)
{
	static char *dir;

	if (!dir)
		dir = xasprintf("%s/bin", prefix());
	return dir;
}

const char *
prefix_libexec(void)
{
	static char *dir;
	const char *env = getenv("JARED_LIBEXEC");

	if (!dir)
		dir = env && *env ? xstrdup(env) :
		    xasprintf("%s/libexec/jared", prefix());
	return dir;
}

static const char *
own_share(void)
{
	static char *dir;

	if (!dir)
		dir = xasprintf("%s/share/jared", prefix());
	return dir;
}

const char *
prefix_share(void)
{
	const char *env = getenv("JARED_SHARE");

	return env && *env ? env : own_share();
}

char *
prefix_data(const char *root, const char *name)
{
	const char *dir[3];
	char *path, *repo = root ? xasprintf("%s/.jared", root) : NULL;

	dir[0] = repo;
	dir[1] = prefix_share();
	dir[2] = own_share();
	for (size_t i = 0; i < 3; i++) {
		if (!dir[i])
			continue;
		path = xasprintf("%s/%s", dir[i], name);
		if (access(path, F_OK) == 0) {
			free(repo);
			return path;
		}
		free(path);
	}
	free(repo);
	return NULL;
}
