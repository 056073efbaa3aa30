#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "num.h"
#include "tsv.h"

enum { F_SEQ, F_TIME, F_BOOT, F_ID, F_ATTEMPT, F_EVENT, F_KV };

static const char *const event_names[EV_N] = {
	[EV_CLAIM] = "claim", [EV_RUNNING] = "running",
	[EV_RESUMED] = "resumed", [EV_EXITED] = "exited",
	[EV_RELEASED] = "released", [EV_INTERRUPTED] = "interrupted",
	[EV_LANDED] = "landed", [EV_UNPARK] = "unpark",
	[EV_QUEUE] = "queue", [EV_HOLD] = "hold", [EV_PARK] = "park",
	[EV_CLEANED] = "cleaned", [EV_RESTORED] = "restored", [EV_PURGED] = "purged",
};

static const char *const intent_names[] = {
	[IN_NONE] = "none", [IN_QUEUED] = "queued", [IN_HELD] = "held",
	[IN_PARKED] = "parked",
};

const char *
event_name(enum event e)
{
	return event_names[e];
}

const char *
intent_name(enum intent i)
{
	return intent_names[i];
}

static bool
is_mark(enum event e)
{
	return e == EV_UNPARK || e == EV_QUEUE || e == EV_HOLD || e == EV_PARK;
}

static int
event_parse(const char *s, enum event *out)
{
	for (int e = 0; e < EV_N; e++)
		if (strcmp(event_names[e], s) == 0) {
			*out = (enum event)e;
			return 0;
		}
	return -1;
}

/* --- one record --- */

static const char *
get(const struct record *r, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < r->n_kv; i++)
		if (r->kv[i] && strncmp(r->kv[i], key, len) == 0 &&
		    r->kv[i][len] == '=')
			return r->kv[i] + len + 1;
	return NULL;
}

static int64_t
get_num(const struct record *r, const char *key, int64_t absent)
{
	const char *s = get(r, key);
	int64_t n;

	return s && num_parse(s, 0, INT64_MAX, &n) == 0 ? n : absent;
}

/* "a:b" or "a-b" as two numbers; zeros if it is not that. */
static void
get_pair(const struct record *r, const char *key, char sep, int64_t *a, int64_t *b)
{
	const char *s = get(r, key);
	char left[24];
	const char *cut = s ? strchr(s, sep) : NULL;

	*a = *b = 0;
	if (!cut || (size_t)(cut - s) >= sizeof left)
		return;
	memcpy(left, s, (size_t)(cut - s));
	left[cut - s] = '\0';
	if (num_parse(left, 0, INT64_MAX, a) < 0 ||
	    num_parse(cut + 1, 0, INT64_MAX, b) < 0)
		*a = *b = 0;
}

static int
parse_stamp(const char *time, const char *boot, struct stamp *out)
{
	if (clock_parse(time, &out->wall) < 0 || strlen(boot) < 10 || boot[8] != ':')
		return -1;
	memcpy(out->boot, boot, 8);
	out->boot[8] = '\0';
	return num_parse(boot + 9, 0, INT64_MAX, &out->boot_ms);
}

const char *
record_parse(char *line, char **field, struct record *r)
{
	const char *why = "not a journal record";
	int64_t seq;
	int n = tsv_split(line, field, TSV_MAXFIELD, &why);

	if (n < F_KV)
		return why;
	for (int i = 0; i < F_KV; i++)
		if (!field[i])
			return "a field is empty";
	if (num_parse(field[F_SEQ], 1, INT64_MAX, &seq) < 0)
		return "bad sequence number";
	r->seq = (uint64_t)seq;
	if (parse_stamp(field[F_TIME], field[F_BOOT], &r->when) < 0)
		return "bad time";
	if (event_parse(field[F_EVENT], &r->event) < 0)
		return "unknown event";
	if (num_parse(field[F_ATTEMPT], is_mark(r->event) ? 0 : 1, INT64_MAX, &r->n) < 0)
		return "bad attempt number";
	r->id = field[F_ID];
	r->kv = field + F_KV;
	r->n_kv = (size_t)n - F_KV;
	return NULL;
}

