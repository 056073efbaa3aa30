#include "evidence.h"

#include <string.h>

#include "agentfile.h"
#include "clock.h"
#include "hooklog.h"
#include "run.h"

/* A screen that nobody wrote on for so long looked the same before; a hook's
 * word is younger than what it tells of may be on the screen. */
enum { STILL_MS = 1000, FRESH_MS = 1000 };

struct judge {
	int dir;
	const struct profile *p;
	const struct run_about *about;
	struct arena *a;
	int64_t started;
	int64_t written;            /* wall ms of the last output, or -1 */
	struct run_status status;   /* state NULL: there is none */
	const char *title;
	struct lines screen;
	bool seen;                  /* screen was looked at, */
	bool read, is_dialog;       /* and it or the title says something */
	struct reading reading;
	struct evidence *out;
};

static bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static void
say(struct judge *j, const char *state, const char *reason, const char *source,
    int64_t since)
{
	*j->out = (struct evidence){ .state = state, .reason = reason,
	    .source = source, .since = since, .seen = j->seen };
}

static bool
is_still(const struct judge *j)
{
	return j->written < 0 ||
	    clock_stamp_ns() / 1000000 - j->written >= STILL_MS;
}

/* "error" is how idle came about. */
static const char *
state_of(const struct reading *r)
{
	return is(r->state, "error") ? "idle" : r->state;
}

static const char *
reason_of(const struct reading *r)
{
	return is(r->state, "error") ? "error" : r->reason;
}

/* An idle or waiting screen is as old as the last output on it. */
static void
say_reading(struct judge *j, int64_t since)
{
	const char *state = state_of(&j->reading);

	if (since == 0 && !is(state, "working") && j->written / 1000 > j->started)
		since = j->written / 1000;
	say(j, state, reason_of(&j->reading), j->reading.title ? "title" : "screen",
	    since ? since : j->started);
}

static void
look(struct judge *j, const struct sight *s)
{
	if (!j->p || !s)
		return;
	j->title = s->title;
	j->seen = s->screen != NULL;
	if (j->seen)
		lines_read(&j->screen, s->screen, j->a);
	if (j->seen && rules_dialog(&j->p->rules, &j->screen, &j->reading))
		j->read = j->is_dialog = true;
	else
		j->read = rules_read(&j->p->rules, j->title,
		    j->seen ? &j->screen : NULL, &j->reading);
}

static bool
from_osc(struct judge *j)
{
	const struct run_status *st = &j->status;

	if (!is(st->source, "osc7501"))
		return false;
	if (j->is_dialog && !is(st->state, "working") && !is(st->state, "waiting"))
		return false;
	say(j, st->state, is(st->reason, "auth") ? "login" : st->reason, "osc7501",
	    st->since);
	/* To the agent its own dialogs are permissions like any other. */
	if (j->is_dialog && is(st->state, "waiting"))
		j->out->reason = j->reading.reason;
	j->out->text = st->text;
	return true;
}

static bool
from_dialog(struct judge *j)
{
	if (j->is_dialog)
		say_reading(j, 0);
	return j->is_dialog;
}

/* What the screen tells more of the same state. */
static void
refine(struct judge *j)
{
	struct evidence *e = j->out;
	const char *reason = j->read ? reason_of(&j->reading) : NULL;

	if (!reason || !is(e->state, state_of(&j->reading)))
		return;
	if (!e->reason || (is(e->state, "idle") && !is(reason, "prompt")))
		e->reason = reason;
}

static bool
from_agentfile(struct judge *j, const struct proc_id *agent)
{
	struct agentfile f;

	if (!j->about->status_dir || agentfile_read(j->about->status_dir, agent,
	    j->about->session, &f, j->a) < 0)
		return false;
	say(j, f.state, f.reason, "status-file", f.since ? f.since : j->started);
	refine(j);
	return true;
}

/* Does what is on the screen now release what a hook told? */
static bool
releases(const struct judge *j, const struct hooklog *h)
{
	const char *now = state_of(&j->reading);

	if (!j->read || is(now, h->state) || h->age_ms < FRESH_MS)
		return false;
	if (is(now, "waiting"))
		return true;
	if (is(now, "working"))
		/* Idle is no claim; what still moves is working for all that. */
		return is(h->state, "waiting") || !is_still(j);
	return !is(h->state, "working") || is_still(j);
}

