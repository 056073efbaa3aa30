#include "beneath.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct look {
	const char *const *dir;
	size_t n;
	pid_t *who;
};

static void
see(const struct look *l, int at, const char *link, pid_t pid)
{
	char path[4352];
	ssize_t len = readlinkat(at, link, path, sizeof path - 1);

	if (len <= 0 || *path != '/')
		return;
	path[len] = '\0';
	for (size_t i = 0; i < l->n; i++) {
		size_t k = strlen(l->dir[i]);

		if (strncmp(path, l->dir[i], k) == 0 && (!path[k] || path[k] == '/' ||
		    strcmp(path + k, " (deleted)") == 0))
			l->who[i] = pid;
	}
}

static void
look_into(const struct look *l, const char *pid)
{
	char path[64];
	DIR *d;
	const struct dirent *e;
	pid_t id = (pid_t)strtol(pid, NULL, 10);

	snprintf(path, sizeof path, "/proc/%.20s", pid);
	d = opendir(path);
	if (!d)
		return;
	see(l, dirfd(d), "cwd", id);
	see(l, dirfd(d), "root", id);
	see(l, dirfd(d), "exe", id);
	closedir(d);
	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			see(l, dirfd(d), e->d_name, id);
	if (d)
		closedir(d);
}

void
beneath(const char *const *dir, size_t n, pid_t *who)
{
	const struct look l = { dir, n, who };
	DIR *d = opendir("/proc");
	const struct dirent *e;
	char self[4352];
	bool sees = d && readlink("/proc/self/cwd", self, sizeof self) > 0;

	for (size_t i = 0; i < n; i++)
		who[i] = sees ? BENEATH_NOBODY : BENEATH_UNKNOWN;
	while (sees && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
		    strtol(e->d_name, NULL, 10) != getpid())
			look_into(&l, e->d_name);
	if (d)
		closedir(d);
}
