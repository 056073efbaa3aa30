/*
 * jared-run - be the process of a worker's pane: run one attempt's agent
 *
 *   1  the fence, without a lock: the attempt must be its task's newest and
 *      only claimed; wait for the task's alive lock
 *   2  lock journal; the fence again; append running; unlock
 *   3  run the commands that set the worktree up, start the agent; both inherit
 *      alive; attend to it; when it has ended write the exit record and end
 *      what it left
 *   4  lock journal; if a message waits that a headless agent can be run again
 *      for, append resumed, unlock, and once more from 3; else append exited
 *
 * Whoever comes late, or second, ends at 1 or 2 with nothing started.  A crash
 * before 2 leaves a claim that settle releases; after 2, an attempt that is
 * settled once alive is free: as exited if the exit record is whole, else as
 * interrupted.  alive is held until this process and the agent are gone,
 * however they end, so nobody else works on the task before that.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "exits.h"
#include "fault.h"
#include "fs.h"
#include "inbox.h"
#include "journal.h"
#include "num.h"
#include "resume.h"
#include "run.h"
#include "runspec.h"
#include "setup.h"
#include "super.h"

enum { SLICE_MS = 500, NOT_STARTED = 127 };

static const char usage_text[] =
    "usage: jared-run STATE ID N\n"
    "Run attempt N of task ID in this terminal; jared-dispatch starts it so.\n"
    "\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

static struct {
	const char *id, *name;      /* "t1", "t1.2" */
	int64_t n;
	int statefd, dir;           /* the run directory */
	int alive;
	struct journal journal;
	struct run_spec spec;
	struct arena arena;
} run;

/* Is the attempt still ours to start?  Says so if not. */
static bool
passes_fence(void)
{
	const struct ledger *t = journal_task(&run.journal, run.id);

	if (fault_is("no-fence"))
		return true;
	if (!t || !t->newest)
		warn("%s: was never claimed", run.name);
	else if (t->newest->n != run.n)
		warn("%s: the task's newest attempt is %lld", run.name,
		    (long long)t->newest->n);
	else if (t->newest->state != AT_CLAIMED)
		warn("%s: %s already", run.name,
		    t->newest->state == AT_RUNNING ? "runs" : "is over");
	else
		return true;
	return false;
}

static void
forget_spec(void)
{
	if (unlinkat(run.dir, "spec", 0) < 0)
		warn_errno("%s: cannot remove the spec", run.name);
}

static int
append(enum event e, const struct journal_kv *kv, size_t n_kv)
{
	if (journal_append(&run.journal, run.id, run.n, e, kv, n_kv) == 0)
		return 0;
	warn_errno("%s: cannot write '%s' into the journal", run.name, event_name(e));
	return -1;
}

/* Somebody of this task lives, and start_timeout is over: the claim goes back. */
static int
release(void)
{
	const struct journal_kv why = { "reason", "alive-held" };

	warn("%s: somebody still works on this task", run.name);
	if (journal_lock(&run.journal) == EXIT_OK && passes_fence() &&
	    append(EV_RELEASED, &why, 1) == 0)
		forget_spec();
	journal_unlock(&run.journal);
	return EXIT_RETRY;
}

/* Step 1; EXIT_OK with alive taken. */
static int
wait_alive(int base)
{
	const char *name = run_alive_name(&run.arena, run.id);
	int64_t end = clock_boot_ms() + run.spec.start_timeout * 1000;

	for (;;) {
		int64_t left = end - clock_boot_ms();

		run.alive = lock_take(base, name, left < 0 ? 0 :
		    left < SLICE_MS ? (int)left : SLICE_MS);
		if (run.alive >= 0)
			return EXIT_OK;
		if (errno != EAGAIN) {
			warn_errno("cannot lock '%s'", name);
			return EXIT_FAIL;
		}
		if (left <= 0)
			return release();
		if (journal_refresh(&run.journal) >= 0 && !passes_fence())
			return EXIT_RETRY;
	}
}

static const char *
number(int64_t n)
{
	return arena_printf(&run.arena, "%lld", (long long)n);
}

/* Step 2. */
static int
begin(const struct proc_id *server)
{
	struct proc_id me = { 0 };
	int status;

	(void)proc_identify(getpid(), &me);
	const struct journal_kv kv[] = {
		{ "pid", number(me.pid) },
		{ "start", number((int64_t)me.start) },
		{ "server", server->pid <= 0 ? NULL : arena_printf(&run.arena,
		    "%ld:%llu", (long)server->pid, (unsigned long long)server->start) },
		{ "pane", getenv("TMUX_PANE") },
		{ "bootid", clock_boot_uuid() },
		{ "pidns", number((int64_t)proc_pidns()) },
	};

	status = journal_lock(&run.journal);
	if (status != EXIT_OK)
		return status;
	if (!passes_fence())
		status = EXIT_RETRY;
	else if (append(EV_RUNNING, kv, sizeof kv / sizeof *kv) < 0)
		status = EXIT_FAIL;
	journal_unlock(&run.journal);
	return status;
}

/* A run that failed for a message ends it: the next would only fail, too. */
static bool
may_go_on(const struct super *s, const struct exit_record *e)
{
	if (!run.spec.resume || strcmp(run.spec.mode ? run.spec.mode : "", "headless") != 0)
		return false;
	return s->for_mail || (strcmp(e->cause, "exit") == 0 &&
	    (e->run == 1 || (e->code == 0 && !e->signal)));
}

