#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capacity.h"
#include "clock.h"
#include "fs.h"
#include "hash.h"
#include "lock.h"
#include "run.h"
#include "runspec.h"

enum { NAP_MS = 10 };

/* --- step 1 --- */

void
claim_refuse(struct dispatcher *d, struct claim *c, int status,
    const char *code, const char *fact)
{
	struct journal *j = &d->q->journal;
	int dir;

	c->status = status;
	c->code = code;
	c->fact = fact;
	c->waiting = false;
	if (c->n == 0 || c->disp < 0)
		return;
	const struct journal_kv kv = { "reason", code };
	if (journal_lock(j) == EXIT_OK) {
		/* EINVAL: it was released already. */
		if (journal_append(j, c->task->id, c->n, EV_RELEASED, &kv, 1) < 0 &&
		    errno != EINVAL)
			warn_errno("%s: cannot release attempt %lld", c->task->id,
			    (long long)c->n);
		journal_unlock(j);
	}
	dir = run_dir(d->q->repo.statefd, c->task->id, c->n, false);
	if (dir >= 0) {
		(void)run_spec_remove(dir);
		close(dir);
	}
	close(c->disp);
	c->disp = -1;
}

/* The dependencies' files once more: what they say counts at this moment. */
static void
reread_dependencies(struct dispatcher *d, const struct task *t)
{
	for (size_t i = 0; i < t->n_edge; i++) {
		struct task *dep = t->dep_task[i], *fresh;

		if (!dep)
			continue;
		if (task_reread(&d->q->tasks, dep, &fresh, NULL) < 0) {
			dep->error = "the file is gone";
		} else if (fresh->hash != dep->hash) {
			dep->word = fresh->word;
			dep->status = fresh->status;
			dep->error = fresh->error;
		}
	}
}

static int
refused(struct claim *c, int status, const char *code, const char *fact)
{
	c->status = status;
	c->code = code;
	c->fact = fact;
	return -1;
}

static int
check_file(struct dispatcher *d, struct claim *c, const char *want_hash)
{
	struct buf text = BUF_INIT;
	struct task *fresh;
	char hash[17];

	if (task_reread(&d->q->tasks, c->task, &fresh, &text) < 0) {
		buf_release(&text);
		return refused(c, EXIT_NONE, "gone", c->task->file);
	}
	c->text = arena_strndup(&d->arena, text.s, text.len);
	c->text_len = text.len;
	buf_release(&text);
	if (fresh->error)
		return refused(c, EXIT_NONE, "invalid", fresh->error);
	snprintf(hash, sizeof hash, "%016llx", (unsigned long long)fresh->hash);
	if (fresh->hash != c->task->hash || (want_hash && strcmp(want_hash, hash) != 0))
		return refused(c, EXIT_NONE, "changed",
		    arena_printf(&d->arena, "%s was edited since it was queued",
		    c->task->file));
	return 0;
}

/* Whoever keeps the task's alive lock, though its attempt is over. */
static const char *
who_lives(struct dispatcher *d, const char *id)
{
	int base = run_base(d->q->repo.statefd, false), fd = -1;
	pid_t pid = 0;

	if (base >= 0)
		fd = fs_open_regular(base, run_alive_name(&d->arena, id));
	if (fd >= 0) {
		pid = proc_holding(fd);
		close(fd);
	}
	if (base >= 0)
		close(base);
	return pid ? arena_printf(&d->arena, "pid=%ld", (long)pid) :
	    "by a process that we cannot see";
}

static int
check_state(struct dispatcher *d, struct claim *c)
{
	struct buf why = BUF_INIT;
	enum task_state s;

	reread_dependencies(d, c->task);
	d->q->world.now = clock_now();
	s = state_task(&d->q->world, c->task, &why);
	c->fact = *why.s ? arena_strdup(&d->arena, why.s) : NULL;
	buf_release(&why);
	if (s == TS_READY && run_alive(d->q->repo.statefd, c->task->id) == LOCK_FREE)
		return 0;
	if (s == TS_READY || (c->fact && strncmp(c->fact, "alive:", 6) == 0))
		return refused(c, EXIT_NONE, "alive", who_lives(d, c->task->id));
	return refused(c, EXIT_NONE, task_state_name(s), c->fact);
}

