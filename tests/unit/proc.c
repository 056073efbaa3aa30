#include "proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "mem.h"

/* 0, or errno. */
static int
run_in(struct proc *p, const char *const *argv)
{
	p->argv = argv;
	return proc_run(p) == 0 ? 0 : errno;
}

#define RUN(p, ...) run_in(p, (const char *const []){ __VA_ARGS__, NULL })

static void
check_ends(void)
{
	struct proc p = { .in = NULL };

	CHECK(RUN(&p, "sh", "-c", "echo out; echo err >&2; exit 7") == 0);
	CHECK(p.code == 7 && p.signal == 0);
	CHECK_STR(p.out.s, "out\n");
	CHECK_STR(proc_complaint(&p), "err");
	proc_release(&p);
	CHECK(RUN(&p, "sh", "-c", "kill -9 $$") == 0);
	CHECK(p.code == -1 && p.signal == SIGKILL);
	CHECK_STR(proc_complaint(&p), "no output");
	proc_release(&p);
	CHECK(RUN(&p, "no-such-program") == ENOENT);
	proc_release(&p);
	p.dir = "/no-such-directory";
	CHECK(RUN(&p, "true") == ENOENT);
	proc_release(&p);
}

static void
check_input(void)
{
	char *data = xrealloc_array(NULL, 1 << 20, 1);

	for (size_t i = 0; i < 1 << 20; i++)
		data[i] = (char)(i * 7 + (i >> 8));
	struct proc p = { .in = data, .in_len = 1 << 20 };
	CHECK(RUN(&p, "cat") == 0);
	CHECK(p.out.len == 1 << 20 && memcmp(p.out.s, data, 1 << 20) == 0);
	proc_release(&p);
	CHECK(RUN(&p, "true") == 0 && p.code == 0);
	proc_release(&p);
	p = (struct proc){ .in = NULL };
	CHECK(RUN(&p, "readlink", "/proc/self/fd/0") == 0);
	CHECK_STR(p.out.s, "/dev/null\n");
	proc_release(&p);
	free(data);
}

static void
check_bounds(void)
{
	struct proc p = { .timeout_ms = 200 };
	int64_t start = clock_boot_ms();

	CHECK(RUN(&p, "sleep", "100") == ETIMEDOUT);
	CHECK(p.signal == SIGTERM && clock_boot_ms() - start < 5000);
	proc_release(&p);
	CHECK(RUN(&p, "sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done") == ETIMEDOUT);
	CHECK(p.signal == SIGKILL);
	CHECK_STR(p.out.s, "up\n");
	proc_release(&p);
	p = (struct proc){ .max_out = 100000 };
	CHECK(RUN(&p, "yes") == EFBIG);
	proc_release(&p);
	/* A child's end counts, not that of what it left behind. */
	p = (struct proc){ .timeout_ms = 20000 };
	start = clock_boot_ms();
	CHECK(RUN(&p, "sh", "-c", "sleep 3 & echo hello") == 0);
	CHECK(clock_boot_ms() - start < 2500);
	CHECK_STR(p.out.s, "hello\n");
	proc_release(&p);
}

static void
check_environment(void)
{
	static const char *const mine[] = { "A=b", NULL };
	struct proc p = { .in = NULL };

	setenv("GIT_DIR", "/elsewhere", 1);
	setenv("TMUX", "x", 1);
	setenv("TMUX_PANE", "%1", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("TMUXINATOR", "stays", 1);
	CHECK(RUN(&p, "sh", "-c", "env | grep -E '^(GIT_|TMUX|LC_ALL)' | sort") == 0);
	CHECK_STR(p.out.s, "GIT_OPTIONAL_LOCKS=0\nGIT_TERMINAL_PROMPT=0\n"
	    "LC_ALL=C\nTMUXINATOR=stays\n");
	proc_release(&p);
	p.env = mine;
	CHECK(RUN(&p, "env") == 0);
	CHECK_STR(p.out.s, "A=b\n");
	proc_release(&p);
}

static void
check_descriptors(void)
{
	struct proc p = { .in = NULL };
	int leak = dup(1);

	CHECK(leak >= 3);
	CHECK(RUN(&p, "sh", "-c", "ls /proc/$$/fd") == 0);
	CHECK_STR(p.out.s, "0\n1\n2\n");
	proc_release(&p);
	close(leak);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	CHECK(RUN(&p, "sh", "-c", "grep ^SigIgn /proc/$$/status; exit 3") == 0);
	CHECK(p.code == 3);
	CHECK(strncmp(p.out.s, "SigIgn:\t", 8) == 0);
	/* glibc itself ignores two signals of its own there. */
	CHECK((strtoull(p.out.s + 8, NULL, 16) & 0x7fffffff) == 0);
	proc_release(&p);
}

static void
check_identity(void)
{
	struct proc_id me, other;

	CHECK(proc_identify(getpid(), &me) == 0 && me.pid == getpid());
	CHECK(me.start > 0 && proc_lives(&me));
	other = me;
	other.start++;
	CHECK(!proc_lives(&other));
	CHECK(proc_signal(&other, 0) < 0 && errno == ESRCH);
	CHECK(proc_signal(&me, 0) == 0);
	CHECK(proc_watch(&other) < 0);
	CHECK(proc_identify(-1, &other) < 0 && proc_identify(0, &other) < 0);
	CHECK(proc_pidns() > 0);
}

/* A name like ") R 1 (" must not be taken for fields. */
static void
check_hostile_name(void)
{
	struct proc_id before, after;

	CHECK(proc_identify(getpid(), &before) == 0);
	prctl(PR_SET_NAME, "x) R 1 1 1 (y");
	CHECK(proc_identify(getpid(), &after) == 0);
	CHECK(before.start == after.start);
}

/* Runs until it is signalled; fork, because the point is who descends from
 * whom. */
static pid_t
sleeper(int generations)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (generations > 1)
			(void)sleeper(generations - 1);
		setsid();
		for (;;)
			pause();
	}
	return pid;
}

static void
check_descendants(void)
{
	struct proc_id id = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = sleeper(3);
	/* Until all three are there. */
	for (int i = 0; i < 500 && proc_signal_descendants(0) < 3; i++)
		clock_sleep_ms(10);
	CHECK(proc_identify(pid, &id) == 0 && proc_lives(&id));
	pfd.fd = proc_watch(&id);
	CHECK(pfd.fd >= 0 && poll(&pfd, 1, 0) == 0);
	CHECK(proc_signal_descendants(SIGKILL) == 3);
	CHECK(poll(&pfd, 1, 5000) == 1);
	close(pfd.fd);
	CHECK(!proc_lives(&id));        /* a zombie */
	CHECK(proc_watch(&id) < 0);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	CHECK(errno == ECHILD);
	CHECK(proc_signal_descendants(0) == 0);
}

int
main(void)
{
	check_ends();
	check_input();
	check_bounds();
	check_environment();
	check_descriptors();
	check_identity();
	check_hostile_name();
	check_descendants();
	return failed;
}
