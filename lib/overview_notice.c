#include "overview.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "brake.h"
#include "clock.h"
#include "fs.h"

static void
notice(struct overview *o, char *text)
{
	const char **v = arena_alloc(&o->arena, (o->n_notice + 1) * sizeof *v);

	for (size_t i = 0; i < o->n_notice; i++)
		v[i] = o->notice[i];
	v[o->n_notice++] = text;
	o->notice = v;
}

/* "TIME WHO WHY", if jared-heartbeat made it. */
static void
notice_pause(struct overview *o, int statefd)
{
	struct buf b = BUF_INIT;
	char *f[3] = { NULL }, *line;
	const char *why;
	int n = 0;

	if (statefd < 0 || faccessat(statefd, "pause", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (fs_read(statefd, "pause", 4096, &b) == 0) {
		line = arena_strndup(&o->arena, b.s, strcspn(b.s, "\n"));
		n = tsv_split(line, f, 3, &why);
	}
	buf_release(&b);
	notice(o, arena_printf(&o->arena, "paused%s%s%s%s%s%s: nothing is started; jared resume",
	    n == 3 && f[1] ? " by " : "", n == 3 && f[1] ? f[1] : "",
	    n == 3 && f[0] ? " at " : "", n == 3 && f[0] ? f[0] : "",
	    n == 3 && f[2] ? ", " : "", n == 3 && f[2] ? f[2] : ""));
}

/* The oldest of all that workers have not taken. */
static void
notice_messages(struct overview *o, const struct fleet *f, int64_t now)
{
	char age[CLOCK_TEXT];
	int64_t sent = 0;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		n += f->item[i].messages;
		if (f->item[i].sent && (!sent || f->item[i].sent < sent))
			sent = f->item[i].sent;
	}
	if (!n)
		return;
	notice(o, arena_printf(&o->arena, "%zu message%s not taken%s%s: jared send -l", n,
	    n == 1 ? "" : "s", sent ? " for " : "",
	    sent ? clock_age(now - sent, age) : ""));
}

/* What stops the starting of workers. */
static void
notice_stop(struct overview *o, const struct queue *q)
{
	char until[CLOCK_TEXT];
	struct brake b;

	notice_pause(o, q->repo.statefd);
	brake_read(&b, q->repo.statefd, &o->arena);
	if (b.on)
		notice(o, arena_printf(&o->arena, "the brake is on and nothing is started, %s%s%s%s",
		    b.until < 0 ? "until it is removed" : "until ",
		    b.until < 0 ? "" : clock_format(b.until, until),
		    b.why ? ": " : "", b.why ? b.why : ""));
}

/* Workers that were there before the machine was started anew. */
static void
notice_reboot(struct overview *o, const struct fleet *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct fleet_item *it = &f->item[i];

		n += it->verdict.state == RS_INTERRUPTED && !it->landed &&
		    *it->at->started.boot &&
		    strcmp(it->at->started.boot, clock_boot_id()) != 0;
	}
	if (n)
		notice(o, arena_printf(&o->arena, "the machine was restarted: %zu "
		    "worker%s gone with it; none starts again until it is unparked", n,
		    n == 1 ? " is" : "s are"));
}

void
overview_notices(struct overview *o, const struct scene *now)
{
	const struct queue *q = &now->q;

	if (q->journal.corrupt_line)
		notice(o, arena_strdup(&o->arena, "the journal is damaged and nothing "
		    "is started: jared doctor"));
	notice_stop(o, q);
	notice_reboot(o, &now->f);
	notice_messages(o, &now->f, q->world.now);
}
