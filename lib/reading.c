#include "reading.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 64, THREADS_FROM = 512, MAX_HANDS = 4, MAX_DIRS = 128 };

struct reading_dir {
	int fd;
	atomic_uint left;           /* files not read yet, and 1 for who adds them */
};

struct found {
	struct reading_dir *dir;
	const char *file, *name, *workstream;
	int kind;
	struct task *task;          /* when it is read; NULL: gone */
};

struct batch {
	struct batch *next;
	size_t n;
	struct found v[BATCH];
};

/* Who reads: the thread of the walk, when there is nothing more to find, and
 * others. */
struct hand {
	struct reading *all;
	pthread_t thread;
	struct arena arena;
	struct task_reader rd;
	size_t near;
};

struct reading {
	const struct index *index;
	struct hand hand[MAX_HANDS];
	size_t n_hand;              /* the first is the walk's */
	struct batch *filling;
	size_t n;                   /* files in batches that are full */
	atomic_uint n_dir;          /* open ones */
	struct arena arena;         /* of batches and directories */

	pthread_mutex_t lock;       /* of what follows */
	pthread_cond_t more;
	struct batch *first, *last, *todo;
	bool complete;
};

/* --- reading --- */

/* What stat(2) says of a file that the index may know. */
struct look {
	int err;
	struct task_stat now;
};

static void
look_at(const struct found *f, struct look *l)
{
	struct stat st;

	l->err = fstatat(f->dir->fd, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
	if (!l->err)
		task_stat(&l->now, &st);
}

/* A file that the index knows need not be opened. */
static struct task *
read_one(struct hand *h, const struct found *f, const struct look *l)
{
	struct task *t = NULL;

	if (l->err == ENOENT)
		return NULL;
	if (!l->err)
		t = index_get(h->all->index, f->file, &l->now, &h->near, &h->arena);
	if (t)
		return t;
	t = task_read(&h->rd, f->dir->fd, f->name, f->kind, f->file, f->workstream);
	if (t)
		task_hash_names(t);
	return t;
}

void
reading_leave(struct reading *r, struct reading_dir *d)
{
	if (atomic_fetch_sub(&d->left, 1) == 1) {
		close(d->fd);
		atomic_fetch_sub(&r->n_dir, 1);
	}
}

/* All are looked at before the first is looked up: a system call may cost the
 * processor all that it knew of our memory. */
static void
read_batch(struct hand *h, struct batch *b)
{
	struct look look[BATCH];

	for (size_t i = 0; i < b->n; i++) {
		look[i].err = -1;
		if (index_count(h->all->index))
			look_at(&b->v[i], &look[i]);
	}
	for (size_t i = 0; i < b->n; i++) {
		b->v[i].task = read_one(h, &b->v[i], &look[i]);
		reading_leave(h->all, b->v[i].dir);
	}
}

/* The next batch; NULL if there is none now and none is waited for, or if there
 * will be none. */
enum claim { CLAIM_NOW, CLAIM_WAIT };
static struct batch *
claim(struct reading *r, enum claim how)
{
	struct batch *b;

	pthread_mutex_lock(&r->lock);
	while (!r->todo && !r->complete && how == CLAIM_WAIT)
		pthread_cond_wait(&r->more, &r->lock);
	b = r->todo;
	if (b)
		r->todo = b->next;
	pthread_mutex_unlock(&r->lock);
	return b;
}

static void *
read_on(void *arg)
{
	struct hand *h = arg;
	struct batch *b;

	while ((b = claim(h->all, CLAIM_WAIT)))
		read_batch(h, b);
	return NULL;
}

/* --- adding --- */

static struct hand *
new_hand(struct reading *r, const struct task_reader *like)
{
	struct hand *h = &r->hand[r->n_hand];

	h->all = r;
	h->rd = *like;
	h->rd.arena = &h->arena;
	h->rd.text = (struct buf)BUF_INIT;
	h->rd.scratch = (struct arena){ 0 };
	return h;
}

struct reading *
reading_begin(const struct repo *repo, const struct layout *l,
    const struct index *x, bool stat)
{
	struct reading *r = xrealloc_array(NULL, 1, sizeof *r);
	struct task_reader like = { .repo = repo, .layout = l, .stat = stat };

	*r = (struct reading){ .index = x, .lock = PTHREAD_MUTEX_INITIALIZER,
	    .more = PTHREAD_COND_INITIALIZER };
	new_hand(r, &like);
	r->n_hand = 1;
	return r;
}

/* Where no thread can be had, the walk's own does it all. */
static void
start_hands(struct reading *r)
{
	cpu_set_t set;
	size_t n = 1;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = (size_t)CPU_COUNT(&set);
	while (r->n_hand < n && r->n_hand < MAX_HANDS) {
		struct hand *h = new_hand(r, &r->hand[0].rd);

		if (pthread_create(&h->thread, NULL, read_on, h) != 0)
			break;
		r->n_hand++;
	}
}

static void
publish(struct reading *r)
{
	struct batch *b = r->filling;

	r->filling = NULL;
	if (!b)
		return;
	pthread_mutex_lock(&r->lock);
	*(r->last ? &r->last->next : &r->first) = b;
	r->last = b;
	if (!r->todo)
		r->todo = b;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	r->n += b->n;
	if (r->n >= THREADS_FROM && r->n - b->n < THREADS_FROM)
		start_hands(r);
}

struct reading_dir *
reading_enter(struct reading *r, int dirfd, const char *path)
{
	struct reading_dir *d = arena_alloc(&r->arena, sizeof *d);
	struct batch *b;

	d->fd = -1;
	if (atomic_load(&r->n_dir) < MAX_DIRS)
		d->fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	if (d->fd < 0) {
		publish(r);
		while ((b = claim(r, CLAIM_NOW)))
			read_batch(&r->hand[0], b);
		d->fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	}
	if (d->fd < 0)
		die_errno(EXIT_RETRY, "cannot keep '%s' open", path);
	atomic_fetch_add(&r->n_dir, 1);
	atomic_store(&d->left, 1);
	return d;
}

void
reading_add(struct reading *r, struct reading_dir *d, const char *file,
    const char *name, int kind, const char *workstream)
{
	if (!r->filling)
		r->filling = arena_alloc(&r->arena, sizeof *r->filling);
	atomic_fetch_add(&d->left, 1);
	r->filling->v[r->filling->n++] = (struct found){ .dir = d, .file = file,
	    .name = name, .workstream = workstream, .kind = kind };
	if (r->filling->n == BATCH)
		publish(r);
}

void
reading_end(struct reading *r, struct arena *a, struct task ***v, size_t *n,
    size_t *cap)
{
	publish(r);
	pthread_mutex_lock(&r->lock);
	r->complete = true;
	pthread_cond_broadcast(&r->more);
	pthread_mutex_unlock(&r->lock);
	read_on(&r->hand[0]);
	for (size_t i = 0; i < r->n_hand; i++) {
		if (i > 0)
			pthread_join(r->hand[i].thread, NULL);
		arena_join(a, &r->hand[i].arena);
		task_reader_release(&r->hand[i].rd);
	}
	for (const struct batch *b = r->first; b; b = b->next)
		for (size_t i = 0; i < b->n; i++) {
			if (!b->v[i].task)
				continue;
			GROW(*v, *n, *cap);
			(*v)[(*n)++] = b->v[i].task;
		}
	arena_release(&r->arena);
	free(r);
}
