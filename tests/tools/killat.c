/*
 * killat N COMMAND… - kill a whole process tree at its Nth system call.
 *
 * Traces COMMAND and all that it starts, daemons too, and counts the system
 * calls that any of them enters.  Before the Nth is carried out, every one of
 * them gets SIGKILL, as in a power cut that spares the files.  What still lives
 * when COMMAND has ended dies too.
 *
 * N 0 only counts.  The number of calls seen goes to the file named by
 * KILLAT_COUNT, if that is set.  Exit status: that of COMMAND; 137 if it was
 * killed at N; 125 for a fault of killat.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TASK = 4096, OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	PTRACE_O_EXITKILL };

static pid_t task[MAX_TASK];
static size_t n_task;

static void
fail(const char *what)
{
	fprintf(stderr, "killat: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void
remember(pid_t pid)
{
	for (size_t i = 0; i < n_task; i++) {
		if (task[i] == pid)
			return;
	}
	if (n_task == MAX_TASK) {
		errno = ENOMEM;
		fail("too many processes");
	}
	task[n_task++] = pid;
}

static void
forget(pid_t pid)
{
	for (size_t i = 0; i < n_task; i++) {
		if (task[i] == pid) {
			task[i] = task[--n_task];
			return;
		}
	}
}

static pid_t
start(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		fprintf(stderr, "killat: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid)
		fail("waitpid");
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(long)OPTIONS) < 0)
		fail("ptrace");
	remember(pid);
	kill(pid, SIGCONT);
	return pid;
}

/* Let a stopped task run on to its next stop. */
static void
go_on(pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	bool ours = event != 0 || sig == (SIGTRAP | 0x80);

	/* A task stopped by job control stays so until SIGCONT. */
	if (event == PTRACE_EVENT_STOP && (sig == SIGSTOP || sig == SIGTSTP ||
	    sig == SIGTTIN || sig == SIGTTOU))
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
	else
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)(ours ? 0 : sig));
}

static bool
enters_call(pid_t pid, int status)
{
	struct __ptrace_syscall_info info;

	return WSTOPSIG(status) == (SIGTRAP | 0x80) &&
	    ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0 &&
	    info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* A child that was being made when the others died still reports itself. */
static void
kill_all(void)
{
	pid_t pid;
	int status;

	for (size_t i = 0; i < n_task; i++)
		kill(task[i], SIGKILL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status))
			kill(pid, SIGKILL);
	}
}

static int
trace(pid_t command, long limit, long *count)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			forget(pid);
			if (pid == command)
				return WIFEXITED(status) ? WEXITSTATUS(status) :
				    128 + WTERMSIG(status);
			continue;
		}
		remember(pid);
		if (enters_call(pid, status) && ++*count == limit)
			return 137;
		go_on(pid, status);
	}
	fail("waitpid");
	return 125;
}

static void
tell(long count)
{
	const char *name = getenv("KILLAT_COUNT");
	FILE *f;

	if (name == NULL)
		return;
	f = fopen(name, "we");
	if (f == NULL || fprintf(f, "%ld\n", count) < 0 || fclose(f) != 0)
		fail(name);
}

int
main(int argc, char **argv)
{
	long count = 0, limit;
	char *end;
	int status;

	if (argc < 3 || (limit = strtol(argv[1], &end, 10)) < 0 || *end != '\0') {
		fprintf(stderr, "usage: killat N COMMAND [ARGUMENT ...]\n");
		return 125;
	}
	status = trace(start(argv + 2), limit, &count);
	kill_all();
	tell(count);
	return status;
}
