#include "runstate.h"

#include <string.h>
#include <unistd.h>

#include "about.h"
#include "clock.h"
#include "inbox.h"
#include "run.h"

static const char *const run_names[RS_N] = {
	[RS_CLAIMED] = "claimed", [RS_STARTING] = "starting",
	[RS_WORKING] = "working", [RS_WAITING] = "waiting", [RS_IDLE] = "idle",
	[RS_STALLED] = "stalled", [RS_LINGERING] = "lingering",
	[RS_ORPHAN] = "orphan", [RS_EXITED] = "exited", [RS_KILLED] = "killed",
	[RS_INTERRUPTED] = "interrupted", [RS_RELEASED] = "released",
	[RS_UNKNOWN] = "unknown",
};

const char *
run_state_name(enum run_state s)
{
	return run_names[s];
}

bool
run_state_is_over(enum run_state s)
{
	switch (s) {
	case RS_EXITED: case RS_KILLED: case RS_INTERRUPTED: case RS_RELEASED:
		return true;
	case RS_CLAIMED: case RS_STARTING: case RS_WORKING: case RS_WAITING:
	case RS_IDLE: case RS_STALLED: case RS_LINGERING: case RS_ORPHAN:
	case RS_UNKNOWN: case RS_N:
		break;
	}
	return false;
}

int
run_state_parse(const char *s, enum run_state *out)
{
	for (int i = 0; i < RS_N; i++)
		if (strcmp(run_names[i], s) == 0) {
			*out = (enum run_state)i;
			return 0;
		}
	return -1;
}

/* False only if that process is surely gone: one that ran under another boot
 * is, one in another pid namespace cannot be seen from here. */
static bool
may_live(const struct attempt *at, const struct proc_id *id)
{
	if (id->pid <= 0)
		return false;
	if (strcmp(at->started.boot, clock_boot_id()) != 0)
		return false;
	if (at->pidns && proc_pidns() && at->pidns != proc_pidns())
		return true;
	return proc_lives(id);
}

static void
say(struct run_verdict *v, enum run_state s, const char *evidence, int64_t since)
{
	v->state = s;
	v->evidence = evidence;
	v->since = since;
}

static void
ended(const struct attempt *at, struct run_verdict *v, const char *cause,
    const char *evidence, int64_t since)
{
	bool person = cause && (strcmp(cause, "closed") == 0 ||
	    strcmp(cause, "stopped") == 0);

	say(v, person ? RS_KILLED : RS_EXITED, evidence, since);
	/* What its status means the agent did not say. */
	if (cause && strcmp(cause, "setup") == 0)
		v->reason = "setup";
	else if (cause && strcmp(cause, "failed") == 0)
		v->reason = "not-started";
	/* A supervisor that has said its last word and is not yet gone is not
	 * something left behind. */
	v->alive = v->alive && !may_live(at, &at->pid);
	if (v->alive)
		say(v, RS_LINGERING, "lock", since);
}

static void
from_exit_record(struct run_verdict *v, const struct exit_record *e,
    struct arena *a)
{
	v->code = e->code;
	v->signal = e->signal;
	v->cause = *e->cause ? arena_strdup(a, e->cause) : NULL;
	v->tip = *e->tip ? arena_strdup(a, e->tip) : NULL;
	v->report = *e->report ? arena_strdup(a, e->report) : NULL;
}

/* The supervisor lives and nothing has ended: how are things with it? */
static void
from_supervisor(const struct attempt *at, int dir, struct arena *a,
    struct run_verdict *v)
{
	struct run_status st = { .state = NULL };
	bool lost = at->server.pid > 0 && !may_live(at, &at->server);
	bool told = dir >= 0 && run_status_read(dir, &st, a) == 0;