void
record_format(struct buf *b, uint64_t seq, const char *id, int64_t n,
    enum event e, const struct journal_kv *kv, size_t n_kv)
{
	char now[CLOCK_TEXT];

	tsv_addf(b, '\t', "%llu", (unsigned long long)seq);
	tsv_add(b, clock_format(clock_now(), now), '\t');
	tsv_addf(b, '\t', "%s:%lld", clock_boot_id(), (long long)clock_boot_ms());
	tsv_add(b, id, '\t');
	tsv_addf(b, '\t', "%lld", (long long)n);
	tsv_add(b, event_name(e), '\t');
	for (size_t i = 0; i < n_kv; i++)
		if (kv[i].value && *kv[i].value)
			tsv_addf(b, '\t', "%s=%s", kv[i].key, kv[i].value);
	tsv_seal(b, 0);
}

/* --- what a record does --- */

bool
attempt_is_over(const struct attempt *at)
{
	return at && (at->state == AT_EXITED || at->state == AT_RELEASED ||
	    at->state == AT_INTERRUPTED);
}

/* What became of the worktree of any attempt, also while a later one lives. */
static bool
allows_cleaning(const struct attempt *at, enum event e)
{
	if (e == EV_CLEANED)
		return attempt_is_over(at) && !at->trash;
	return attempt_is_over(at) && at->trash && !at->purged;
}

bool
ledger_allows(const struct ledger *t, int64_t n, enum event e)
{
	const struct attempt *at = t ? t->newest : NULL;
	bool over = attempt_is_over(at);

	if (e == EV_CLAIM)
		return !at || (over && n > at->n);
	if (is_mark(e))
		return at ? over && n == at->n : n == 0;
	if (e == EV_CLEANED || e == EV_RESTORED || e == EV_PURGED)
		return allows_cleaning(ledger_attempt(t, n), e);
	if (!at || at->n != n)
		return fault_is("no-fence");
	switch (e) {
	case EV_CLAIM:       break;
	case EV_RUNNING:     return at->state == AT_CLAIMED || fault_is("no-fence");
	case EV_RELEASED:    return at->state == AT_CLAIMED;
	case EV_RESUMED:
	case EV_EXITED:
	case EV_INTERRUPTED: return at->state == AT_RUNNING;
	case EV_LANDED:      return (at->state == AT_EXITED ||
	                         at->state == AT_INTERRUPTED) && !at->proof;
	case EV_UNPARK: case EV_QUEUE: case EV_HOLD: case EV_PARK:
	case EV_CLEANED: case EV_RESTORED: case EV_PURGED:
	case EV_N:           break;
	}
	return false;
}

static void
apply_claim(struct ledger *t, const struct record *r, struct arena *a)
{
	struct attempt *at = arena_alloc(a, sizeof *at);

	at->id = t->id;
	at->n = r->n;
	at->task = t;
	at->older = t->newest;
	at->claimed = r->when;
	at->base = get(r, "base");
	at->onto = get(r, "onto");
	at->hash = get(r, "hash");
	at->body = get(r, "body");
	at->agent = get(r, "agent");
	at->branch = get(r, "branch");
	at->worktree = get(r, "worktree");
	at->session = get(r, "session");
	at->file = get(r, "file");
	at->title = get(r, "title");
	get_pair(r, "ports", '-', &at->port_lo, &at->port_hi);
	/* An edited task starts with a whole budget again. */
	if (t->newest && t->newest->body && at->body &&
	    strcmp(t->newest->body, at->body) != 0)
		t->used = 0;
	t->newest = at;
	t->used++;
}

