#include "checkup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "brake.h"
#include "clock.h"
#include "fs.h"
#include "lock.h"
#include "naming.h"
#include "run.h"
#include "server.h"
#include "witness.h"

enum { LEAST_MB = 200, LITTLE_MB = 1000, LEAST_INODES = 10000, OLD_BEAT = 3600 };

static void
check_journal(struct checkup *c, const struct queue *q)
{
	static const char remedy[] = "jared doctor --repair";
	const struct witness *lacking;
	struct witnesses w;

	if (q->journal.corrupt_line) {
		finding_add(c, "state.journal", FINDING_BAD, arena_printf(&c->arena,
		    "line %zu: %s; nothing is started", q->journal.corrupt_line,
		    q->journal.corrupt_why), remedy);
		return;
	}
	witness_collect(&w, &q->repo, q->config.branch_prefix);
	lacking = witness_lacking(&w, &q->journal);
	if (lacking)
		finding_add(c, "state.journal", FINDING_BAD, arena_printf(&c->arena,
		    "it lacks attempt %" PRId64 " at %s (%s)", lacking->n, lacking->id,
		    witness_text(lacking, &c->arena)), remedy);
	else
		finding_add(c, "state.journal", FINDING_OK, arena_printf(&c->arena,
		    "%" PRIu64 " records about %zu tasks", q->journal.seq,
		    q->journal.n_task), NULL);
	witness_release(&w);
}

static void
check_locks(struct checkup *c, const struct repo *r)
{
	static const char *const names[] = { "beat", "git", "journal", "snap" };
	int dir = fs_open_dir(r->statefd, "lock");
	const char *held = NULL, *why = NULL;

	for (size_t i = 0; dir >= 0 && i < sizeof names / sizeof *names; i++) {
		enum lock_state s = lock_probe(dir, names[i]);

		if (s == LOCK_UNKNOWN)
			why = arena_printf(&c->arena, "%s: %s", names[i], strerror(errno));
		else if (s == LOCK_HELD)
			held = held ? arena_printf(&c->arena, "%s, %s", held, names[i]) :
			    names[i];
	}
	if (dir >= 0)
		close(dir);
	finding_add(c, "state.locks", dir < 0 || why ? FINDING_BAD : FINDING_OK,
	    dir < 0 ? "lock/ cannot be opened" : why ? why :
	    held ? arena_printf(&c->arena, "%s held by somebody at work", held) : "free",
	    "look at the file system of the state directory");
}

static void
check_disk(struct checkup *c, const char *check, int fd)
{
	struct statvfs v;
	uint64_t mb;

	if (fd < 0 || fstatvfs(fd, &v) < 0) {
		finding_add(c, check, FINDING_BAD, strerror(errno), "look at the disk");
		return;
	}
	mb = (uint64_t)v.f_bavail * v.f_frsize >> 20;
	bool few = v.f_files && v.f_favail < LEAST_INODES;

	finding_add(c, check, mb < LEAST_MB || few ? FINDING_BAD :
	    mb < LITTLE_MB ? FINDING_WARN : FINDING_OK, arena_printf(&c->arena,
	    "%" PRIu64 " MB%s free%s", mb, v.f_files ? arena_printf(&c->arena,
	    " and %" PRIu64 " files", (uint64_t)v.f_favail) : "",
	    v.f_flag & ST_RDONLY ? ", mounted read-only" : ""),
	    "make room: jared clean, git worktree list");
	if (v.f_flag & ST_RDONLY)
		c->v[c->n - 1].result = FINDING_BAD;
}

static void
check_worktrees(struct checkup *c, const struct queue *q)
{
	const char *dir = q->config.worktrees, *at = dir;
	int from = *dir == '/' ? AT_FDCWD : q->repo.rootfd;
	bool there = faccessat(from, dir, F_OK, AT_EACCESS) == 0;

	if (!there)
		at = *dir == '/' ? "/" : ".";
	if (faccessat(from, at, W_OK, AT_EACCESS) == 0)
		finding_add(c, "worktrees", FINDING_OK, arena_printf(&c->arena, "%s%s",
		    dir, there ? "" : ", made when it is needed"), NULL);
	else
		finding_add(c, "worktrees", FINDING_BAD, arena_printf(&c->arena,
		    "%s: %s", dir, strerror(errno)), "make it writable, or set "
		    "another 'worktrees' in jared.yaml");
}

