#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "fs.h"
#include "git.h"
#include "run.h"
#include "server.h"
#include "settle.h"

enum { NAP_MS = 20, CHIEF_MS = 3000, GIVE_UP_MS = 5000, SETTLE_MS = 15000 };

static void
over(struct stop *s, int status, const char *code, const char *fact)
{
	s->step = STOP_OVER;
	s->status = status;
	s->code = code;
	s->fact = fact;
}

static void
next(struct stop *s, enum stop_step step, int ms)
{
	s->step = step;
	s->due = clock_boot_ms() + ms;
}

/* --- who it is --- */

/* Do pids that were written down for it mean anything here and now? */
static bool
same_pids(const struct attempt *at)
{
	return at->pid.pid > 0 && strcmp(at->started.boot, clock_boot_id()) == 0 &&
	    (!at->boot_full || strcmp(at->boot_full, clock_boot_uuid()) == 0) &&
	    at->pidns == proc_pidns();
}

/* A worker that once started them may be their ancestor all the same. */
static void
spare_others(struct stop *s, const struct world *w)
{
	const struct journal *j = w->journal;
	struct proc_id *v = arena_alloc(&s->arena, (j->n_task + 1) * sizeof *v);
	size_t n = 0;

	if (server_read(w->repo->statefd, &v[n]) == 0)
		n++;
	for (const struct ledger *l = j->first; l; l = l->next)
		if (l->newest && l->newest->state == AT_RUNNING &&
		    strcmp(l->id, s->id) != 0 && same_pids(l->newest))
			v[n++] = l->newest->pid;
	s->mark.spare = v;
	s->mark.n_spare = n;
}

static void
forget_lock(struct stop *s)
{
	if (s->mark.lock >= 0)
		close(s->mark.lock);
	s->mark.lock = -1;
}

static void
describe(struct stop *s, const struct world *w, const struct attempt *at)
{
	const char **cookie = arena_alloc(&s->arena, 3 * sizeof *cookie);
	int base = run_base(w->repo->statefd, false);
	int dir = run_dir(w->repo->statefd, s->id, s->n, false);

	cookie[0] = arena_printf(&s->arena, "JARED_ATTEMPT=%s.%lld", s->id,
	    (long long)s->n);
	/* Another repository may have a task of that name. */
	cookie[1] = arena_printf(&s->arena, "JARED_STATE=%s", w->repo->state);
	forget_lock(s);
	s->mark = (struct herd_mark){ .cookie = cookie, .lock = -1 };
	if (base >= 0)
		s->mark.lock = fs_open_regular(base, run_alive_name(&s->arena, s->id));
	if (same_pids(at)) {
		s->mark.chief = at->pid;
		if (dir >= 0)
			(void)run_agent_read(dir, &s->mark.leader);
	}
	spare_others(s, w);
	if (base >= 0)
		close(base);
	if (dir >= 0)
		close(dir);
}

/* A task has one lock for all its attempts.  Whoever holds it is of this one
 * only as long as the journal, read after the lock was looked at, has no later
 * one: that would have been claimed first. */
static size_t
gather(struct stop *s, struct journal *j)
{
	const struct attempt *at;

	(void)herd_gather(&s->herd, &s->mark);
	if (s->mark.lock < 0)
		return s->herd.n;
	(void)journal_refresh(j);
	at = journal_attempt(j, s->id, s->n);
	if (!at || at->task->newest != at) {
		herd_release(&s->herd);
		forget_lock(s);
		(void)herd_gather(&s->herd, &s->mark);
	}
	return s->herd.n;
}

/* --- is there anything left? --- */

static bool
is_free(const struct stop *s, const struct world *w)
{
	/* Without the lock to look for it is a later attempt's by now. */
	return s->mark.lock < 0 || run_alive(w->repo->statefd, s->id) == LOCK_FREE;
}

static bool
is_gone(struct stop *s, const struct world *w, struct journal *j)
{
	return herd_living(&s->herd) == 0 && gather(s, j) == 0 && is_free(s, w);
}

static bool
is_over(const struct attempt *at)
{
	return !at || (at->state != AT_CLAIMED && at->state != AT_RUNNING);
}

void
stop_begin(struct stop *s, const struct world *w, struct journal *j,
    const struct attempt *at)
{
	*s = (struct stop){ .n = at->n, .forced = SIGTERM, .mark.lock = -1 };
	s->id = arena_strdup(&s->arena, at->id);
	describe(s, w, at);
	(void)gather(s, j);
	at = journal_attempt(j, s->id, s->n);
	if (at && at->state == AT_CLAIMED)
		next(s, STOP_STARTING, (int)w->config->start_timeout * 1000 + CHIEF_MS);
	else if (s->herd.n || !is_free(s, w))
		next(s, STOP_ASKED, -1);
	else {
		/* What came to an end unseen is not of our doing. */
		next(s, STOP_SETTLING, 0);
		s->status = EXIT_NONE;
		s->code = "not running";
	}
}

void
stop_release(struct stop *s)
{
	forget_lock(s);
	herd_release(&s->herd);
	arena_release(&s->arena);
}

/* --- step by step --- */

