#include "prefix.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"

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

/* Where data is looked for, in this order; the first may be NULL. */
struct places {
	char *dir[3];
};

static struct places
places(const char *root)
{
	return (struct places){ { root ? xasprintf("%s/.jared", root) : NULL,
	    xstrdup(prefix_share()), xstrdup(own_share()) } };
}

static void
places_release(struct places *p)
{
	for (size_t i = 0; i < 3; i++)
		free(p->dir[i]);
}

char *
prefix_data(const char *root, const char *name)
{
	struct places p = places(root);
	char *path = NULL;

	for (size_t i = 0; i < 3 && !path; i++) {
		if (!p.dir[i])
			continue;
		path = xasprintf("%s/%s", p.dir[i], name);
		if (access(path, F_OK) == 0)
			break;
		free(path);
		path = NULL;
	}
	places_release(&p);
	return path;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char **
prefix_names(const char *root, const char *dir, struct arena *a)
{
	struct places p = places(root);
	const char **v = NULL, **names;
	size_t n = 0, cap = 0, kept = 0;

	for (size_t i = 0; i < 3; i++) {
		char *path = p.dir[i] ? xasprintf("%s/%s", p.dir[i], dir) : NULL;
		DIR *d = path ? opendir(path) : NULL;
		const struct dirent *e;

		free(path);
		while (d && (e = readdir(d))) {
			size_t len = strlen(e->d_name);

			if (len <= 5 || strcmp(e->d_name + len - 5, ".yaml") != 0)
				continue;
			GROW(v, n, cap);
			v[n++] = arena_strndup(a, e->d_name, len - 5);
		}
		if (d)
			closedir(d);
	}
	places_release(&p);
	if (n > 1)
		qsort(v, n, sizeof *v, by_text);
	names = arena_alloc(a, (n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(names[kept - 1], v[i]) != 0)
			names[kept++] = v[i];
	free(v);
	return names;
}
