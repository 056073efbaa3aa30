#include "procid.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "fs.h"
#include "mem.h"

struct stat_line {
	char state;
	pid_t ppid, group;
	uint64_t start;
	uint64_t cpu, children_cpu; /* clock ticks; of children that were waited for */
};

/* The command name may hold spaces and parentheses: what counts comes after
 * the last ')'. */
static int
read_stat(pid_t pid, struct stat_line *out)
{
	char path[40];
	struct buf b = BUF_INIT;
	long ppid, group;
	uint64_t cpu[4];
	int r = -1;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	if (fs_read(AT_FDCWD, path, 65536, &b) == 0) {
		const char *s = strrchr(b.s, ')');

		if (s && sscanf(s + 1, " %c %ld %ld %*s %*s %*s %*s %*s %*s %*s %*s"
		    " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		    " %*s %*s %*s %*s %" SCNu64, &out->state, &ppid, &group,
		    &cpu[0], &cpu[1], &cpu[2], &cpu[3], &out->start) == 8) {
			out->ppid = (pid_t)ppid;
			out->group = (pid_t)group;
			out->cpu = cpu[0] + cpu[1];
			out->children_cpu = cpu[2] + cpu[3];
			r = 0;
		}
	}
	buf_release(&b);
	return r;
}

int
proc_identify(pid_t pid, struct proc_id *id)
{
	struct stat_line st;

	if (pid <= 0 || read_stat(pid, &st) < 0)
		return -1;
	*id = (struct proc_id){ pid, st.start };
	return 0;
}

bool
proc_lives(const struct proc_id *id)
{
	struct stat_line st;

	return id->pid > 0 && read_stat(id->pid, &st) == 0 &&
	    st.start == id->start && st.state != 'Z' && st.state != 'X';
}

int
proc_watch(const struct proc_id *id)
{
	int fd = pidfd_open(id->pid, 0);

	/* Looked at with the descriptor held: from here on it can be nobody
	 * else's. */
	if (fd < 0 || proc_lives(id))
		return fd;
	close(fd);
	errno = ESRCH;
	return -1;
}

int
proc_signal(const struct proc_id *id, int sig)
{
	int fd = proc_watch(id), r;

	if (fd < 0)
		return -1;
	r = pidfd_send_signal(fd, sig, NULL, 0);
	int err = errno;
	close(fd);
	errno = err;
	return r;
}

struct family {
	struct relative { pid_t pid; struct stat_line st; bool ours; } *v;
	size_t n, cap;
};

static void
read_family(struct family *f)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		struct stat_line st;

		if (pid <= 0 || read_stat(pid, &st) < 0)
			continue;
		GROW(f->v, f->n, f->cap);
		f->v[f->n++] = (struct relative){ pid, st, false };
	}
	if (d)
		closedir(d);
}

static int
by_pid(const void *a, const void *b)
{
	const struct relative *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Children of a parent that is ours are ours, until nothing changes. */
static void
mark_descendants(struct family *f, pid_t root)
{
	bool changed = f->n > 0;

	if (changed)
		qsort(f->v, f->n, sizeof *f->v, by_pid);
	while (changed) {
		changed = false;
		for (size_t i = 0; i < f->n; i++) {
			struct relative want = { .pid = f->v[i].st.ppid };
			const struct relative *parent = f->v[i].ours ? NULL :
			    bsearch(&want, f->v, f->n, sizeof *f->v, by_pid);

			if (parent && (parent->pid == root || parent->ours))
				f->v[i].ours = changed = true;
		}
	}
}

int
proc_signal_descendants(int sig)
{
	struct family f = { 0 };
	int n = 0;

	read_family(&f);
	mark_descendants(&f, getpid());
	for (size_t i = 0; i < f.n; i++) {
		struct proc_id id = { f.v[i].pid, f.v[i].st.start };

		if (f.v[i].ours && f.v[i].st.state != 'Z' && proc_signal(&id, sig) == 0)
			n++;
	}
	free(f.v);
	return n;
}

int64_t
proc_descendants_cpu_ms(pid_t group)
{
	int64_t hz = sysconf(_SC_CLK_TCK);
	struct family f = { 0 };
	uint64_t ticks = 0;

	read_family(&f);
	mark_descendants(&f, getpid());
	for (size_t i = 0; i < f.n; i++) {
		const struct stat_line *st = &f.v[i].st;

		if (f.v[i].ours)
			ticks += st->children_cpu + (st->group == group ? 0 : st->cpu);
	}
	free(f.v);
	return (int64_t)ticks * 1000 / (hz > 0 ? hz : 100);
}

static bool
has_string(const char *block, size_t n, const char *want)
{
	for (const char *s = block; s < block + n; s += strlen(s) + 1)
		if (strcmp(s, want) == 0)
			return true;
	return false;
}

static bool
has_all(const struct buf *b, const char *const *want)
{
	for (; *want; want++)
		if (!has_string(b->s, b->len, *want))
			return false;
	return true;
}

bool
proc_env_carried(const char *const *assignment)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d))) {
		struct buf b = BUF_INIT;
		char path[64];
		int fd;

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/environ", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (fs_read_fd(fd, 4 << 20, &b) == 0)
			found = has_all(&b, assignment);
		close(fd);
		buf_release(&b);
	}
	if (d)
		closedir(d);
	return found;
}

static bool
has_open(const char *pid, const struct stat *file)
{
	char *path = xasprintf("/proc/%s/fd", pid);
	DIR *d = opendir(path);
	const struct dirent *e;
	struct stat st;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
		    st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	if (d)
		closedir(d);
	free(path);
	return found;
}

pid_t
proc_holding(int fd)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	struct stat file;
	pid_t found = 0;

	if (fstat(fd, &file) < 0)
		file = (struct stat){ .st_ino = 0 };
	while (d && !found && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && has_open(e->d_name, &file))
			found = pid;
	}
	if (d)
		closedir(d);
	return found;
}

uint64_t
proc_pidns(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino : 0;
}
