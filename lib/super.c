#include "super.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"

enum {
	SERVER_MS = 2000,       /* a server that was killed may hang up first and vanish then */
	TERM_MS = 3000,
	KILL_MS = 100, KILLS = 30,
	DRAIN_MS = 1000,
};

void
super_say(int dir, const char *state, const char *reason)
{
	struct run_status st = { .state = state, .reason = reason,
	    .source = "process", .since = clock_now() };

	/* Without it watchers know less, and nothing goes wrong. */
	(void)run_status_write(dir, &st);
}

/* --- setting up --- */

static int
take_signals(void)
{
	static const int taken[] = { SIGCHLD, SIGWINCH, SIGHUP, SIGTERM, SIGINT,
	    SIGQUIT, SIGCONT };
	static const int ignored[] = { SIGPIPE, SIGTTIN, SIGTTOU, SIGTSTP,
	    SIGXFSZ };
	sigset_t set;

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)signal(ignored[i], SIG_IGN);
	/* Ignored by whoever started us, it would lose the exit status. */
	(void)signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		sigaddset(&set, taken[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int
super_open(struct super *s, int dir, const struct proc_id *server)
{
	*s = (struct super){ .dir = dir, .server = -1 };
	tend_open(&s->tend, dir, &s->relay);
	s->signals = take_signals();
	if (s->signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
	    relay_open(&s->relay, dir) < 0)
		return -1;
	s->server = proc_watch(server);
	return 0;
}

void
super_close(struct super *s)
{
	relay_close(&s->relay);
	if (s->server >= 0)
		close(s->server);
	tend_close(&s->tend);
	close(s->signals);
}

static int
open_prompt(const struct super *s, const struct run_spec *spec)
{
	return spec->prompt_stdin ? fs_open_regular(s->dir,
	    spec->prompt_name ? spec->prompt_name : "prompt.md") : -1;
}

/* Said on a terminal that breaks lines again. */
static int
failed(struct super *s, const char *what, const char *name)
{
	int err = errno;

	relay_blind(&s->relay);
	errno = err;
	warn_errno("cannot %s '%s'", what, name);
	return -1;
}

/* Start argv as the agent. */
static int
start(struct super *s, const struct run_spec *spec, const char *const *argv, int in,
    int alive)
{
	struct pty_child child = {
		.argv = argv, .env = spec->env, .dir = spec->worktree,
		.in = in, .keep = alive, .keep_as = RUN_ALIVE_FD,
	};
	const char *what;
	struct proc_id id;

	s->ended = s->childless = false;
	s->agent = pty_start(&s->relay.pty, &child, &what);
	if (s->agent < 0)
		return failed(s, what, strcmp(what, "enter") == 0 ?
		    spec->worktree : argv[0]);
	if (proc_identify(s->agent, &id) < 0 || run_agent_write(s->dir, &id) < 0)
		warn_errno("cannot record who the agent is");
	return 0;
}

int
super_start(struct super *s, const struct run_spec *spec, int alive)
{
	int in = open_prompt(s, spec), r;

	if (spec->prompt_stdin && in < 0)
		return failed(s, "open", spec->prompt_name ? spec->prompt_name : "prompt.md");
	r = start(s, spec, spec->argv, in, alive);
	if (in >= 0)
		close(in);
	if (r == 0)
		tend_begin(&s->tend, spec, s->agent);
	return r;
}

int
super_setup(struct super *s, const struct run_spec *spec, int alive)
{
	for (size_t i = 0; spec->setup && spec->setup[i]; i++) {
		super_say(s->dir, "starting", "setup");
		if (start(s, spec, spec->setup[i], -1, alive) < 0) {
			s->wait_status = 127 << 8;
			return -1;
		}
		super_attend(s);
		if (s->cause || s->wait_status != 0)
			return -1;
	}
	return 0;
}

/* --- its end --- */

static void
next(struct super *s, enum super_step step, int ms)
{
	s->step = step;
	s->due = ms ? clock_boot_ms() + ms : 0;
}

/* All of it: what descends from us is the agent's, wherever it went. */
static void
end_tree(struct super *s, const char *cause)
{
	if (s->step >= SUPER_TERM)
		return;
	if (!s->ended)
		s->cause = cause;
	(void)proc_signal_descendants(SIGTERM);
	next(s, SUPER_TERM, TERM_MS);
}

static void
go_on_blind(struct super *s)
{
	agentstate_mute(&s->tend.state);
	super_say(s->dir, "terminal-lost", NULL);
	next(s, SUPER_CALM, 0);
	if (s->server >= 0)
		close(s->server);
	s->server = -1;
}

static void
lose_screen(struct super *s)
{
	relay_blind(&s->relay);
	if (s->ended || s->step != SUPER_CALM)
		return;
	if (s->server >= 0)
		next(s, SUPER_IS_SERVER_GONE, SERVER_MS);
	else
		go_on_blind(s);
}

static void
on_due(struct super *s)
{
	switch (s->step) {
	case SUPER_IS_SERVER_GONE:
		end_tree(s, "closed");
		break;
	case SUPER_TERM:
	case SUPER_KILL:
		(void)proc_signal_descendants(SIGKILL);
		/* Again, because it may have forked in between. */
		if (++s->kills < KILLS)
			next(s, SUPER_KILL, KILL_MS);
		else
			next(s, SUPER_GIVEN_UP, 0);
		break;
	case SUPER_CALM:
	case SUPER_GIVEN_UP:
		s->due = 0;
		break;
	}
}

static void
reap(struct super *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != s->agent)
			continue;
		s->ended = true;
		s->wait_status = status;
	}
	/* Orphans come to us: without a child there is no descendant. */
	s->childless = pid < 0 && errno == ECHILD;
}

