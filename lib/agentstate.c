#include "agentstate.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "run.h"
#include "utf8.h"

enum { CLEAR_MS = 2000 };

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void
write_status(const struct agentstate *a)
{
	struct run_status st = { .state = a->state, .reason = a->reason,
	    .source = a->source, .text = a->text.s, .since = a->since };

	/* Without it watchers know less, and nothing goes wrong. */
	if (a->dir >= 0)
		(void)run_status_write(a->dir, &st);
}

/* state and reason of what was reported last */
static const char *
reported(const struct agentstate *a, const char **reason)
{
	static const struct { const char *state, *reason; } as[OSC_STATES] = {
		[OSC_IDLE] = { "idle", "" }, [OSC_WORKING] = { "working", "" },
		[OSC_DONE] = { "idle", "done" }, [OSC_BLOCKED] = { "waiting", "blocked" },
		[OSC_ERROR] = { "idle", "error" }, [OSC_CLEAR] = { "working", "" },
	};

	*reason = a->report == OSC_BLOCKED && *a->kind ? a->kind : as[a->report].reason;
	return as[a->report].state;
}

/* What the title tells; an error is how idle came about. */
static const char *
read_title(const struct agentstate *a, const char **reason)
{
	bool error = same(a->reading.state, "error");

	*reason = error ? "error" : a->reading.reason ? a->reading.reason : "";
	return error ? "idle" : a->reading.state;
}

/* Say what is known now, if it is news; true if the state is. */
static bool
settle(struct agentstate *a)
{
	const char *reason = "", *state = "working", *source = "process", *text;
	bool moved;

	if (a->reported) {
		state = reported(a, &reason);
		source = "osc7501";
	} else if (a->is_read) {
		state = read_title(a, &reason);
		source = "title";
	}
	text = a->reported && a->msg.len ? a->msg.s : a->title.s;
	moved = !same(state, a->state) || !same(reason, a->reason);
	if (!moved && same(source, a->source) && same(text, a->text.s))
		return false;
	if (moved) {
		a->since = clock_now();
		a->since_ms = clock_boot_ms();
	}
	a->state = state;
	a->source = source;
	snprintf(a->reason, sizeof a->reason, "%s", reason);
	buf_reset(&a->text);
	buf_addstr(&a->text, text);
	write_status(a);
	return moved;
}

void
agentstate_begin(struct agentstate *a, int dir, const struct rules *rules)
{
	*a = (struct agentstate){ .dir = dir, .rules = rules, .state = "working", .source = "process",
	    .since = clock_now(), .since_ms = clock_boot_ms(),
	    .msg = BUF_INIT, .title = BUF_INIT, .text = BUF_INIT };
	write_status(a);
}

void
agentstate_release(struct agentstate *a)
{
	buf_release(&a->msg);
	buf_release(&a->title);
	buf_release(&a->text);
}

/* Arrows, dingbats, braille, emoji and the like: what spinners are made of. */
static bool
is_ornament(int32_t c)
{
	if (c < 0x80)
		return !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
	return c < 0xc0 || (c >= 0x2000 && c < 0x2c00) || c == 0xfe0f || c >= 0x1f000;
}

static void
set_title(struct agentstate *a, const char *s)
{
	size_t len;

	a->is_read = a->rules && rules_title(a->rules, s, &a->reading);
	for (; *s && is_ornament(utf8_next(s, &len)); s += len)
		continue;
	buf_reset(&a->title);
	buf_addstr(&a->title, s);
}

static void
hear_report(struct agentstate *a, const struct osc *osc)
{
	a->due = 0;
	if (osc->state == OSC_CLEAR) {
		a->due = clock_boot_ms() + CLEAR_MS;
		return;
	}
	a->reported = true;
	a->report = osc->state;
	memcpy(a->kind, osc->kind, sizeof a->kind);
	buf_reset(&a->msg);
	buf_addstr(&a->msg, osc->text);
	a->done = osc->state == OSC_DONE || (a->done && osc->state == OSC_IDLE);
}

bool
agentstate_hear(struct agentstate *a, const struct osc *osc, enum osc_what what)
{
	switch (what) {
	case OSC_REPORT:
		hear_report(a, osc);
		break;
	case OSC_TITLE:
		set_title(a, osc->text);
		break;
	case OSC_NOTHING: case OSC_ASKS: case OSC_NOTIFY: case OSC_BELL:
	case OSC_PASTE:
		return false;
	}
	return settle(a);
}

int64_t
agentstate_due(const struct agentstate *a)
{
	return a->due;
}

bool
agentstate_turn(struct agentstate *a)
{
	if (!a->due || clock_boot_ms() < a->due)
		return false;
	a->due = 0;
	a->reported = a->done = false;
	return settle(a);
}

void
agentstate_mute(struct agentstate *a)
{
	a->dir = -1;
}
