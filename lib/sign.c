#include "sign.h"

#include <string.h>

#include "lease.h"

enum { VAIN_MAX = 3 };

static const struct { const char *name, *meaning; } codes[SN_N] = {
	[SN_WAITING_FOR_INPUT] = { "waiting_for_input", "waits for somebody's answer" },
	[SN_WORKER_GONE] = { "worker_gone", "the worker is gone and its work is kept" },
	[SN_STALLED] = { "stalled", "the worker lives and nothing goes forward" },
	[SN_UNRECONCILED] = { "unreconciled",
	    "the worker ended well and nothing shows for it" },
	[SN_PARKED] = { "parked", "all attempts were used up" },
	[SN_DISPATCH_FAILED] = { "dispatch_failed", "the worker cannot be started" },
	[SN_PICKUP_OVERDUE] = { "pickup_overdue",
	    "it could start and nobody starts it" },
	[SN_BRANCH_CONFLICT] = { "branch_conflict",
	    "its branch conflicts with the one it is to land in" },
	[SN_METADATA_DRIFT] = { "metadata_drift",
	    "the copies of the task file say different things" },
	[SN_REGISTER_ORPHAN] = { "register_orphan",
	    "there is something of an attempt that does not belong to one" },
	[SN_ROOT_TASK_EDITED] = { "root_task_edited",
	    "the task was edited, and its worker does not know" },
	[SN_INVALID_TASK] = { "invalid_task", "the task file cannot be used" },
	[SN_BRAKE] = { "brake", "nothing is started, because all fails alike" },
};

const char *
sign_name(enum sign_code c)
{
	return codes[c].name;
}

const char *
sign_meaning(enum sign_code c)
{
	return codes[c].meaning;
}

int
sign_parse(const char *s, enum sign_code *out)
{
	for (int i = 0; i < SN_N; i++)
		if (strcmp(codes[i].name, s) == 0) {
			*out = (enum sign_code)i;
			return 0;
		}
	return -1;
}

static bool
show(struct sign *out, enum sign_code c, const struct run_verdict *v,
    const char *fact)
{
	*out = (struct sign){ .code = c, .tier = SIGN_PERSON, .since = v->since,
	    .evidence = v->evidence, .fact = fact };
	return true;
}

/* It ended before its agent ran: "setup" or "failed", else NULL. */
static const char *
vain(const char *cause)
{
	return cause && (strcmp(cause, "setup") == 0 ||
	    strcmp(cause, "failed") == 0) ? cause : NULL;
}

/* How many in a row ended so, or were given back, from the newest on, but nothing
 * from before a person last saw to the task.  *first is the oldest. */
static int64_t
in_vain(const struct attempt *newest, const struct attempt **first)
{
	int64_t used = newest->task->used, left = used, k = 0;

	for (const struct attempt *at = newest; at; at = at->older) {
		bool ran = at->state != AT_RELEASED;

		if ((ran && at != newest && !vain(at->cause)) || (left == 0 && (ran || used)))
			break;
		left -= ran;
		*first = at;
		k++;
	}
	return k;
}

/* The loop tries it again, a few times. */
static bool
not_started(const struct world *w, const struct attempt *at,
    const struct run_verdict *v, struct arena *a, struct sign *out)
{
	const struct attempt *first = at;
	int64_t k = in_vain(at, &first);
	const char *what = strcmp(v->cause, "setup") == 0 ?
	    "a command that sets its worktree up failed" :
	    "its agent could not be started";

	*out = (struct sign){ .code = SN_DISPATCH_FAILED, .tier =
	    k < VAIN_MAX && at->task->used < w->config->attempts ? SIGN_LOOP :
	    SIGN_PERSON, .since = first == at ? v->since : first->ended.wall,
	    .evidence = v->evidence, .fact = arena_printf(a, "%s, %s %d, %lld in a row",
	    what, v->signal ? "signal" : "status", v->signal ? v->signal : v->code,
	    (long long)(k ? k : 1)) };
	return true;
}

/* It ended well and nothing shows for it: neither commits nor its word. */
static bool
is_unreconciled(const struct attempt *at, const struct run_verdict *v)
{
	return v->code == 0 && v->signal == 0 &&
	    !(v->tip && at->base && strcmp(v->tip, at->base) != 0) &&
	    !(v->report && strcmp(v->report, "done") == 0);
}

static bool
by_state(const struct world *w, const struct attempt *at,
    const struct run_verdict *v, struct arena *a, struct sign *out)
{
	bool long_ago = w->now - v->since >= w->config->stall_after;

	switch (v->state) {
	case RS_INTERRUPTED:
		return show(out, SN_WORKER_GONE, v, NULL);
	case RS_WAITING:
		return show(out, SN_WAITING_FOR_INPUT, v, v->text);
	case RS_STALLED:
		return show(out, SN_STALLED, v, v->text);
	case RS_IDLE:
		/* One that is between two steps is idle, too. */
		return long_ago && show(out, SN_WAITING_FOR_INPUT, v,
		    v->text ? v->text : "at its prompt");
	case RS_LINGERING:
		return long_ago && show(out, SN_WORKER_GONE, v,
		    "something that it left behind still lives");
	case RS_EXITED:
		if (vain(v->cause))
			return not_started(w, at, v, a, out);
		return is_unreconciled(at, v) && show(out, SN_UNRECONCILED, v,
		    v->report ? arena_printf(a, "its last word was %s", v->report) :
		    "no commit and no report");
	case RS_CLAIMED: case RS_STARTING: case RS_WORKING: case RS_ORPHAN:
	case RS_KILLED: case RS_RELEASED: case RS_UNKNOWN: case RS_N:
		break;
	}
	return false;
}

/* Does a person go on with it, in a worktree from jared-worktree? */
static bool
by_hand(const struct world *w, struct sign_hands *h, const struct attempt *at,
    struct arena *a)
{
	if (!h->known)
		h->n = lease_list(w->repo, a, &h->lease);
	h->known = true;
	for (size_t i = 0; i < h->n; i++)
		if (h->lease[i].since >= at->claimed.wall &&
		    (strcmp(h->lease[i].name, at->id) == 0 ||
		    (at->branch && strcmp(h->lease[i].branch, at->branch) == 0)))
			return true;
	return false;
}

bool
sign_of_run(const struct world *w, struct sign_hands *hands,
    const struct attempt *at, const struct run_verdict *v, struct arena *a,
    struct sign *out)
{
	/* A person has seen to it, and it is to be tried again. */
	if (at->task->unparked && at->state != AT_RUNNING)
		return false;
	if (!by_state(w, at, v, a, out) || (!v->alive && tasks_closed(w->tasks, at->id)))
		return false;
	if (!v->alive && (v->state == RS_INTERRUPTED || v->state == RS_EXITED) &&
	    by_hand(w, hands, at, a))
		return false;
	out->attempt = at->n;
	return true;
}

bool
sign_of_releases(const struct ledger *l, struct arena *a, struct sign *out)
{
	const struct attempt *at = l ? l->newest : NULL, *first = at;
	int64_t k;

	if (!at || at->state != AT_RELEASED)
		return false;
	k = in_vain(at, &first);
	*out = (struct sign){ .code = SN_DISPATCH_FAILED, .since = first->ended.wall,
	    .tier = k < VAIN_MAX ? SIGN_LOOP : SIGN_PERSON, .attempt = at->n,
	    .evidence = "journal", .fact = arena_printf(a, "%s, %lld in a row",
	    at->reason ? at->reason : "unknown", (long long)k) };
	return true;
}
