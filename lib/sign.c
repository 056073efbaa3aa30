#include "sign.h"

#include <string.h>

enum { RELEASES_MAX = 3 };

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
		return is_unreconciled(at, v) && show(out, SN_UNRECONCILED, v,
		    v->report ? arena_printf(a, "its last word was %s", v->report) :
		    "no commit and no report");
	case RS_CLAIMED: case RS_STARTING: case RS_WORKING: case RS_ORPHAN:
	case RS_KILLED: case RS_RELEASED: case RS_UNKNOWN: case RS_N:
		break;
	}
	return false;
}

bool
sign_of_run(const struct world *w, const struct attempt *at,
    const struct run_verdict *v, struct arena *a, struct sign *out)
{
	/* A person has seen to it, and it is to be tried again. */
	if (at->task->unparked && at->state != AT_RUNNING)
		return false;
	if (!by_state(w, at, v, a, out))
		return false;
	out->attempt = at->n;
	return true;
}

bool
sign_of_releases(const struct ledger *l, struct arena *a, struct sign *out)
{
	const struct attempt *at = l ? l->newest : NULL, *first = NULL;
	int64_t k = 0;

	for (; at && at->state == AT_RELEASED; at = at->older, k++)
		first = at;
	if (k == 0)
		return false;
	at = l->newest;
	*out = (struct sign){ .code = SN_DISPATCH_FAILED, .since = first->ended.wall,
	    .tier = k < RELEASES_MAX ? SIGN_LOOP : SIGN_PERSON, .attempt = at->n,
	    .evidence = "journal", .fact = arena_printf(a, "%s, %lld in a row",
	    at->reason ? at->reason : "unknown", (long long)k) };
	return true;
}