	if (lost)
		say(v, RS_ORPHAN, "process", told ? st.since : at->started.wall);
	else if (!told)
		say(v, RS_STARTING, "journal", at->started.wall);
	else if (strcmp(st.state, "terminal-lost") == 0)
		say(v, RS_ORPHAN, "status-file", st.since);
	else if (strcmp(st.state, "starting") == 0)
		say(v, RS_STARTING, "process", st.since);
	else
		say(v, RS_WORKING, "process", at->started.wall);
	v->live = v->state != RS_ORPHAN;
}

/* Has a run ended, and is the next to begin, with a message? */
static bool
goes_on(int dir, struct arena *a)
{
	struct message *m = NULL;
	struct run_about about;
	int n;

	if (run_about_read(dir, &about, a) < 0 || !about.resume)
		return false;
	n = inbox_list(dir, INBOX_HEADS, &m, NULL, a);
	for (int i = 0; i < n; i++)
		if (m[i].state == MESSAGE_QUEUED || m[i].state == MESSAGE_TYPING)
			return true;
	return false;
}

/* The journal says running; is it? */
static void
running(const struct attempt *at, int dir, struct arena *a, struct run_verdict *v)
{
	struct exit_record e;
	bool supervised = may_live(at, &at->pid);

	if (dir >= 0 && run_exit_read(dir, &e) == 0 && e.run >= at->runs) {
		if (supervised && goes_on(dir, a)) {
			say(v, RS_STARTING, "exit-record", e.time);
			return;
		}
		from_exit_record(v, &e, a);
		ended(at, v, v->cause, "exit-record", e.time);
	} else if (!v->alive) {
		say(v, RS_INTERRUPTED, "lock", at->started.wall);
	} else if (supervised) {
		from_supervisor(at, dir, a, v);
	} else {
		bool agent = v->agent.pid > 0 && may_live(at, &v->agent);

		say(v, agent ? RS_ORPHAN : RS_LINGERING, "lock", at->started.wall);
	}
}

static void
claimed(const struct world *w, const struct attempt *at, struct run_verdict *v)
{
	enum lock_state disp = run_disp(w->repo->statefd, at->id, at->n);

	if (v->alive)
		say(v, RS_STARTING, "lock", at->claimed.wall);
	else if (disp == LOCK_FREE)
		say(v, RS_UNKNOWN, "lock", at->claimed.wall);
	else
		say(v, RS_CLAIMED, "lock", at->claimed.wall);
}

void
state_run(const struct world *w, const struct attempt *at, struct arena *a,
    struct run_verdict *v)
{
	/* Nothing lives of what was taken away (clean.h): the journal says it all. */
	bool is_there = at->task->newest == at && !at->trash;
	int dir = at->trash ? -1 : run_dir(w->repo->statefd, at->id, at->n, false);

	*v = (struct run_verdict){ .code = at->code, .signal = at->signal,
	    .cause = at->cause, .tip = at->tip, .report = at->report,
	    .last = dir < 0 ? -1 : run_log_age(dir) };
	/* Only the newest attempt can be the one that lives. */
	v->alive = is_there && run_alive(w->repo->statefd, at->id) != LOCK_FREE;
	if (dir >= 0)
		(void)run_agent_read(dir, &v->agent);
	switch (at->state) {
	case AT_CLAIMED:
		claimed(w, at, v);
		break;
	case AT_RUNNING:
		running(at, dir, a, v);
		break;
	case AT_EXITED:
		ended(at, v, at->cause, "journal", at->ended.wall);
		break;
	case AT_RELEASED:
		say(v, RS_RELEASED, "journal", at->ended.wall);
		break;
	case AT_INTERRUPTED:
		say(v, v->alive ? RS_LINGERING : RS_INTERRUPTED,
		    v->alive ? "lock" : "journal", at->ended.wall);
		break;
	}
	if (dir >= 0)
		close(dir);
}

bool
state_supervised(const struct attempt *at)
{
	return at->state == AT_RUNNING && may_live(at, &at->pid);
}

bool
state_occupies(const struct world *w, const struct attempt *at)
{
	if (at->state == AT_CLAIMED || at->state == AT_RUNNING)
		return true;
	return run_alive(w->repo->statefd, at->id) != LOCK_FREE;
}