/* Step 4: no message comes in between the look and the word that it is over. */
static bool
goes_on(const struct super *s, const struct exit_record *e, struct message *m,
    struct run_spec *next)
{
	bool locked = journal_lock(&run.journal) == EXIT_OK;
	bool on = locked && may_go_on(s, e) && resume_take(&run.journal, run.id, run.n,
	    run.dir, &run.spec, e->run + 1, m, next, &run.arena);

	bool told = on || (locked &&
	    exits_append(&run.journal, run.id, run.n, e, false) == 0);

	if (!told && locked)
		warn_errno("%s: cannot write 'exited' into the journal", run.name);
	if (!told)
		warn("%s: the exit record is kept, to be settled later", run.name);
	journal_unlock(&run.journal);
	return on;
}

/* What prepares the worktree: its failure is not the agent's. */
static bool
set_up(struct super *s, struct exit_record *e)
{
	if (super_setup(s, &run.spec, run.alive) == 0) {
		setup_note(run.spec.setup_dir, run.spec.setup_hash);
		return true;
	}
	super_verdict(s, e);
	if (!s->cause)
		snprintf(e->cause, sizeof e->cause, "setup");
	return false;
}

/* Step 3. */
static void
work(struct super *s, const struct run_spec *spec, struct message *m,
    struct exit_record *e)
{
	bool set = spec->setup ? set_up(s, e) : true;
	bool started = set && super_start(s, spec, run.alive) == 0;

	if (m && inbox_set(run.dir, m, started ? MESSAGE_TAKEN : MESSAGE_REFUSED,
	    started ? "resumed" : "failed") < 0)
		warn_errno("%s: message %lld", run.name, (long long)m->number);
	if (started) {
		super_attend(s);
		super_verdict(s, e);
	}
	exits_look(run.dir, &run.spec, e);
	/* At once: whatever happens to us while leftovers are ended, an exit
	 * must not become an interruption. */
	if (run_exit_write(run.dir, e) < 0)
		warn_errno("%s: cannot write the exit record", run.name);
	FAULT_POINT("slow-exit");
	if (started || !set)
		super_finish(s, started && run.spec.keep_leftovers);
	if (started) {
		super_verdict(s, e);
		exits_look(run.dir, &run.spec, e);
	}
	super_close(s);
}

/* Steps 3 and 4, until nothing more is to be done. */
static void
work_through(struct super *s, const struct proc_id *server, struct exit_record *e)
{
	struct run_spec again;
	struct message m;

	work(s, &run.spec, NULL, e);
	while (goes_on(s, e, &m, &again)) {
		*e = (struct exit_record){ .run = e->run + 1, .code = NOT_STARTED,
		    .cause = "failed" };
		if (super_open(s, run.dir, server) < 0)
			die_errno(EXIT_FAIL, "cannot supervise");
		work(s, &again, &m, e);
	}
}

static int
supervise(void)
{
	struct exit_record e = { .run = 1, .code = NOT_STARTED, .cause = "failed" };
	struct proc_id server = { 0 };
	struct super s;
	int status;

	super_say(run.dir, "starting", NULL);
	(void)proc_identify(getppid(), &server);
	if (super_open(&s, run.dir, &server) < 0)
		die_errno(EXIT_FAIL, "cannot supervise");
	status = begin(&server);
	if (status != EXIT_OK) {
		super_close(&s);
		return status;
	}
	forget_spec();
	work_through(&s, &server, &e);
	super_say(run.dir, "exited", e.cause);
	warn("%s: %s, %s %d", run.name, e.cause, e.signal ? "signal" : "status",
	    e.signal ? e.signal : e.code);
	return e.signal ? 128 + e.signal : e.code;
}

static int
run_attempt(const char *state)
{
	int base, status;

	fault_init(state);
	run.statefd = fs_open_dir(AT_FDCWD, state);
	if (run.statefd < 0 || journal_open(&run.journal, run.statefd) < 0)
		die_errno(EXIT_FAIL, "cannot open '%s'", state);
	run.name = run_name(&run.arena, run.id, run.n);
	if (!passes_fence())
		return EXIT_RETRY;
	base = run_base(run.statefd, false);
	run.dir = run_dir(run.statefd, run.id, run.n, false);
	if (run.dir < 0 || run_spec_read(run.dir, &run.spec, &run.arena) < 0)
		die_errno(EXIT_FAIL, "%s: cannot read what to run", run.name);
	/* Here it has all that it needs: only the fence still holds it back. */
	FAULT_POINT("late-supervisor");
	status = wait_alive(base);
	return status == EXIT_OK ? supervise() : status;
}

int
main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	/* What our starter left open would live as long as the agent. */
	(void)close_range(3, ~0U, 0);
	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+hV", longopts, NULL)) != -1)
		switch (c) {
		case 'h': usage(EXIT_OK, usage_text);
		case 'V': version();
		default:  usage(EXIT_USAGE, usage_text);
		}
	if (argc - optind != 3)
		usage(EXIT_USAGE, usage_text);
	run.id = argv[optind + 1];
	if (num_parse(argv[optind + 2], 1, INT64_MAX, &run.n) < 0)
		die(EXIT_USAGE, "bad attempt number '%s'", argv[optind + 2]);
	finish(run_attempt(argv[optind]));
}
