#include "drift.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "fs.h"
#include "num.h"
#include "run.h"
#include "tree.h"

enum { DEBRIS_AGE = 60 };

static int64_t
age_of(int dirfd, const char *name, int64_t *since)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	*since = st.st_mtim.tv_sec;
	return clock_stamp_ns() / 1000000000 - *since;
}

/* What NAME in dirfd, which is that attempt's, is found to be if the journal does
 * not know the attempt: its fact is yet to be told.  NULL: nothing. */
static struct drift *
orphan(struct drifts *d, struct queue *q, const char *id, int64_t n, int dirfd,
    const char *name)
{
	int64_t since;

	if (n == 0 || journal_attempt(&q->journal, id, n) ||
	    age_of(dirfd, name, &since) < DEBRIS_AGE)
		return NULL;
	return drift_add(d, DR_ORPHAN, arena_strdup(&d->arena, id), n, since, NULL);
}

static void
look_at_run(struct drifts *d, struct queue *q, int dirfd, const char *name)
{
	char id[TASK_ID_MAX + 1];
	int64_t n;
	struct drift *dr = taskid_split(name, '.', id, &n) < 0 ? NULL :
	    orphan(d, q, id, n, dirfd, name);

	if (dr)
		dr->fact = arena_printf(&d->arena, "run/%s is of no attempt that the "
		    "journal knows", name);
}

/* Worktrees that were locked for an attempt. */
static void
look_at_worktree(struct drifts *d, struct queue *q, int dirfd, const char *name)
{
	char *path = xasprintf("%s/locked", name), id[TASK_ID_MAX + 1];
	struct drift *dr = NULL;
	struct buf b = BUF_INIT;
	int64_t n;

	if (name[0] != '.' && fs_read(dirfd, path, 4096, &b) == 0 &&
	    tree_reason_parse(b.s, id, &n) == 0)
		dr = orphan(d, q, id, n, dirfd, name);
	if (dr)
		dr->fact = arena_printf(&d->arena, "worktree %s is locked for an "
		    "attempt that the journal does not know", name);
	buf_release(&b);
	free(path);
}

/* Files that somebody began, ".NAME.PID", and did not live to rename. */
static void
look_at_leftover(struct drifts *d, struct queue *q, int dirfd, const char *name)
{
	const char *dot = strrchr(name, '.');
	struct drift *dr;
	int64_t pid, since;

	(void)q;
	if (name[0] != '.' || dot == name || num_parse(dot + 1, 1, INT32_MAX, &pid) < 0 ||
	    age_of(dirfd, name, &since) < DEBRIS_AGE ||
	    kill((pid_t)pid, 0) == 0 || errno != ESRCH)
		return;
	dr = drift_add(d, DR_DEBRIS, "@fleet", 0, since, arena_printf(&d->arena,
	    "%s was begun by a process that is gone", name));
	dr->fix = FIX_REMOVE;
	dr->file = arena_strdup(&d->arena, name);
}

/* Sessions in which all is dead. */
static void
look_at_tombs(struct drifts *d, struct queue *q)
{
	tombs_find(&d->tombs, &q->world, &q->journal, &d->arena);
	for (size_t i = 0; i < d->tombs.n; i++) {
		const struct tomb *t = &d->tombs.v[i];
		struct drift *dr = drift_add(d, DR_DEBRIS, t->id, t->n,
		    t->at ? t->at->ended.wall : 0, arena_printf(&d->arena,
		    "session %s is dead, and %s", t->session, t->at ?
		    "its task has gone on" : "of no attempt that the journal knows"));

		dr->fix = FIX_CLOSE;
		dr->session = t->session;
		dr->title = t->at ? t->at->title : NULL;
	}
}

/* Each name in the directory, which is closed; -1: there is none. */
static void
look_into(int fd, struct drifts *d, struct queue *q,
    void (*look)(struct drifts *, struct queue *, int dirfd, const char *name))
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		look(d, q, fd, e->d_name);
	if (dir)
		closedir(dir);
}

void
drift_look_around(struct drifts *d, struct queue *q, enum drift_scope scope)
{
	int state = q->repo.statefd, common = q->repo.commonfd;

	if (scope == DRIFT_ALL && state >= 0) {
		look_into(fs_open_dir(state, "."), d, q, look_at_leftover);
		look_at_tombs(d, q);
	}
	look_into(state < 0 ? -1 : run_base(state, false), d, q, look_at_run);
	look_into(common < 0 ? -1 : fs_open_dir(common, "worktrees"), d, q,
	    look_at_worktree);
}