static bool
from_hooks(struct judge *j)
{
	struct hooklog h;

	if (hooklog_read(j->dir, &h, j->a) < 0 || !h.state)
		return false;
	/* Without a terminal a prompt is refused at once. */
	if (is(h.state, "waiting") && !is(j->about->mode, "interactive"))
		return false;
	if (releases(j, &h)) {
		say_reading(j, is(state_of(&j->reading), "working") ? h.since : 0);
		return true;
	}
	say(j, h.state, h.reason, "hook", h.since);
	j->out->text = h.text;
	refine(j);
	return true;
}

static bool
from_rules(struct judge *j)
{
	bool same = j->read && is(j->status.source, "title") &&
	    is(j->status.state, state_of(&j->reading));

	if (j->read)
		say_reading(j, same ? j->status.since : 0);
	else if (is(j->status.source, "title") && !j->title)
		say(j, j->status.state, j->status.reason, "title", j->status.since);
	else
		return false;
	return true;
}

static void
from_process(struct judge *j)
{
	bool interactive = is(j->about->mode, "interactive");

	if (is(j->status.state, "starting"))
		say(j, "starting", NULL, "process", j->status.since);
	else if (!interactive)
		say(j, "working", NULL, "process", j->started);
	else if (!j->seen)
		say(j, "unknown", NULL, "process", j->started);
	else if (j->screen.n == 0)
		say(j, "starting", NULL, "screen", j->started);
	else
		say(j, "unknown", NULL, "screen", j->written > 0 ?
		    j->written / 1000 : j->started);
}

/* The worker asked for a person.  That holds until it is seen at work again,
 * as long as it had nobody's answer.  Its other words count where nothing else
 * tells, or tells no more. */
static void
hear_report(struct judge *j)
{
	struct evidence *e = j->out;
	const char *word, *text;
	int64_t said = run_written_ms(j->dir, "report") / 1000;
	bool told = !is(e->source, "process") && !is(e->source, "screen");
	bool unknown = is(e->source, "process") || is(e->state, "unknown");

	if (is(e->state, "starting") || run_report_read(j->dir, &word, &text, j->a) < 0)
		return;
	if (is(word, "waiting")) {
		if (is(e->state, "waiting") ||
		    (is(e->state, "working") && told && e->since > said))
			return;
		say(j, "waiting", "report", "report", said);
	} else if (unknown && is(word, "working")) {
		say(j, "working", NULL, "report", said);
	} else if (unknown && (is(word, "done") || is(word, "idle"))) {
		say(j, "idle", word, "report", said);
	} else {
		return;
	}
	e->text = text;
}

static void
hear_pace(struct judge *j)
{
	int64_t since, limit;

	if (is(j->out->state, "working") && run_quiet_read(j->dir, &since, &limit) == 0)
		say(j, "stalled", j->out->reason, "progress", since);
}

void
evidence_judge(int dir, const struct profile *p, const struct run_about *about,
    const struct proc_id *agent, int64_t started, const struct sight *s,
    struct arena *a, struct evidence *out)
{
	struct judge j = { .dir = dir, .p = p, .about = about, .a = a,
	    .started = started, .written = run_written_ms(dir, "log"), .out = out };

	if (run_status_read(dir, &j.status, a) < 0)
		j.status = (struct run_status){ .state = NULL };
	look(&j, s);
	if (!from_osc(&j) && !from_dialog(&j) && !from_agentfile(&j, agent) &&
	    !from_hooks(&j) && !from_rules(&j))
		from_process(&j);
	hear_report(&j);
	hear_pace(&j);
}

bool
evidence_may_type(const struct evidence *e)
{
	return is(e->state, "idle") && (e->seen || is(e->source, "osc7501") ||
	    is(e->source, "status-file"));
}

bool
evidence_wants_screen(const struct profile *p, const struct run_about *about)
{
	return p && is(about->mode, "interactive");
}
