#include "fence.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "die.h"
#include "fault.h"
#include "lock.h"
#include "run.h"
#include "runspec.h"

enum { SLICE_MS = 500 };

bool
fence_passes(const struct fence *f)
{
	const struct ledger *t = journal_task(f->journal, f->id);

	if (fault_is("no-fence"))
		return true;
	if (!t || !t->newest)
		warn("%s: was never claimed", f->name);
	else if (t->newest->n != f->n)
		warn("%s: the task's newest attempt is %lld", f->name,
		    (long long)t->newest->n);
	else if (t->newest->state != AT_CLAIMED)
		warn("%s: %s already", f->name,
		    t->newest->state == AT_RUNNING ? "runs" : "is over");
	else
		return true;
	return false;
}

/* Append an event if the attempt passes, all under the journal's lock. */
static int
append(const struct fence *f, enum event e, const struct journal_kv *kv, size_t n_kv)
{
	int status = journal_lock(f->journal);

	if (status != EXIT_OK)
		return status;
	if (!fence_passes(f)) {
		status = EXIT_RETRY;
	} else if (journal_append(f->journal, f->id, f->n, e, kv, n_kv) < 0) {
		warn_errno("%s: cannot write '%s' into the journal", f->name,
		    event_name(e));
		status = EXIT_FAIL;
	}
	journal_unlock(f->journal);
	return status;
}

/* Somebody of this task lives, and the time is over: the claim goes back. */
static int
release(const struct fence *f)
{
	const struct journal_kv why = { "reason", "alive-held" };

	warn("%s: somebody still works on this task", f->name);
	if (append(f, EV_RELEASED, &why, 1) == EXIT_OK && run_spec_remove(f->rundir) < 0)
		warn_errno("%s: cannot remove the spec", f->name);
	return EXIT_RETRY;
}

static int
take_alive(struct fence *f, int base, const char *name, int64_t end)
{
	for (;;) {
		int64_t left = end - clock_boot_ms();

		f->alive = lock_take(base, name, left < 0 ? 0 :
		    left < SLICE_MS ? (int)left : SLICE_MS);
		if (f->alive >= 0)
			return EXIT_OK;
		if (errno != EAGAIN) {
			warn_errno("cannot lock '%s'", name);
			return EXIT_FAIL;
		}
		if (left <= 0)
			return release(f);
		if (journal_refresh(f->journal) >= 0 && !fence_passes(f))
			return EXIT_RETRY;
	}
}

int
fence_wait(struct fence *f, int64_t seconds)
{
	struct arena a = { 0 };
	int64_t end = clock_boot_ms() + seconds * 1000;
	int base = run_base(f->journal->statefd, false);
	int status = take_alive(f, base, run_alive_name(&a, f->id), end);

	if (base >= 0)
		close(base);
	arena_release(&a);
	return status;
}

int
fence_begin(const struct fence *f, const struct proc_id *server)
{
	struct arena a = { 0 };
	struct proc_id me = { 0 };
	int status;

	(void)proc_identify(getpid(), &me);
	const struct journal_kv kv[] = {
		{ "pid", arena_printf(&a, "%ld", (long)me.pid) },
		{ "start", arena_printf(&a, "%llu", (unsigned long long)me.start) },
		{ "server", server->pid <= 0 ? NULL : arena_printf(&a, "%ld:%llu",
		    (long)server->pid, (unsigned long long)server->start) },
		{ "pane", getenv("TMUX_PANE") },
		{ "bootid", clock_boot_uuid() },
		{ "pidns", arena_printf(&a, "%llu", (unsigned long long)proc_pidns()) },
	};

	status = append(f, EV_RUNNING, kv, sizeof kv / sizeof *kv);
	arena_release(&a);
	return status;
}