static void
check_server(struct checkup *c, const struct repo *r)
{
	const char *why = NULL;
	char *socket = server_socket(r->state, false, &c->arena, &why);
	struct proc_id id;
	bool known = server_read(r->statefd, &id) == 0, lives = known && proc_lives(&id);

	if (!socket)
		finding_add(c, "tmux.server", FINDING_BAD, why, "set JARED_TMUX_SOCKET, "
		    "or mend the directory");
	else if (server_listens(socket))
		finding_add(c, "tmux.server", FINDING_OK, lives ? arena_printf(&c->arena,
		    "pid %ld, %s", (long)id.pid, socket) : socket, NULL);
	else if (lives)
		finding_add(c, "tmux.server", FINDING_WARN, arena_printf(&c->arena,
		    "pid %ld lives and its socket %s is gone", (long)id.pid, socket),
		    arena_printf(&c->arena, "kill -USR1 %ld; the next start does it too",
		    (long)id.pid));
	else
		finding_add(c, "tmux.server", FINDING_ABSENT, arena_printf(&c->arena,
		    "none at %s; the next start makes one", socket), NULL);
	free(socket);
}

static void
check_clock(struct checkup *c, const struct queue *q)
{
	int64_t last = 0, now = clock_now();

	for (const struct ledger *l = q->journal.first; l; l = l->next)
		for (const struct attempt *at = l->newest; at; at = at->older) {
			last = at->claimed.wall > last ? at->claimed.wall : last;
			last = at->ended.wall > last ? at->ended.wall : last;
		}
	finding_add(c, "clock", last > now + 60 || !*clock_boot_uuid() ? FINDING_WARN :
	    FINDING_OK, !*clock_boot_uuid() ? "the boot id cannot be read" :
	    last > now + 60 ? arena_printf(&c->arena, "%" PRId64 " s before the last "
	    "record of the journal", last - now) : "sound",
	    "set it; ages are wrong until then");
}

static void
check_loop(struct checkup *c, const struct queue *q)
{
	int fd = q->repo.statefd;
	struct stat st;
	struct brake b;
	int64_t age;

	if (faccessat(fd, "pause", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		finding_add(c, "loop.pause", FINDING_WARN, "nothing is started", "jared resume");
	brake_read(&b, fd, &c->arena);
	if (b.on && (b.until < 0 || b.until > q->world.now))
		finding_add(c, "loop.brake", FINDING_WARN, b.why ? b.why :
		    "nothing is started", "see why, then jared resume");
	if (fstatat(fd, "beat/last", &st, AT_SYMLINK_NOFOLLOW) < 0) {
		finding_add(c, "loop.beat", FINDING_ABSENT, "there was none yet", NULL);
		return;
	}
	age = q->world.now - st.st_mtim.tv_sec;
	finding_add(c, "loop.beat", age > OLD_BEAT ? FINDING_WARN : FINDING_OK,
	    arena_printf(&c->arena, "%" PRId64 " s ago", age < 0 ? 0 : age),
	    "see that cron or a terminal runs jared-heartbeat");
}

/* Directories below worktrees that git does not know and nobody cleans away. */
static void
check_leftovers(struct checkup *c, const struct queue *q)
{
	int base = *q->config.worktrees == '/' ? AT_FDCWD : q->repo.rootfd;
	int fd = fs_open_dir(base, q->config.worktrees);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	const char *first = NULL;
	struct stat st;
	size_t n = 0;

	while (d && (e = readdir(d))) {
		if (*e->d_name == '.' || fstatat(dirfd(d), e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode) ||
		    fstatat(dirfd(d), arena_printf(&c->arena, "%s/.git", e->d_name), &st,
		    AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		if (n++ == 0)
			first = arena_strdup(&c->arena, e->d_name);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	finding_add(c, "leftovers", n ? FINDING_WARN : FINDING_OK, n ?
	    arena_printf(&c->arena, "%zu in %s are no worktrees, such as %s", n,
	    q->config.worktrees, first) : "none", "look into them, then remove them");
}

void
checkup_state(struct checkup *c, struct queue *q)
{
	const struct repo *r = &q->repo;
	const char *kind;

	if (!r->common) {
		finding_add(c, "repository", FINDING_BAD, arena_printf(&c->arena,
		    "%s is in no git repository", r->root), "git init");
		return;
	}
	finding_add(c, "repository", FINDING_OK, r->root, NULL);
	if (!fs_is_local(r->commonfd, &kind))
		finding_add(c, "state.filesystem", FINDING_BAD, arena_printf(&c->arena,
		    "%s: locks and syncs cannot be trusted", kind),
		    "set JARED_STATE to a local directory");
	check_worktrees(c, q);
	check_leftovers(c, q);
	check_disk(c, "disk.worktrees", r->rootfd);
	if (r->statefd < 0) {
		/* Branches may be left of a state directory that is lost. */
		finding_add(c, "state", FINDING_ABSENT, arena_printf(&c->arena,
		    "%s is made by the first start", r->state), NULL);
		check_journal(c, q);
		return;
	}
	finding_add(c, "state", FINDING_OK, r->state, NULL);
	check_disk(c, "disk.state", r->statefd);
	check_journal(c, q);
	check_locks(c, r);
	check_server(c, r);
	check_loop(c, q);
	check_clock(c, q);
}