/* --- the loop --- */

static void
on_signal(struct super *s, int sig)
{
	switch (sig) {
	case SIGCHLD:
		reap(s);
		break;
	case SIGCONT:
		pace_missed(&s->tend.pace);
		break;
	case SIGWINCH:
		screen_pass_size(&s->relay.screen, &s->relay.pty);
		break;
	case SIGHUP:
		if (s->relay.screen.fd >= 0 && !screen_is_there(&s->relay.screen))
			lose_screen(s);
		break;
	default:
		/* Somebody's word counts for more than a message. */
		s->for_mail = false;
		end_tree(s, "stopped");
		break;
	}
}

static void
read_signals(struct super *s)
{
	struct signalfd_siginfo si;

	while (read(s->signals, &si, sizeof si) == (ssize_t)sizeof si)
		on_signal(s, (int)si.ssi_signo);
}

/* For poll(2). */
static int
until(int64_t t)
{
	int64_t left = t - clock_boot_ms();

	return !t ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void
care(struct super *s)
{
	switch (tend_turn(&s->tend, s->step == SUPER_CALM)) {
	case TEND_NOTHING:
		break;
	case TEND_DONE:
		end_tree(s, "done");
		break;
	case TEND_MAIL:
		s->for_mail = true;
		end_tree(s, "stopped");
		break;
	}
}

static void
turn(struct super *s)
{
	enum { RELAY, SIGNALS = RELAY + 2, SERVER, NEWS, N };
	bool ask = s->step == SUPER_IS_SERVER_GONE;
	struct pollfd pfd[N];
	int64_t due = clock_earlier(relay_want(&s->relay, &pfd[RELAY]), s->due);

	due = clock_earlier(due, tend_due(&s->tend, s->step == SUPER_CALM));
	pfd[SIGNALS] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	pfd[SERVER] = (struct pollfd){ .fd = ask ? s->server : -1, .events = POLLIN };
	pfd[NEWS] = (struct pollfd){ .fd = s->tend.news, .events = POLLIN };
	if (poll(pfd, N, until(due)) < 0)
		return;
	if (!relay_move(&s->relay, &pfd[RELAY]))
		lose_screen(s);
	if (pfd[SIGNALS].revents)
		read_signals(s);
	if (pfd[SERVER].revents && s->step == SUPER_IS_SERVER_GONE)
		go_on_blind(s);
	if (pfd[NEWS].revents)
		tend_news(&s->tend);
	if (!s->ended)
		care(s);
	if (s->due && clock_boot_ms() >= s->due)
		on_due(s);
}

void
super_attend(struct super *s)
{
	while (!s->ended)
		turn(s);
	tend_over(&s->tend);
}

void
super_finish(struct super *s, bool keep)
{
	if (s->step == SUPER_IS_SERVER_GONE)
		next(s, SUPER_CALM, 0);
	if (!keep || s->cause) {
		if (!s->childless)
			end_tree(s, NULL);
		while (!s->childless && s->step != SUPER_GIVEN_UP)
			turn(s);
	}
	relay_drain(&s->relay, DRAIN_MS);
}

void
super_verdict(const struct super *s, struct exit_record *e)
{
	struct rusage u = { 0 };
	int status = s->wait_status;

	(void)getrusage(RUSAGE_CHILDREN, &u);
	e->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	e->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	/* It was ended because it was done: how is our doing. */
	if (s->cause && strcmp(s->cause, "done") == 0)
		e->code = e->signal = 0;
	snprintf(e->cause, sizeof e->cause, "%s", s->cause ? s->cause : "exit");
	e->utime_ms = u.ru_utime.tv_sec * 1000 + u.ru_utime.tv_usec / 1000;
	e->stime_ms = u.ru_stime.tv_sec * 1000 + u.ru_stime.tv_usec / 1000;
	e->maxrss_kb = u.ru_maxrss;
}
