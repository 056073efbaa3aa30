#include "repair.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "git.h"
#include "lock.h"
#include "num.h"
#include "run.h"
#include "salvage.h"
#include "tmux.h"

enum { LOCK_WAIT_MS = 30000, JOURNAL_MAX = 1 << 30, LOG_LINE_MAX = 1 << 20 };

enum { E_ID, E_ATTEMPT, E_EVENT, E_FACT, E_N };
static const struct rec_column columns[E_N] = {
	[E_ID]      = { .name = "id", .type = REC_WORD },
	[E_ATTEMPT] = { .name = "attempt", .type = REC_INT },
	[E_EVENT]   = { .name = "event", .type = REC_WORD },
	[E_FACT]    = { .name = "fact", .type = REC_TEXT },
};
const struct rec_kind rec_repair = { .name = "repair", .column = columns,
	.n = E_N, .n_v1 = E_N, .color_column = E_EVENT };

struct work {
	struct repair *r;
	struct queue *q;
	struct witnesses w;
	struct journal *j;          /* the one that is made, or pretended */
	bool write;
	const char *onto;           /* the base branch */
	int failed;                 /* errno */
};

/* --- events --- */

static void
add(struct work *k, const struct witness *w, enum event e,
    const struct journal_kv *kv, size_t n_kv, const char *fact)
{
	struct repair *r = k->r;

	if (!ledger_allows(journal_task(k->j, w->id), w->n, e) || k->failed)
		return;
	if (!k->write)
		journal_pretend(k->j, w->id, w->n, e, kv, n_kv);
	else if (journal_append(k->j, w->id, w->n, e, kv, n_kv) < 0)
		k->failed = errno;
	GROW(r->v, r->n, r->cap);
	r->v[r->n++] = (struct repair_event){ arena_strdup(&r->arena, w->id), w->n,
	    event_name(e), arena_strdup(&r->arena, fact) };
}

/* Where a branch began: the first line of its log names the commit; else the
 * last one that it shares with the base branch. */
static const char *
base_of(struct work *k, const char *branch)
{
	struct repo *repo = &k->q->repo;
	char *log = arena_printf(&k->r->arena, "logs/refs/heads/%s", branch);
	const char *const args[] = { "merge-base", k->onto ? k->onto : "HEAD", branch, NULL };
	struct proc p = { .out = BUF_INIT, .err = BUF_INIT };
	struct buf b = BUF_INIT;
	const char *base = NULL;
	size_t len;

	if (fs_read(repo->commonfd, log, LOG_LINE_MAX, &b) == 0 &&
	    (len = strspn(b.s, "0")) >= 40 && b.s[len] == ' ')
		base = arena_strndup(&k->r->arena, b.s + len + 1, strcspn(b.s + len + 1, " "));
	if (!base && git_run(&p, repo->root, args) == 0 && p.code == 0) {
		p.out.s[strcspn(p.out.s, "\n")] = '\0';
		base = arena_strdup(&k->r->arena, p.out.s);
	}
	proc_release(&p);
	buf_release(&b);
	return base;
}

static void
add_claim(struct work *k, const struct witness *w)
{
	struct arena *a = &k->r->arena;
	const struct task *t = tasks_get(&k->q->tasks, w->id);
	int64_t step = k->q->config.port_step;
	const struct journal_kv kv[] = {
		{ "base", w->branch ? base_of(k, w->branch) : NULL },
		{ "onto", k->onto }, { "agent", w->agent }, { "branch", w->branch },
		{ "worktree", w->worktree },
		{ "session", arena_printf(a, "jared-%s-%" PRId64, w->id, w->n) },
		{ "ports", w->port ? arena_printf(a, "%" PRId64 "-%" PRId64, w->port,
		    w->port + step - 1) : NULL },
		{ "file", t ? t->file : NULL }, { "by", "repair" },
	};

	add(k, w, EV_CLAIM, kv, sizeof kv / sizeof *kv, witness_text(w, a));
}

static void
add_running(struct work *k, const struct witness *w)
{
	struct arena *a = &k->r->arena;
	bool lives = w->supervisor.pid > 0;
	struct proc_id server = { 0 };

	if (lives)
		(void)tmux_server(k->q->repo.statefd, &server);
	const struct journal_kv kv[] = {
		{ "pid", arena_printf(a, "%ld", (long)w->supervisor.pid) },
		{ "start", arena_printf(a, "%" PRIu64, w->supervisor.start) },
		{ "server", server.pid > 0 ? arena_printf(a, "%ld:%" PRIu64,
		    (long)server.pid, server.start) : NULL },
		{ "bootid", lives ? clock_boot_uuid() : NULL },
		{ "pidns", lives ? arena_printf(a, "%" PRIu64, proc_pidns()) : NULL },
	};

	add(k, w, EV_RUNNING, kv, sizeof kv / sizeof *kv, lives ?
	    arena_printf(a, "its supervisor lives, pid %ld", (long)w->supervisor.pid) :
	    w->ran ? "its agent was started" : "nothing tells that it was not");
}

