#include "herd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "fault.h"
#include "fs.h"
#include "mem.h"

enum { ENVIRON_MAX = 4 << 20, ROUNDS = 100 };

static bool
has_ended(int fd)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) != 0;
}

struct look {                   /* what /proc says of a process */
	pid_t ppid, session;
	uint64_t start;
	char name[16];
};

/* The name may hold anything: what counts comes after the last ')'. */
static int
look_at(int dir, struct look *out)
{
	struct buf b = BUF_INIT;
	long ppid, session;
	int r = -1;

	if (fs_read(dir, "stat", 65536, &b) == 0) {
		const char *open = strchr(b.s, '('), *s = strrchr(b.s, ')');

		if (open && s && sscanf(s + 1, " %*c %ld %*s %ld %*s %*s %*s %*s"
		    " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
		    &ppid, &session, &out->start) == 3) {
			out->ppid = (pid_t)ppid;
			out->session = (pid_t)session;
			snprintf(out->name, sizeof out->name, "%.*s",
			    (int)(s - open - 1), open + 1);
			r = 0;
		}
	}
	buf_release(&b);
	return r;
}

static bool
carries(int dir, const char *const *cookie)
{
	struct buf b = BUF_INIT;
	bool all = cookie && *cookie && fs_read(dir, "environ", ENVIRON_MAX, &b) == 0;

	for (; all && *cookie; cookie++) {
		const char *s = b.s;

		while (s < b.s + b.len && strcmp(s, *cookie) != 0)
			s += strlen(s) + 1;
		all = s < b.s + b.len;
	}
	buf_release(&b);
	return all;
}

/* Is this descriptor one by which the lock is held?  Whoever only asks for a
 * lock has the file open as well; fdinfo tells (proc(5), "lock:"). */
static bool
holds_by(int dir, const char *fd)
{
	char *name = xasprintf("fdinfo/%s", fd);
	struct buf b = BUF_INIT;
	bool yes = fs_read(dir, name, 65536, &b) == 0 && strstr(b.s, "OFDLCK");

	buf_release(&b);
	free(name);
	return yes;
}

static bool
holds(int dir, int lock)
{
	int fds = lock < 0 ? -1 : fs_open_dir(dir, "fd");
	DIR *d = fds < 0 ? NULL : fdopendir(fds);
	const struct dirent *e;
	struct stat want, st;
	bool found = false;

	if (d && fstat(lock, &want) == 0)
		while (!found && (e = readdir(d)))
			found = fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
			    st.st_dev == want.st_dev && st.st_ino == want.st_ino &&
			    holds_by(dir, e->d_name);
	if (d)
		closedir(d);
	else if (fds >= 0)
		close(fds);
	return found;
}

static bool
is(const struct proc_id *id, pid_t pid, const struct look *l)
{
	return id->pid == pid && id->start == l->start;
}

/* Seen to live after its child named it, it is the parent. */
static bool
has_child(const struct herd *h, const struct look *l)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].pid == l->ppid)
			return !has_ended(h->v[i].fd);
	return false;
}

/* Why it belongs to the herd; NULL if it does not. */
static const char *
belongs(const struct herd *h, const struct herd_mark *m, pid_t pid, int dir,
    const struct look *l)
{
	for (size_t i = 0; i < m->n_spare; i++)
		if (is(&m->spare[i], pid, l))
			return NULL;
	if (is(&m->chief, pid, l) && holds(dir, m->lock))
		return "supervisor";
	/* The agent has a session of its own for as long as it lives. */
	if (is(&m->leader, pid, l) && l->session == pid)
		return "agent";
	if (has_child(h, l))
		return "child";
	if (carries(dir, m->cookie))
		return "environment";
	return holds(dir, m->lock) ? "lock" : NULL;
}

/* Take it in if it belongs to us; the order of things here is what keeps
 * strangers out, see herd.h. */
static bool
consider(struct herd *h, const struct herd_mark *m, pid_t pid)
{
	struct herd_member new = { .pid = pid, .fd = pidfd_open(pid, 0) };
	char path[32];
	struct look l;
	int dir;

	if (new.fd < 0)
		return false;
	snprintf(path, sizeof path, "/proc/%ld", (long)pid);
	dir = fs_open_dir(AT_FDCWD, path);
	if (dir >= 0 && look_at(dir, &l) == 0)
		new.why = belongs(h, m, pid, dir, &l);
	if (dir >= 0)
		close(dir);
	if (!new.why || has_ended(new.fd)) {
		close(new.fd);
		return false;
	}
	memcpy(new.name, l.name, sizeof new.name);
	GROW(h->v, h->n, h->cap);
	h->v[h->n++] = new;
	return true;
}

static bool
has(const struct herd *h, pid_t pid)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].pid == pid)
			return true;
	return false;
}

static size_t
look_around(struct herd *h, const struct herd_mark *m)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	size_t new = 0;

	while (d && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && !has(h, pid))
			new += consider(h, m, pid);
	}
	if (d)
		closedir(d);
	return new;
}

size_t
herd_living(struct herd *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++)
		if (has_ended(h->v[i].fd))
			close(h->v[i].fd);
		else
			h->v[kept++] = h->v[i];
	return h->n = kept;
}

size_t
herd_gather(struct herd *h, const struct herd_mark *m)
{
	struct rlimit files;
	size_t all = 0, new;

	/* A descriptor for each; a build may run hundreds. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)herd_living(h);
	for (int i = 0; i < ROUNDS && (new = look_around(h, m)) > 0; i++)
		all += new;
	return all;
}

static bool
is_chief(const struct herd_member *p)
{
	return strcmp(p->why, "supervisor") == 0;
}

size_t
herd_signal(const struct herd *h, int sig, bool with_chief)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		if (with_chief || !is_chief(&h->v[i]))
			n += (fault_is("no-pidfd") ? kill(h->v[i].pid, sig) :
			    pidfd_send_signal(h->v[i].fd, sig, NULL, 0)) == 0;
	return n;
}

void
herd_end(struct herd *h, const struct herd_mark *m)
{
	for (int i = 0; i < ROUNDS; i++) {
		herd_signal(h, SIGSTOP, false);
		if (herd_gather(h, m) == 0)
			break;
	}
	herd_signal(h, SIGKILL, false);
}

const struct herd_member *
herd_chief(const struct herd *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (is_chief(&h->v[i]))
			return &h->v[i];
	return NULL;
}

void
herd_release(struct herd *h)
{
	for (size_t i = 0; i < h->n; i++)
		close(h->v[i].fd);
	free(h->v);
	*h = (struct herd){ .v = NULL };
}
