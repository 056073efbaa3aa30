#include "take.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "change.h"
#include "fs.h"

enum { SIGNALS_MAX = 16 * 1024 * 1024 };

static void
say(const struct snap *last, const struct snap *now, const struct rec_out *out)
{
	if (!last->text)
		warn("first snapshot: %lld tasks, %lld runs", (long long)now->tasks,
		    (long long)now->runs);
	else
		warn("%zu changes since %s", out->n_rec, last->name.text);
	if (now->name.number)
		warn("written: %s", now->name.text);
}

/* The newest one stands, or a new one does. */
static void
keep(struct scene *now, const struct snap *last, const struct snapdir *d)
{
	if (last->text && snap_same_limits(last, &now->s) &&
	    !change_put(last, &now->s, NULL)) {
		(void)utimensat(d->fd, last->name.text, NULL, 0);
		return;
	}
	if (snap_write(&now->s, d) < 0)
		die_errno(EXIT_FAIL, "cannot write a snapshot");
	snapdir_prune(d, now->s.name.time);
}

/* The signals once more, as a file that is there while there are any: whoever
 * waits for some need not look into a snapshot. */
static void
hang_out(struct scene *now)
{
	int statefd = now->q.repo.statefd;
	struct buf b = BUF_INIT, was = BUF_INIT;

	for (size_t i = 0; i < now->s.signal.n; i++)
		rec_add_tsv(&b, &rec_signal, now->s.signal.v[i]);
	(void)fs_read(statefd, "signals", SIGNALS_MAX, &was);
	if (b.len == 0)
		(void)unlinkat(statefd, "signals", 0);
	else if ((b.len != was.len || memcmp(b.s, was.s, b.len) != 0) &&
	    fs_replace_fast(statefd, "signals", b.s, b.len) < 0)
		warn_errno("cannot write 'signals'");
	buf_release(&b);
	buf_release(&was);
}

int
snap_take(const char *dir, unsigned how, struct rec_out *out)
{
	bool dry = how & TAKE_DRY;
	enum repo_need need = dry ? REPO_GIT : REPO_STATE;
	struct scene now;
	struct snapdir d;
	struct snap last;
	struct repo r;
	int status;

	repo_open(&r, dir, need);
	/* Locked before looking, so that what is written later was seen later.
	 * The end of the process gives the lock back. */
	if (!dry && snapdir_lock(r.statefd) < 0)
		die_errno(errno == EAGAIN ? EXIT_RETRY : EXIT_FAIL,
		    "cannot take lock/snap");
	scene_observe(&now, dir, need);
	/* journal_open has said what is wrong with it. */
	status = now.q.journal.corrupt_line ? EXIT_FAIL : EXIT_OK;
	snapdir_open(&d, r.statefd);
	(void)snap_find(&last, &d, INT64_MAX, now.s.name.seq);
	if (!dry) {
		keep(&now, &last, &d);
		hang_out(&now);
		tasks_index(&now.q.tasks);
	}
	if (last.text && !(how & TAKE_QUIET))
		change_put(&last, &now.s, out);
	if (how & TAKE_VERBOSE)
		say(&last, &now.s, out);
	snap_release(&last);
	snapdir_release(&d);
	scene_release(&now);
	repo_close(&r);
	return status;
}