/* A resumed attempt has no branch that bears witness to it. */
static bool
was_there(struct dispatcher *d, const char *id, int64_t n)
{
	int dir = run_dir(d->q->repo.statefd, id, n, false);

	if (dir >= 0)
		close(dir);
	return dir >= 0;
}

static int
check_owner(struct dispatcher *d, struct claim *c)
{
	const char *fact = queue_not_ours(d->q, c->task, &d->arena);

	return fact ? refused(c, EXIT_NONE, "owner", fact) : 0;
}

static int
check_place(struct dispatcher *d, struct claim *c)
{
	const struct config *cf = &d->q->config;
	const struct ledger *l = journal_task(&d->q->journal, c->task->id);
	int64_t seen = naming_witnessed(d->branch,
	    d->n_branch, cf->branch_prefix, c->task->id), last = l && l->newest ? l->newest->n : 0;
	const char *fact;

	if (faccessat(d->q->repo.statefd, "pause", F_OK, 0) == 0)
		return refused(c, EXIT_NONE, "pause", "starting is paused");
	if (faccessat(d->q->repo.statefd, "brake", F_OK, 0) == 0)
		return refused(c, EXIT_NONE, "brake", "the brake is on");
	fact = capacity_full(&d->q->world, c->task, &d->arena);
	if (fact)
		return refused(c, EXIT_NONE, "cap", fact);
	fact = capacity_path(&d->q->world, c->task, &d->arena);
	if (fact)
		return refused(c, EXIT_NONE, "path", fact);
	if (seen < 0)
		return refused(c, EXIT_FAIL, "branch", arena_printf(&d->arena,
		    "branch '%s/%s' is in the way: rename it or set another "
		    "branch_prefix", cf->branch_prefix, c->task->id));
	if (seen > last)
		return refused(c, EXIT_FAIL, "unknown-attempt", arena_printf(&d->arena,
		    "branch '%s/%s/%lld' is of an attempt that the journal lacks",
		    cf->branch_prefix, c->task->id, (long long)seen));
	fact = witness_beyond(&d->tree, c->task->id, last, &d->arena);
	if (fact)
		return refused(c, EXIT_FAIL, "unknown-attempt", fact);
	c->n = last + 1;
	if (was_there(d, c->task->id, c->n))
		return refused(c, EXIT_FAIL, "unknown-attempt", arena_printf(&d->arena,
		    "%s/run/%s.%lld is of an attempt that the journal lacks",
		    d->q->repo.state, c->task->id, (long long)c->n));
	naming_choose(&d->q->world, c->task->id, c->n, &d->arena, &c->name);
	c->resume = c->name.base != NULL;
	if (!c->resume)
		c->name.base = d->base;
	if (!c->resume && naming_taken(&d->q->world, c->name.worktree))
		return refused(c, EXIT_FAIL, "worktree", arena_printf(&d->arena,
		    "'%s' exists already", c->name.worktree));
	c->port_lo = capacity_ports(&d->q->world);
	if (c->port_lo == 0)
		return refused(c, EXIT_NONE, "ports", "every port bundle is leased");
	c->port_hi = c->port_lo + cf->port_step - 1;
	return 0;
}

/* A title may be as long as a file; the journal only wants to show it. */
static const char *
short_title(struct dispatcher *d, const char *title)
{
	enum { MOST = 240 };
	size_t n = title ? strlen(title) : 0;

	if (n <= MOST)
		return title;
	for (n = MOST; n > 0 && ((unsigned char)title[n] & 0xc0) == 0x80; n--)
		continue;
	return arena_strndup(&d->arena, title, n);
}

static int
append_claim(struct dispatcher *d, struct claim *c, bool dry)
{
	const struct task *t = c->task;
	char hash[17], body[17], ports[48];

	snprintf(hash, sizeof hash, "%016llx", (unsigned long long)t->hash);
	snprintf(body, sizeof body, "%016llx",
	    (unsigned long long)hash_fnv(c->text, c->text_len));
	snprintf(ports, sizeof ports, "%lld-%lld", (long long)c->port_lo,
	    (long long)c->port_hi);
	const struct journal_kv kv[] = {
		{ "base", c->name.base }, { "onto", d->onto }, { "hash", hash },
		{ "body", body }, { "agent", d->profile.name },
		{ "branch", c->name.branch }, { "worktree", c->name.worktree },
		{ "session", c->name.session }, { "ports", ports },
		{ "retry", c->resume ? "resume" : c->n > 1 ? "fresh" : NULL },
		{ "file", t->file }, { "title", short_title(d, t->title) },
	};
	const size_t n_kv = sizeof kv / sizeof *kv;

	if (dry)
		journal_pretend(&d->q->journal, t->id, c->n, EV_CLAIM, kv, n_kv);
	else
		return journal_append(&d->q->journal, t->id, c->n, EV_CLAIM, kv, n_kv);
	return 0;
}

