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

#include "exits.h"
#include "fault.h"
#include "fence.h"
#include "fs.h"
#include "inbox.h"
#include "journal.h"
#include "num.h"
#include "resume.h"
#include "run.h"
#include "runspec.h"
#include "setup.h"
#include "super.h"

enum { NOT_STARTED = 127 };

static const char usage_text[] =
    "usage: jared-run STATE ID N\n"
    "Run attempt N of task ID in this terminal; jared-dispatch starts it so.\n"
    "\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

static struct {
	struct fence f;             /* which attempt it is */
	struct journal journal;
	struct run_spec spec;
	struct arena arena;
} run;

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
	bool on = locked && may_go_on(s, e) && resume_take(&run.journal, run.f.id, run.f.n,
	    run.f.rundir, &run.spec, e->run + 1, m, next, &run.arena);

	bool told = on || (locked &&
	    exits_append(&run.journal, run.f.id, run.f.n, e, false) == 0);

	if (!told && locked)
		warn_errno("%s: cannot write 'exited' into the journal", run.f.name);
	if (!told)
		warn("%s: the exit record is kept, to be settled later", run.f.name);
	journal_unlock(&run.journal);
	return on;
}

/* What prepares the worktree: its failure is not the agent's. */
static bool
set_up(struct super *s, struct exit_record *e)
{
	if (super_setup(s, &run.spec, run.f.alive) == 0) {
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
	bool started = set && super_start(s, spec, run.f.alive) == 0;

	if (m && inbox_set(run.f.rundir, m, started ? MESSAGE_TAKEN : MESSAGE_REFUSED,
	    started ? "resumed" : "failed") < 0)
		warn_errno("%s: message %lld", run.f.name, (long long)m->number);
	if (started) {
		super_attend(s);
		super_verdict(s, e);
	}
	exits_look(run.f.rundir, &run.spec, e);
	/* At once: whatever happens to us while leftovers are ended, an exit
	 * must not become an interruption. */
	if (run_exit_write(run.f.rundir, e) < 0)
		warn_errno("%s: cannot write the exit record", run.f.name);
	FAULT_POINT("slow-exit");
	if (started || !set)
		super_finish(s, started && run.spec.keep_leftovers);
	if (started) {
		super_verdict(s, e);
		exits_look(run.f.rundir, &run.spec, e);
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
		if (super_open(s, run.f.rundir, server) < 0)
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

	super_say(run.f.rundir, "starting", NULL);
	(void)proc_identify(getppid(), &server);
	if (super_open(&s, run.f.rundir, &server) < 0)
		die_errno(EXIT_FAIL, "cannot supervise");
	status = fence_begin(&run.f, &server);
	if (status != EXIT_OK) {
		super_close(&s);
		return status;
	}
	if (run_spec_remove(run.f.rundir) < 0)
		warn_errno("%s: cannot remove the spec", run.f.name);
	work_through(&s, &server, &e);
	super_say(run.f.rundir, "exited", e.cause);
	warn("%s: %s, %s %d", run.f.name, e.cause, e.signal ? "signal" : "status",
	    e.signal ? e.signal : e.code);
	return e.signal ? 128 + e.signal : e.code;
}

static int
run_attempt(const char *state)
{
	int statefd, status;

	fault_init(state);
	statefd = fs_open_dir(AT_FDCWD, state);
	if (statefd < 0 || journal_open(&run.journal, statefd) < 0)
		die_errno(EXIT_FAIL, "cannot open '%s'", state);
	run.f.journal = &run.journal;
	run.f.name = run_name(&run.arena, run.f.id, run.f.n);
	if (!fence_passes(&run.f))
		return EXIT_RETRY;
	run.f.rundir = run_dir(statefd, run.f.id, run.f.n, false);
	if (run.f.rundir < 0 || run_spec_read(run.f.rundir, &run.spec, &run.arena) < 0)
		die_errno(EXIT_FAIL, "%s: cannot read what to run", run.f.name);
	/* Here it has all that it needs: only the fence still holds it back. */
	FAULT_POINT("late-supervisor");
	status = fence_wait(&run.f, run.spec.start_timeout);
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
	run.f.id = argv[optind + 1];
	if (num_parse(argv[optind + 2], 1, INT64_MAX, &run.f.n) < 0)
		die(EXIT_USAGE, "bad attempt number '%s'", argv[optind + 2]);
	finish(run_attempt(argv[optind]));
}
