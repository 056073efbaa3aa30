#include "tend.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "clock.h"
#include "run.h"

/* Files that others close there, or move in: ours stay open, or are few. */
static int
watch_dir(int dir)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[40];

	snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
	if (fd >= 0 && inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void
tend_open(struct tend *t, int dir, struct relay *r)
{
	*t = (struct tend){ .dir = dir, .relay = r, .news = watch_dir(dir) };
}

void
tend_close(struct tend *t)
{
	if (t->news >= 0)
		close(t->news);
	if (t->spec) {
		agentstate_release(&t->state);
		mail_end(&t->mail);
		profile_release(&t->profile);
	}
	arena_release(&t->arena);
}

static void
hear_state(struct tend *t)
{
	bool works = strcmp(t->state.state, "working") == 0;

	pace_moved(&t->pace);
	pace_stand(&t->pace, !works);
	if (works && strcmp(t->state.source, "osc7501") == 0)
		mail_works(&t->mail);
	else
		mail_ring(&t->mail);
}

static void
hear(void *tend, enum osc_what what)
{
	struct tend *t = tend;

	if (agentstate_hear(&t->state, &t->relay->osc, what))
		hear_state(t);
}

void
tend_begin(struct tend *t, const struct run_spec *spec, pid_t agent)
{
	const char *why;

	t->spec = spec;
	t->agent = agent;
	if (!spec->root || !spec->agent ||
	    profile_try(&t->profile, spec->root, spec->agent, &t->arena, &why) < 0)
		t->profile = (struct profile){ .name = NULL };
	agentstate_begin(&t->state, t->dir, &t->profile.rules);
	pace_begin(&t->pace, t->dir, spec);
	mail_begin(&t->mail, t->dir, spec, t->profile.name ? &t->profile : NULL,
	    t->news);
	if (spec->mode && strcmp(spec->mode, "interactive") == 0)
		t->linger.ms = spec->done_linger * 1000;
	t->relay->told = hear;
	t->relay->told_arg = t;
}

void
tend_over(struct tend *t)
{
	t->relay->told = NULL;
	pace_end(&t->pace);
}

void
tend_news(struct tend *t)
{
	union { struct inotify_event e; char room[4096]; } u;
	const char *word, *text;
	struct arena a = { 0 };
	bool heard = false;
	ssize_t n;

	while ((n = read(t->news, &u, sizeof u)) > 0)
		for (char *at = u.room; at < u.room + n; ) {
			const struct inotify_event *e = (const void *)at;

			heard = heard || (e->len && (strcmp(e->name, "report") == 0 ||
			    strcmp(e->name, "hooks") == 0));
			at += sizeof *e + e->len;
		}
	if (!t->spec)
		return;
	mail_ring(&t->mail);
	if (!heard)
		return;
	pace_news(&t->pace);
	if (run_report_read(t->dir, &word, &text, &a) < 0 || strcmp(word, "done") != 0)
		t->said_done = 0;
	else if (!t->said_done)
		t->said_done = clock_boot_ms();
	arena_release(&a);
}

/* Since when nobody wants anything of it any more; 0: not so.  Without reports
 * of its own only silence tells that it is at its prompt. */
static int64_t
idle_since(const struct tend *t, bool reports)
{
	const struct agentstate *st = &t->state;
	int64_t since = reports ? st->since_ms : t->relay->wrote;

	if (relay_untaken(t->relay) > 0 || mail_waits(&t->mail))
		return 0;
	if (reports ? strcmp(st->state, "idle") != 0 || strcmp(st->reason, "error") == 0 ||
	    !(st->done || t->said_done) : !t->said_done)
		return 0;
	since = since > t->said_done ? since : t->said_done;
	return since > t->relay->typed ? since : t->relay->typed;
}

/* True if it is to be ended. */
static bool
see_it_off(struct tend *t, bool calm)
{
	bool reports = strcmp(t->state.source, "osc7501") == 0;
	/* A text and Enter would answer a dialog that nothing tells of. */
	const char *quit = reports ? t->profile.quit : NULL;

	switch (linger_turn(&t->linger, calm ? idle_since(t, reports) : 0,
	    quit != NULL)) {
	case LINGER_NOTHING:
		break;
	case LINGER_TYPE:
		/* ^U: there may be a draft. */
		relay_type(t->relay, "\025", 1);
		if (quit)
			relay_type(t->relay, quit, strlen(quit));
		break;
	case LINGER_ENTER:
		relay_type(t->relay, "\r", 1);
		break;
	case LINGER_END:
		return true;
	}
	return false;
}

int64_t
tend_due(const struct tend *t, bool calm)
{
	int64_t due = 0;

	if (t->spec && t->relay->told) {
		due = clock_earlier(agentstate_due(&t->state), pace_due(&t->pace));
		due = clock_earlier(due, t->linger.due);
		due = clock_earlier(due, calm ? t->mail.due : 0);
	}
	return due;
}

enum tend_wish
tend_turn(struct tend *t, bool calm)
{
	struct termios m;
	/* On a terminal in raw mode somebody draws; else what runs there works. */
	bool drawn = tcgetattr(t->relay->pty.master, &m) == 0 && !(m.c_lflag & ICANON);

	if (!t->spec)
		return TEND_NOTHING;
	if (agentstate_turn(&t->state))
		hear_state(t);
	pace_turn(&t->pace, drawn ? t->agent : 0);
	/* First, because as long as there may be mail nobody is seen off. */
	if (calm && t->linger.step == LINGER_WAITS &&
	    mail_turn(&t->mail, t->relay, t->agent))
		return TEND_MAIL;
	return see_it_off(t, calm) ? TEND_DONE : TEND_NOTHING;
}