/* It is over: by its exit record, or nobody knows how. */
static void
add_end(struct work *k, const struct witness *w)
{
	struct arena *a = &k->r->arena;
	int dir = run_dir(k->q->repo.statefd, w->id, w->n, false);
	struct exit_record e;

	if (dir >= 0 && run_exit_read(dir, &e) == 0) {
		const struct journal_kv kv[] = {
			{ "code", e.code < 0 ? NULL : arena_printf(a, "%d", e.code) },
			{ "signal", e.signal ? arena_printf(a, "%d", e.signal) : NULL },
			{ "cause", e.cause }, { "tip", e.tip }, { "report", e.report },
		};

		add(k, w, EV_EXITED, kv, sizeof kv / sizeof *kv, "its exit record");
	} else {
		add(k, w, EV_INTERRUPTED, NULL, 0, "it does not live and left no exit record");
	}
	if (dir >= 0)
		close(dir);
}

/* Its last attempt may be the one that holds the lock. */
static bool
may_live(const struct work *k, const struct witness *w, bool last)
{
	return (w->by & WITNESS_PROCESS) ||
	    (last && run_alive(k->q->repo.statefd, w->id) != LOCK_FREE);
}

static void
restore(struct work *k, const struct witness *w, bool last)
{
	const struct ledger *l = journal_task(k->j, w->id);
	const struct attempt *newest = l ? l->newest : NULL;
	struct witness before = { .id = w->id, .n = newest ? newest->n : 0 };
	bool live = may_live(k, w, last);

	if (newest && newest->n > w->n)
		return;
	if (newest && newest->n < w->n && newest->state == AT_CLAIMED)
		add(k, &before, EV_RELEASED, NULL, 0, "a later attempt was made");
	else if (newest && newest->n < w->n && newest->state == AT_RUNNING)
		add_end(k, &before);
	if (!newest || newest->n < w->n)
		add_claim(k, w);
	else if (newest->state != AT_CLAIMED || !w->ran)
		return;
	/* Without its run directory nothing tells that it did not run. */
	if (!w->ran && !live && (w->by & WITNESS_RUN)) {
		add(k, w, EV_RELEASED, NULL, 0, "its agent was not started");
		return;
	}
	add_running(k, w);
	if (!live)
		add_end(k, w);
}

static void
restore_all(struct work *k)
{
	for (size_t i = 0; i < k->w.n; i++)
		restore(k, &k->w.v[i], i + 1 == k->w.n ||
		    strcmp(k->w.v[i].id, k->w.v[i + 1].id) != 0);
}

/* --- the old journal --- */

/* Make scratch/journal of the old one, such that it can be read and written. */
static int
open_scratch(struct work *k, int scratch, const struct buf *text)
{
	struct buf out = BUF_INIT;
	size_t n = 1;
	bool *drop;
	int r = -1, dir;

	for (size_t i = 0; i < text->len; i++)
		n += text->s[i] == '\n';
	drop = arena_alloc(&k->r->arena, n * sizeof *drop);
	if (fs_mkdirs(scratch, "journal") < 0 || fs_mkdirs(scratch, "lock") < 0 ||
	    (dir = fs_open_dir(scratch, "journal")) < 0)
		return -1;
	for (size_t tries = 0; tries <= n; tries++) {
		salvage(text, drop, &out, &k->r->kept, &k->r->dropped);
		if (fs_replace(dir, "000001.tsv", out.s, out.len) < 0)
			break;
		r = journal_open(k->j, scratch);
		if (r < 0 || !k->j->corrupt_line)
			break;
		/* Sound, but it does not follow from what is left. */
		drop[salvage_line(text, drop, k->j->corrupt_line)] = true;
		journal_close(k->j);
	}
	close(dir);
	buf_release(&out);
	return r;
}

static void
remove_scratch(int statefd, const char *name)
{
	static const char *const file[] = { "journal/000001.tsv", "lock/journal" };
	int scratch = fs_open_dir(statefd, name);

	if (scratch < 0)
		return;
	for (size_t i = 0; i < sizeof file / sizeof *file; i++)
		(void)unlinkat(scratch, file[i], 0);
	(void)unlinkat(scratch, "journal", AT_REMOVEDIR);
	(void)unlinkat(scratch, "lock", AT_REMOVEDIR);
	close(scratch);
	(void)unlinkat(statefd, name, AT_REMOVEDIR);
}