/* One that was stopped (a job, a debugger) could not act on it. */
static void
ask(struct stop *s, int wait_ms)
{
	const struct herd_member *chief = herd_chief(&s->herd);
	struct herd alone = { (struct herd_member *)chief, 1, 1 };
	const struct herd *who = chief ? &alone : &s->herd;

	while (fault_is("hold-fire"))
		clock_sleep_ms(5);
	herd_signal(who, SIGTERM, true);
	herd_signal(who, SIGCONT, true);
	next(s, STOP_ASKED, wait_ms);
}

static void
start_waiting(struct stop *s, const struct world *w, struct journal *j, int wait_ms)
{
	const struct attempt *at;

	(void)settle_attempt(w, j, s->id, s->n);
	at = journal_attempt(j, s->id, s->n);
	if (at && at->state == AT_CLAIMED) {
		if (clock_boot_ms() >= s->due)
			over(s, EXIT_RETRY, "claimed", "its start takes too long to wait for");
	} else if (!at || at->state == AT_RELEASED) {
		over(s, EXIT_NONE, "released", "it never ran; "
		    "jared-mark hold keeps the task from starting");
	} else {
		describe(s, w, at);
		(void)gather(s, j);
		ask(s, wait_ms);
	}
}

static void
insist(struct stop *s)
{
	herd_end(&s->herd, &s->mark);
	s->forced = SIGKILL;
}

static void
give_up(struct stop *s)
{
	const struct herd_member *p = s->herd.v;

	if (s->herd.n)
		over(s, EXIT_RETRY, "alive", arena_printf(&s->arena,
		    "pid=%ld (%s) does not end", (long)p->pid, p->name));
	else
		over(s, EXIT_FAIL, "alive", "its lock is held by a process that cannot "
		    "be seen from here: another user's, or in another pid namespace");
}

/* Nobody of it is left, and nobody wrote down how it ended: we did it. */
static void
write_exit(struct stop *s, const struct world *w, const struct attempt *at)
{
	int dir = run_dir(w->repo->statefd, s->id, s->n, false);
	struct exit_record e = { .run = 1, .code = -1, .signal = s->forced,
	    .cause = "stopped", .time = clock_now() };
	const char *word, *text;

	if (dir < 0)
		return;
	if (run_exit_read(dir, &e) < 0) {
		e = (struct exit_record){ .run = 1, .code = -1, .signal = s->forced,
		    .cause = "stopped", .time = clock_now() };
		if (at->branch && git_ref_read(w->repo->commonfd, arena_printf(&s->arena,
		    "refs/heads/%s", at->branch), e.tip) < 0)
			*e.tip = '\0';
		if (run_report_read(dir, &word, &text, &s->arena) == 0)
			snprintf(e.report, sizeof e.report, "%s", word);
		if (run_exit_write(dir, &e) < 0)
			warn_errno("%s: cannot write the exit record", s->id);
	}
	close(dir);
}

static void
finish_it(struct stop *s, const struct world *w, struct journal *j)
{
	const struct attempt *at;
	int status;

	(void)journal_refresh(j);
	at = journal_attempt(j, s->id, s->n);
	if (s->status == EXIT_NONE) {
		if (!is_over(at))
			(void)settle_attempt(w, j, s->id, s->n);
		over(s, EXIT_NONE, s->code, NULL);
		return;
	}
	if (at && at->state == AT_RUNNING)
		write_exit(s, w, at);
	status = is_over(at) ? EXIT_OK : settle_attempt(w, j, s->id, s->n);
	if (status == EXIT_OK || status == EXIT_FAIL)
		over(s, status, status ? "journal" : NULL, NULL);
	else if (clock_boot_ms() >= s->due)
		over(s, EXIT_RETRY, "journal", "its end is not written down yet; "
		    "the next beat will do it");
}

static void
step(struct stop *s, const struct world *w, struct journal *j, int wait_ms)
{
	bool due = clock_boot_ms() >= s->due;

	switch (s->step) {
	case STOP_STARTING:
		start_waiting(s, w, j, wait_ms);
		return;
	case STOP_ASKED:
		if (is_gone(s, w, j))
			next(s, STOP_SETTLING, SETTLE_MS);
		else if (due) {
			insist(s);
			next(s, STOP_ENDING, herd_chief(&s->herd) ? CHIEF_MS : GIVE_UP_MS);
		}
		return;
	case STOP_ENDING: case STOP_CHIEF:
		if (is_gone(s, w, j)) {
			next(s, STOP_SETTLING, SETTLE_MS);
		} else if (due && s->step == STOP_ENDING && herd_chief(&s->herd)) {
			herd_signal(&s->herd, SIGKILL, true);
			next(s, STOP_CHIEF, GIVE_UP_MS);
		} else if (due) {
			give_up(s);
		} else {
			insist(s);
		}
		return;
	case STOP_SETTLING:
		finish_it(s, w, j);
		return;
	case STOP_OVER:
		return;
	}
}

void
stop_all(struct stop *s, size_t n, const struct world *w, struct journal *j, int wait_ms)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i].step == STOP_ASKED)
			ask(&s[i], wait_ms);
	do {
		if (left)
			clock_sleep_ms(NAP_MS);
		left = 0;
		for (size_t i = 0; i < n; i++) {
			if (s[i].step != STOP_OVER)
				step(&s[i], w, j, wait_ms);
			left += s[i].step != STOP_OVER;
		}
	} while (left);
}