static int
take_disp(struct dispatcher *d, struct claim *c)
{
	int base = run_base(d->q->repo.statefd, true);

	if (base < 0)
		return -1;
	c->disp = lock_take(base, run_disp_name(&d->arena, c->task->id, c->n), 0);
	int err = errno;
	close(base);
	errno = err;
	return c->disp < 0 ? -1 : 0;
}

void
claim_take(struct dispatcher *d, const struct want *w, bool dry, struct claim *c)
{
	struct journal *j = &d->q->journal;

	*c = (struct claim){ .task = w->task, .disp = -1 };
	if (!dry) {
		c->status = journal_lock(j);
		if (c->status != EXIT_OK) {
			c->code = "journal";
			c->fact = "cannot be locked or read";
			return;
		}
	}
	if (check_file(d, c, w->hash) == 0 && check_state(d, c) == 0 &&
	    check_owner(d, c) == 0 && check_place(d, c) == 0 &&
	    ((!dry && take_disp(d, c) < 0) || append_claim(d, c, dry) < 0)) {
		(void)refused(c, errno == EAGAIN ? EXIT_RETRY : EXIT_FAIL, "journal",
		    arena_strdup(&d->arena, strerror(errno)));
		if (c->disp >= 0)
			close(c->disp);
		c->disp = -1;
	}
	if (!dry)
		journal_unlock(j);
}

/* --- step 5 --- */

/* What the journal says now of a claim that waits. */
static void
look(struct dispatcher *d, struct claim *c)
{
	const struct attempt *at = journal_attempt(&d->q->journal, c->task->id, c->n);

	if (!at || at->state == AT_CLAIMED)
		return;
	c->waiting = false;
	if (at->state == AT_RELEASED) {
		c->status = EXIT_RETRY;
		c->code = "released";
		c->fact = "the supervisor did not start the agent";
	}
}

void
claim_wait(struct dispatcher *d, struct claim *c, size_t n)
{
	int64_t end = clock_boot_ms() + d->q->config.start_timeout * 1000;
	size_t left;

	for (;;) {
		left = 0;
		if (journal_refresh(&d->q->journal) < 0) {
			warn_errno("cannot read the journal");
			break;
		}
		for (size_t i = 0; i < n; i++) {
			if (c[i].waiting)
				look(d, &c[i]);
			left += c[i].waiting;
		}
		if (left == 0 || clock_boot_ms() >= end)
			break;
		clock_sleep_ms(NAP_MS);
	}
	/* A time-out is unknown, not failed: the worker may still come up. */
	for (size_t i = 0; i < n; i++)
		if (c[i].waiting) {
			c[i].status = EXIT_RETRY;
			c[i].code = "start-timeout";
			c[i].fact = "not seen running in time; the next beat will know";
		}
}

void
claim_record(struct dispatcher *d, const struct claim *c, char **v)
{
	char now[CLOCK_TEXT];

	memset(v, 0, R_N * sizeof *v);
	v[R_ID] = arena_strdup(&d->arena, c->task->id);
	v[R_ATTEMPT] = arena_printf(&d->arena, "%lld", (long long)c->n);
	v[R_STATE] = arena_strdup(&d->arena, run_state_name(RS_CLAIMED));
	v[R_SINCE] = arena_strdup(&d->arena, clock_format(d->q->world.now, now));
	v[R_AGENT] = arena_strdup(&d->arena, d->profile.name);
	v[R_BRANCH] = arena_strdup(&d->arena, c->name.branch);
	v[R_PORTS] = arena_printf(&d->arena, "%lld-%lld", (long long)c->port_lo,
	    (long long)c->port_hi);
	v[R_WORKTREE] = arena_strdup(&d->arena, c->name.worktree);
	if (c->task->title)
		v[R_TITLE] = arena_strdup(&d->arena, c->task->title);
}