/* The new one in the place of the old one, which stays beside it. */
static int
put_in_place(struct work *k, const char *scratch, bool keep)
{
	int statefd = k->q->repo.statefd, dir, r;
	char *from = arena_printf(&k->r->arena, "%s/journal/000001.tsv", scratch);
	char time[CLOCK_TEXT], *aside;

	clock_format(clock_now(), time);
	for (char *s = time; *s; s++)
		if (*s == ':' || *s == '-')
			memmove(s, s + 1, strlen(s)), s--;
	aside = arena_printf(&k->r->arena, "journal/%s-%ld.old", time, (long)getpid());
	if (fs_mkdirs(statefd, "journal") < 0)
		return -1;
	if (keep && linkat(statefd, JOURNAL_SEGMENT, statefd, aside, 0) == 0)
		k->r->aside = aside;
	else if (keep)
		return -1;
	if (renameat(statefd, from, statefd, JOURNAL_SEGMENT) < 0)
		return -1;
	dir = fs_open_dir(statefd, "journal");
	r = dir < 0 ? -1 : fs_sync_dir(dir);
	if (dir >= 0)
		close(dir);
	return r;
}

/* A dispatcher that is at work knows more than we can see. */
static bool
dispatcher_works(int statefd)
{
	int fd = run_base(statefd, false);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	bool works = false;

	while (d && !works && (e = readdir(d))) {
		const char *dot = strrchr(e->d_name, '.');

		works = dot && strcmp(dot, ".disp") == 0 &&
		    lock_probe(dirfd(d), e->d_name) != LOCK_FREE;
	}
	if (d)
		closedir(d);
	return works;
}

static int
rebuild(struct work *k)
{
	int statefd = k->q->repo.statefd, scratch = -1, status = EXIT_FAIL;
	char *name = arena_printf(&k->r->arena, "repair.%ld", (long)getpid());
	struct buf text = BUF_INIT;
	struct journal j = { .statefd = -1, .fd = -1, .lock = -1 };

	k->j = &j;
	if ((fs_read(statefd, JOURNAL_SEGMENT, JOURNAL_MAX, &text) < 0 && errno != ENOENT) ||
	    fs_mkdirs(statefd, name) < 0 || (scratch = fs_open_dir(statefd, name)) < 0 ||
	    open_scratch(k, scratch, &text) < 0) {
		warn_errno("cannot write a new journal");
	} else if (journal_lock(&j) == EXIT_OK) {
		restore_all(k);
		errno = k->failed;
		if (k->failed || fsync(j.fd) < 0 || put_in_place(k, name, text.len > 0) < 0)
			warn_errno("cannot write a new journal");
		else
			status = EXIT_OK;
	}
	journal_close(&j);
	if (scratch >= 0)
		close(scratch);
	remove_scratch(statefd, name);
	buf_release(&text);
	return status;
}

/* What the lines of the damaged one would be. */
static void
pretend(struct work *k)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	bool *drop;
	size_t n = 1;

	k->j = &k->q->journal;
	(void)fs_read(k->q->repo.statefd, JOURNAL_SEGMENT, JOURNAL_MAX, &text);
	for (size_t i = 0; i < text.len; i++)
		n += text.s[i] == '\n';
	drop = arena_alloc(&k->r->arena, n * sizeof *drop);
	salvage(&text, drop, &out, &k->r->kept, &k->r->dropped);
	if (k->q->journal.corrupt_line && !k->r->dropped)
		k->r->dropped = 1;
	restore_all(k);
	buf_release(&text);
	buf_release(&out);
}

int
repair(struct repair *r, struct queue *q, bool write)
{
	struct work k = { .r = r, .q = q, .write = write, .onto = q->config.base };
	int lock = -1, dir, status = EXIT_OK;
	char *head = git_head_branch(q->repo.commonfd);

	*r = (struct repair){ .n = 0 };
	if (!k.onto && head)
		k.onto = arena_strdup(&r->arena, head);
	free(head);
	witness_collect(&k.w, &q->repo, q->config.branch_prefix);
	if (k.w.why) {
		warn("branches are unknown: %s", k.w.why);
		status = EXIT_FAIL;
	} else if (!write) {
		pretend(&k);
	} else {
		dir = fs_open_dir(q->repo.statefd, "lock");
		lock = dir < 0 ? -1 : lock_take(dir, "journal", LOCK_WAIT_MS);
		if (dir >= 0)
			close(dir);
		if (lock < 0 || dispatcher_works(q->repo.statefd)) {
			warn("%s is at work; try again", lock < 0 ? "somebody" : "a dispatcher");
			status = EXIT_RETRY;
		} else {
			status = rebuild(&k);
		}
		if (lock >= 0)
			close(lock);
	}
	witness_release(&k.w);
	return status;
}

void
repair_put(const struct repair *r, struct rec_out *out)
{
	for (size_t i = 0; i < r->n; i++) {
		char n[NUM_TEXT];
		char *v[E_N] = { [E_ID] = (char *)r->v[i].id,
		    [E_ATTEMPT] = num_text((uint64_t)r->v[i].n, n),
		    [E_EVENT] = (char *)r->v[i].event, [E_FACT] = (char *)r->v[i].fact };

		rec_put(out, v);
	}
}

void
repair_release(struct repair *r)
{
	free(r->v);
	arena_release(&r->arena);
	*r = (struct repair){ .n = 0 };
}
