#include "glass.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "num.h"
#include "remove.h"

static const char config_sha1[] = "[core]\n"
    "\trepositoryformatversion = 0\n\tbare = true\n\tcommitGraph = false\n"
    "\tattributesFile = /dev/null\n\thooksPath = /dev/null\n";
static const char config_sha256[] = "[core]\n"
    "\trepositoryformatversion = 1\n\tbare = true\n\tcommitGraph = false\n"
    "\tattributesFile = /dev/null\n\thooksPath = /dev/null\n"
    "[extensions]\n\tobjectFormat = sha256\n";

static const char *const ours[] = { "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1",
	"GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null",
	"GIT_ATTR_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
	"GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0",
	"GIT_AUTHOR_NAME=jared", "GIT_AUTHOR_EMAIL=jared@localhost",
	"GIT_COMMITTER_NAME=jared", "GIT_COMMITTER_EMAIL=jared@localhost",
	"GIT_AUTHOR_DATE=@0 +0000", "GIT_COMMITTER_DATE=@0 +0000", NULL };

static int
put(int dir, const char *name, const char *text)
{
	return fs_replace_fast(dir, name, text, strlen(text));
}

/* Left by one that was killed. */
static void
sweep(int statefd)
{
	int fd = fs_open_dir(statefd, ".");
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		int64_t pid;
		struct proc_id id;

		if (strncmp(e->d_name, "look.", 5) == 0 &&
		    num_parse(e->d_name + 5, 1, INT32_MAX, &pid) == 0 &&
		    (pid == getpid() || proc_identify((pid_t)pid, &id) < 0))
			(void)remove_tree(statefd, e->d_name);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

static const char **
environment(void)
{
	const char **all = proc_scrubbed_env();
	size_t n = 0, kept = 0, more = sizeof ours / sizeof *ours;

	while (all[n])
		n++;
	const char **env = xrealloc_array(NULL, n + more, sizeof *env);
	for (size_t i = 0; i < n; i++)
		if (strncmp(all[i], "LC_ALL=", 7) != 0)
			env[kept++] = all[i];
	memcpy(env + kept, ours, sizeof ours);
	free(all);
	return env;
}

int
glass_open(struct glass *g, int statefd, const char *state, const char *common,
    const char *oid)
{
	char *borrowed = xasprintf("%s/objects\n", common);
	char *objects;
	int dir = -1, r = -1, err;

	*g = (struct glass){ .statefd = statefd,
	    .name = xasprintf("look.%ld", (long)getpid()) };
	sweep(statefd);
	objects = xasprintf("%s/objects/info", g->name);
	if (strchr(common, '\n')) {
		errno = EINVAL;
	} else if (fs_mkdirs(statefd, objects) == 0) {
		dir = fs_open_dir(statefd, g->name);
		if (dir >= 0 && fs_mkdirs(dir, "refs") == 0 &&
		    put(dir, "config", strlen(oid) > 40 ? config_sha256 : config_sha1) == 0 &&
		    put(dir, "HEAD", "ref: refs/heads/none\n") == 0) {
			int info = fs_open_dir(dir, "objects/info");

			r = info < 0 ? -1 : put(info, "alternates", borrowed);
			if (info >= 0)
				close(info);
		}
	}
	err = errno;
	if (dir >= 0)
		close(dir);
	free(objects);
	free(borrowed);
	g->dir = xasprintf("%s/%s", state, g->name);
	g->env = environment();
	if (r < 0)
		glass_close(g);
	errno = err;
	return r;
}

void
glass_close(struct glass *g)
{
	if (!g->dir)
		return;
	(void)remove_tree(g->statefd, g->name);
	free(g->name);
	free(g->dir);
	free(g->env);
	*g = (struct glass){ .statefd = -1 };
}

int
glass_run(const struct glass *g, struct proc *p, const char *const *args)
{
	size_t n = 0;
	char *where = xasprintf("--git-dir=%s", g->dir);
	int r, err;

	while (args[n])
		n++;
	const char **argv = xrealloc_array(NULL, n + 4, sizeof *argv);
	argv[0] = "git";
	argv[1] = "--no-pager";
	argv[2] = where;
	memcpy(argv + 3, args, (n + 1) * sizeof *args);
	p->argv = argv;
	p->env = g->env;
	p->dir = g->dir;
	r = proc_run(p);
	err = errno;
	p->argv = p->env = NULL;
	p->dir = NULL;
	free(argv);
	free(where);
	errno = err;
	return r;
}