static void
apply_running(struct attempt *at, const struct record *r)
{
	int64_t pid, start;

	at->state = AT_RUNNING;
	at->started = at->began = r->when;
	at->runs = 1;
	/* Not at the claim: one that is released must not use up an unpark. */
	at->task->unparked = false;
	at->pid.pid = (pid_t)get_num(r, "pid", 0);
	at->pid.start = (uint64_t)get_num(r, "start", 0);
	get_pair(r, "server", ':', &pid, &start);
	at->server.pid = (pid_t)pid;
	at->server.start = (uint64_t)start;
	at->pane = get(r, "pane");
	at->boot_full = get(r, "bootid");
	at->pidns = (uint64_t)get_num(r, "pidns", 0);
}

static void
apply_exited(struct attempt *at, const struct record *r)
{
	at->state = AT_EXITED;
	at->ended = r->when;
	at->ended_seq = r->seq;
	at->code = (int)get_num(r, "code", -1);
	at->signal = (int)get_num(r, "signal", 0);
	at->cause = get(r, "cause");
	at->tip = get(r, "tip");
	at->report = get(r, "report");
}

/* What was marked before is over: the last mark wins. */
static void
apply_mark(struct ledger *t, const struct record *r)
{
	const char *until = get(r, "until");

	t->marked = r->when.wall;
	t->marked_by = get(r, "by");
	t->hold_until = -1;
	if (r->event == EV_HOLD || r->event == EV_PARK) {
		t->intent = r->event == EV_HOLD ? IN_HELD : IN_PARKED;
		if (until)
			(void)clock_parse(until, &t->hold_until);
		return;
	}
	/* To unpark is to try again what was wanted before. */
	if (r->event == EV_QUEUE)
		t->intent = IN_QUEUED;
	else if (t->intent != IN_QUEUED)
		t->intent = IN_NONE;
	t->used = 0;
	t->unparked = true;
}

struct attempt *
ledger_attempt(const struct ledger *t, int64_t n)
{
	struct attempt *at = t ? t->newest : NULL;

	while (at && at->n != n)
		at = at->older;
	return at;
}

void
ledger_apply(struct ledger *t, const struct record *r, struct arena *a)
{
	struct attempt *at;

	if (r->event == EV_CLAIM)
		apply_claim(t, r, a);
	else if (is_mark(r->event))
		apply_mark(t, r);
	at = ledger_attempt(t, r->n);
	if (!at)
		return;
	switch (r->event) {
	case EV_RUNNING:
		apply_running(at, r);
		break;
	case EV_RESUMED:
		at->started = r->when;
		at->runs++;
		break;
	case EV_EXITED:
		apply_exited(at, r);
		break;
	case EV_RELEASED:
		at->state = AT_RELEASED;
		at->ended = r->when;
		at->ended_seq = r->seq;
		at->reason = get(r, "reason");
		if (t->used > 0)
			t->used--;
		break;
	case EV_INTERRUPTED:
		at->state = AT_INTERRUPTED;
		at->ended = r->when;
		at->ended_seq = r->seq;
		break;
	case EV_LANDED:
		at->proof = get(r, "proof");
		at->landed_oid = get(r, "oid");
		at->landed_in = get(r, "in");
		at->landed = r->when;
		if (!at->proof)
			at->proof = "unnamed";
		break;
	case EV_CLEANED:
		at->trash = get(r, "trash");
		at->archive = get(r, "archive");
		at->cleaned = r->when;
		break;
	case EV_RESTORED:
		at->trash = NULL;
		break;
	case EV_PURGED:
		at->purged = true;
		break;
	case EV_CLAIM:
	case EV_UNPARK: case EV_QUEUE: case EV_HOLD: case EV_PARK:
	case EV_N:
		break;
	}
}

int64_t
stamp_age(const struct stamp *a)
{
	int64_t age;

	/* A pinned clock is a test's: it moves wall time only. */
	if (!getenv("JARED_NOW") && strcmp(a->boot, clock_boot_id()) == 0)
		age = (clock_boot_ms() - a->boot_ms) / 1000;
	else
		age = clock_now() - a->wall;
	return age < 0 ? 0 : age;
}

const struct attempt *
ledger_landed(const struct ledger *t)
{
	const struct attempt *at = t->newest;

	while (at && !at->proof)
		at = at->older;
	return at;
}
