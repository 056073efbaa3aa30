#include "mail.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "clock.h"
#include "fs.h"
#include "hooklog.h"

enum { LOOK_MS = 1000, DRAIN_MS = 20, STUCK_MS = 10000, LINE_BYTES = 4094 };

#define PASTE_BEGIN "\033[200~"
#define PASTE_END   "\033[201~"
#define CLEAR       "\025"          /* ^U: what stands at the prompt goes */

static bool
is(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

void
mail_begin(struct mail *m, int dir, const struct run_spec *spec,
    const struct profile *p, int news)
{
	char path[48];

	*m = (struct mail){ .dir = dir, .look = true, .due = 1,
	    .typed = is(spec->mode, "interactive"),
	    .resumed = is(spec->mode, "headless") && spec->resume };
	eyes_open(&m->eyes, dir, spec, p);
	/* Made here, to be watched before the first message. */
	if (fs_mkdirs(dir, "inbox") == 0 && news >= 0) {
		snprintf(path, sizeof path, "/proc/self/fd/%d/inbox", dir);
		(void)inotify_add_watch(news, path, IN_MOVED_TO);
	}
	inbox_keep(dir, NULL);
}

void
mail_end(struct mail *m)
{
	eyes_close(&m->eyes);
	arena_release(&m->arena);
}

void
mail_ring(struct mail *m)
{
	m->look = true;
	if (m->step == MAIL_NONE)
		m->due = clock_boot_ms();
}

void
mail_works(struct mail *m)
{
	m->moved = clock_boot_ms();
	if (m->step == MAIL_ANSWER || (m->step == MAIL_NONE && m->late))
		m->due = m->moved;
}

bool
mail_waits(const struct mail *m)
{
	return m->look || m->step != MAIL_NONE;
}

/* Tell why they wait, to those who ask. */
static void
keep(struct mail *m, const char *why, int64_t again)
{
	m->due = again;
	if (is(why, m->kept) || (!why && !m->kept))
		return;
	m->kept = why;
	inbox_keep(m->dir, why);
}

/* --- what becomes of the one in hand --- */

static void
become(struct mail *m, enum message_state s, const char *why)
{
	if (inbox_set(m->dir, &m->m, s, why) < 0)
		warn_errno("message %lld: cannot record that it is %s",
		    (long long)m->m.number, message_state_name(s));
}

static void
next(struct mail *m)
{
	m->step = MAIL_NONE;
	m->interrupted = false;
	m->look = true;
	m->due = clock_boot_ms();
}

/* --- may it be typed? --- */

/* Why the agent cannot be given the text as it is, or NULL; *len of it are to be
 * typed. */
static const char *
misfit(const struct message *m, const struct relay *r, const struct profile *p,
    size_t *len)
{
	size_t room = LINE_BYTES - (r->osc.paste ? strlen(PASTE_BEGIN PASTE_END) : 0);
	const char *change;
	struct termios t;

	*len = m->len;
	change = p ? profile_changes(p, m->text, len) : NULL;
	if (change)
		return change;
	if (!r->osc.paste && (memchr(m->text, '\n', m->len) ||
	    memchr(m->text, '\t', m->len)))
		return "paste";
	if (tcgetattr(r->pty.slave, &t) < 0)
		return "terminal";
	if (t.c_iflag & (ISTRIP | INLCR | IUCLC | IGNCR))
		return "terminal";
	/* What is too long for a line is cut off by the kernel, silently. */
	if (t.c_lflag & ICANON)
		for (const char *s = m->text, *lf; s; s = lf ? lf + 1 : NULL) {
			lf = strchr(s, '\n');
			if ((lf ? (size_t)(lf - s) : strlen(s)) > room)
				return "line";
		}
	return NULL;
}

/* Is this a question whose answer can be put off by the keys that interrupt?
 * Others, as whether a folder is trusted, are a person's. */
static bool
may_interrupt(const struct evidence *e)
{
	return is(e->state, "working") || is(e->state, "stalled") ||
	    (is(e->state, "waiting") && (is(e->reason, "permission") ||
	    is(e->reason, "question") || is(e->reason, "plan")));
}

static const char *
word_for(const struct evidence *e)
{
	if (is(e->state, "waiting"))
		return "dialog";
	return is(e->state, "working") || is(e->state, "starting") ||
	    is(e->state, "stalled") ? "busy" : "unknown";
}

/* The agent's state; its screen is looked at only when nothing better denies. */
static void
see(struct mail *m, pid_t agent, struct arena *a, struct evidence *e)
{
	eyes_look(&m->eyes, agent, EYES_FILES, a, e);
	if (is(e->source, "osc7501") && !is(e->state, "idle"))
		return;
	if (evidence_wants_screen(m->eyes.profile,
	    &m->eyes.about))
		eyes_look(&m->eyes, agent, EYES_SCREEN, a, e);
}

static void
interrupt(struct mail *m, struct relay *r)
{
	const char *keys = m->eyes.profile ? m->eyes.profile->interrupt : NULL;

	if (!keys || m->interrupted)
		return;
	relay_type(r, keys, strlen(keys));
	m->interrupted = true;
}

/* --- typing --- */

static void
type(struct mail *m, struct relay *r)
{
	size_t len;
	const char *unfit = misfit(&m->m, r, m->eyes.profile, &len);

	if (unfit) {
		become(m, MESSAGE_REFUSED, unfit);
		next(m);
		return;
	}
	/* From here on it is in hand, whatever happens. */
	if (inbox_set(m->dir, &m->m, MESSAGE_TYPING, NULL) < 0) {
		warn_errno("message %lld: cannot be taken in hand",
		    (long long)m->m.number);
		keep(m, "disk", clock_boot_ms() + STUCK_MS);
		return;
	}
	if (r->draft || m->interrupted)
		relay_type(r, CLEAR, strlen(CLEAR));
	if (r->osc.paste)
		relay_type(r, PASTE_BEGIN, strlen(PASTE_BEGIN));
	relay_type(r, m->m.text, len);
	if (r->osc.paste)
		relay_type(r, PASTE_END, strlen(PASTE_END));
	/* What a person types now comes behind it, and behind Enter. */
	r->held = true;
	r->draft = false;
	m->step = MAIL_TEXT;
	m->entered = clock_boot_ms();
	keep(m, NULL, m->entered + DRAIN_MS);
}

static void
consider(struct mail *m, struct relay *r, pid_t agent)
{
	int64_t now = clock_boot_ms();
	int64_t alone = !r->typed ? 0 :
	    r->typed + (r->draft ? MAIL_DRAFT_MS : MAIL_PERSON_MS);
	struct arena a = { 0 };
	struct evidence e;

	see(m, agent, &a, &e);
	/* Its keys must not come between a person's. */
	if (m->m.now && may_interrupt(&e) && now >= r->typed + MAIL_PERSON_MS)
		interrupt(m, r);
	if (!evidence_may_type(&e))
		keep(m, word_for(&e), now + LOOK_MS);
	else if (now < alone)
		keep(m, "person", alone);
	else if (relay_unread(r) > 0)
		keep(m, "busy", now + DRAIN_MS * 5);
	else
		type(m, r);
	arena_release(&a);
}

/* --- its answer --- */

static const char *
answer(struct mail *m, pid_t agent)
{
	struct arena a = { 0 };
	const char *by = NULL;
	struct evidence e;
	struct hooklog h;

	if (m->moved >= m->entered)
		return "osc7501";
	if (hooklog_read(m->dir, &h, &a) == 0 &&
	    h.age_ms < clock_boot_ms() - m->entered)
		by = "hook";
	if (!by) {
		see(m, agent, &a, &e);
		if (is(e.state, "working") && !is(e.source, "process"))
			by = is(e.source, "osc7501") ? "osc7501" :
			    is(e.source, "hook") ? "hook" :
			    is(e.source, "status-file") ? "status-file" :
			    is(e.source, "title") ? "title" : "screen";
	}
	arena_release(&a);
	return by;
}

static void
await(struct mail *m, pid_t agent)
{
	int64_t now = clock_boot_ms();
	const char *by = answer(m, agent);

	if (by) {
		become(m, MESSAGE_TAKEN, by);
		next(m);
	} else if (now < m->entered + MAIL_ANSWER_MS) {
		m->due = now + LOOK_MS / 4;
	} else {
		become(m, MESSAGE_TYPED, "unconfirmed");
		m->late = true;
		next(m);
	}
}

static void
enter(struct mail *m, struct relay *r, pid_t agent)
{
	struct arena a = { 0 };
	struct evidence e;
	bool idle;

	/* It was, but something of its own may have begun to ask. */
	eyes_look(&m->eyes, agent, EYES_FILES, &a, &e);
	idle = is(e.state, "idle") || is(e.source, "process") || is(e.source, "report");
	arena_release(&a);
	if (!idle) {
		r->held = false;
		m->due = clock_boot_ms() + LOOK_MS;
		return;
	}
	m->entered = clock_boot_ms();
	relay_type(r, "\r", 1);
	r->held = false;
	become(m, MESSAGE_TYPED, NULL);
	m->step = MAIL_ANSWER;
	m->due = m->entered + LOOK_MS / 20;
}

/* --- turns --- */

static void
drain(struct mail *m, struct relay *r)
{
	int64_t now = clock_boot_ms();

	m->due = now + DRAIN_MS;
	if (relay_unread(r) == 0) {
		m->step = MAIL_PAUSE;
		m->due = now + MAIL_PAUSE_MS;
	} else if (now > m->entered + STUCK_MS) {
		/* Nobody reads it: a person must be able to press a key. */
		r->held = false;
	}
}

/* What was not confirmed in time may be yet. */
static void
confirm(struct mail *m)
{
	if (m->late && m->moved >= m->entered)
		become(m, MESSAGE_TAKEN, "osc7501");
	if (m->moved >= m->entered)
		m->late = false;
}

/* Take the next one up, if there is one. */
static int
take_next(struct mail *m)
{
	struct arena fresh = { 0 };
	struct message found;
	int r = inbox_next(m->dir, &found, &fresh);

	if (r > 0) {
		arena_release(&m->arena);
		m->arena = fresh;
		m->m = found;
		m->late = false;
	} else {
		arena_release(&fresh);
	}
	return r;
}

static bool
pick(struct mail *m, struct relay *r, pid_t agent)
{
	int found;

	m->due = 0;
	confirm(m);
	if (!m->look)
		return false;
	found = take_next(m);
	if (found <= 0) {
		m->look = found < 0;
		keep(m, NULL, found < 0 ? clock_boot_ms() + STUCK_MS : 0);
	} else if (m->typed) {
		consider(m, r, agent);
	} else {
		/* Once told, it waits for the agent's end without being asked for. */
		m->look = false;
		keep(m, m->resumed ? "exit" : "over", 0);
		return m->resumed && m->m.now;
	}
	return false;
}

bool
mail_turn(struct mail *m, struct relay *r, pid_t agent)
{
	if (!m->due || clock_boot_ms() < m->due)
		return false;
	switch (m->step) {
	case MAIL_NONE:
		return pick(m, r, agent);
	case MAIL_TEXT:
		drain(m, r);
		break;
	case MAIL_PAUSE:
		enter(m, r, agent);
		break;
	case MAIL_ANSWER:
		await(m, agent);
		break;
	}
	return false;
}
