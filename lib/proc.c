#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "mem.h"

extern char **environ;

enum { TIMEOUT_MS = 60000, GRACE_MS = 1000, MAX_OUT = 64 << 20 };

static bool
is_dropped(const char *var)
{
	return strncmp(var, "GIT_", 4) == 0 || strncmp(var, "TMUX=", 5) == 0 ||
	    strncmp(var, "TMUX_", 5) == 0;
}

/* environ without what is dropped, and room for some more. */
static const char **
scrub(size_t more, size_t *n)
{
	size_t all = 0;

	while (environ && environ[all])
		all++;
	const char **env = xrealloc_array(NULL, all + more + 1, sizeof *env);
	*n = 0;
	for (size_t i = 0; i < all; i++)
		if (!is_dropped(environ[i]))
			env[(*n)++] = environ[i];
	env[*n] = NULL;
	return env;
}

const char **
proc_scrubbed_env(void)
{
	size_t n;

	return scrub(0, &n);
}

static const char **
child_env(void)
{
	size_t n, kept = 0;
	const char **env = scrub(3, &n);

	for (size_t i = 0; i < n; i++)
		if (strncmp(env[i], "LC_ALL=", 7) != 0)
			env[kept++] = env[i];
	env[kept++] = "LC_ALL=C";
	env[kept++] = "GIT_OPTIONAL_LOCKS=0";
	env[kept++] = "GIT_TERMINAL_PROMPT=0";
	env[kept] = NULL;
	return env;
}

/* A file rather than a pipe: it can neither fill up nor raise SIGPIPE. */
static int
open_input(const struct proc *p)
{
	int fd;

	if (!p->in)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("stdin", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fs_write_all(fd, p->in, p->in_len) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Our handling of signals is no business of the child's. */
static void
set_signals(posix_spawnattr_t *attr, bool own_group)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, (own_group ? POSIX_SPAWN_SETPGROUP : 0) |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* 0 or an errno value. */
static int
spawn(const struct proc *p, const int fd[3], pid_t *pid)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	const char **env = p->env ? NULL : child_env();
	int err = 0;

	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	set_signals(&attr, !p->show);
	for (int i = 0; i < 3 && !err; i++)
		err = posix_spawn_file_actions_adddup2(&fa, fd[i], i);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(&fa, 3);
	if (!err && p->dir)
		err = posix_spawn_file_actions_addchdir_np(&fa, p->dir);
	if (!err)
		err = posix_spawnp(pid, p->argv[0], &fa, &attr,
		    (char *const *)p->argv,
		    (char *const *)(env ? env : p->env));
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	free(env);
	return err;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A child that cannot be watched is not left running. */
static int
watch_child(struct proc *p)
{
	p->child.pidfd = pidfd_open(p->child.pid, 0);
	if (p->child.pidfd >= 0)
		return 0;
	int err = errno;
	kill(-p->child.pid, SIGKILL);
	waitpid(p->child.pid, NULL, 0);
	return err;
}

int
proc_start(struct proc *p)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, in, e;

	p->out = p->err = (struct buf)BUF_INIT;
	p->code = -1;
	p->signal = 0;
	p->child.end = clock_boot_ms() + (p->timeout_ms ? p->timeout_ms : TIMEOUT_MS);
	/* Ignored by whoever started us, it would lose the exit status. */
	signal(SIGCHLD, SIG_DFL);
	in = open_input(p);
	if (in >= 0 && p->show)
		e = spawn(p, (int[]){ in, 2, 2 }, &p->child.pid);
	else if (in < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(err[0], F_SETFL, O_NONBLOCK) < 0)
		e = errno;
	else
		e = spawn(p, (int[]){ in, out[1], err[1] }, &p->child.pid);
	if (!e)
		e = watch_child(p);
	close_fd(&in);
	close_fd(&out[1]);
	close_fd(&err[1]);
	p->child.out = out[0];
	p->child.err = err[0];
	if (!e)
		return 0;
	close_fd(&p->child.out);
	close_fd(&p->child.err);
	errno = e;
	return -1;
}

/* All that is there now. */
static int
drain(int *fd, struct buf *b, size_t max)
{
	while (*fd >= 0) {
		ssize_t n = read(*fd, buf_room(b, 16384), 16384);

		if (n > 0)
			buf_setlen(b, b->len + (size_t)n);
		else if (n == 0)
			close_fd(fd);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			return -1;
		if (b->len > max) {
			errno = EFBIG;
			return -1;
		}
	}
	return 0;
}

/* The end is the child's, not that of its pipes: a daemon that it left behind
 * may hold them for ever. */
static int
attend(struct proc *p)
{
	size_t max = p->max_out ? p->max_out : (size_t)MAX_OUT;
	bool ended = false;

	while (!ended) {
		struct pollfd pfd[] = {
			{ .fd = p->child.out, .events = POLLIN },
			{ .fd = p->child.err, .events = POLLIN },
			{ .fd = p->child.pidfd, .events = POLLIN },
		};
		int64_t left = p->child.end - clock_boot_ms();

		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(pfd, 3, (int)left) < 0 && errno != EINTR)
			return -1;
		/* Asked before the pipes are emptied for the last time. */
		ended = poll(&pfd[2], 1, 0) > 0;
		if (drain(&p->child.out, &p->out, max) < 0 ||
		    drain(&p->child.err, &p->err, max) < 0)
			return -1;
	}
	return 0;
}

/* TERM first: git then removes its lock files. */
static void
stop(const struct proc *p)
{
	pid_t who = p->show ? p->child.pid : -p->child.pid;
	struct pollfd pfd = { .fd = p->child.pidfd, .events = POLLIN };

	kill(who, SIGTERM);
	(void)poll(&pfd, 1, GRACE_MS);
	kill(who, SIGKILL);
}

int
proc_wait(struct proc *p)
{
	int status = 0, r, err;

	r = attend(p);
	err = errno;
	if (r < 0)
		stop(p);
	while (waitpid(p->child.pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status))
		p->code = WEXITSTATUS(status);
	else if (WIFSIGNALED(status))
		p->signal = WTERMSIG(status);
	close_fd(&p->child.pidfd);
	close_fd(&p->child.out);
	close_fd(&p->child.err);
	errno = err;
	return r;
}

int
proc_run(struct proc *p)
{
	return proc_start(p) < 0 ? -1 : proc_wait(p);
}

void
proc_release(struct proc *p)
{
	buf_release(&p->out);
	buf_release(&p->err);
}

const char *
proc_complaint(struct proc *p)
{
	struct buf *b = p->err.len ? &p->err : &p->out;
	size_t skip = strspn(b->s, "\n");

	if (!b->s[skip])
		return "no output";
	b->s[skip + strcspn(b->s + skip, "\n")] = '\0';
	return b->s + skip;
}
