#include "snap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "limit.h"
#include "named.h"
#include "num.h"

enum { MAX_BYTES = 1 << 28 };

void
snap_release(struct snap *s)
{
	free(s->queue.v);
	free(s->run.v);
	free(s->signal.v);
	free(s->text);
	arena_release(&s->arena);
	*s = (struct snap){ 0 };
}

static void
add_record(struct snap *s, struct snap_set *set, const struct rec_kind *k,
    char *const *v)
{
	GROW(set->v, set->n, set->cap);
	set->v[set->n] = arena_alloc(&s->arena, (k->n + 1) * sizeof *v);
	memcpy(set->v[set->n++], v, k->n * sizeof *v);
}

enum { META_WORD, META_VERSION, META_TIME, META_SEQ, META_BOOT, META_TASKS,
	META_RUNS, META_N, META_LIMITS = META_N };

static const char end_line[] = "\nend";

/* The length of the records and the first line, if all is as it was written,
 * else -1. */
static ssize_t
sealed(const char *text, size_t len)
{
	ssize_t n = len ? tsv_sealed(text, len - 1) : -1;

	if (n < 4 || text[len - 1] != '\n' || memcmp(text + n - 4, end_line, 4) != 0)
		return -1;
	return n - 3;
}

static int
parse_meta(struct snap *s, char *line, const char **why)
{
	char *f[META_N + 8];
	int n = tsv_split(line, f, META_N + 8, why);
	int64_t version, seq, time;

	if (n < 0)
		return -1;
	*why = "damaged: bad first line";
	if (n <= META_VERSION || !f[META_WORD] || strcmp(f[META_WORD], "meta") != 0 ||
	    !f[META_VERSION] || num_parse(f[META_VERSION], 1, INT64_MAX, &version) < 0)
		return -1;
	if (version > SNAP_VERSION) {
		*why = "written by a newer version";
		return -1;
	}
	for (int i = 0; i < META_N; i++)
		if (i >= n || !f[i])
			return -1;
	if (num_parse(f[META_SEQ], 0, INT64_MAX, &seq) < 0 ||
	    (*s->name.text && seq != s->name.seq) ||
	    clock_parse(f[META_TIME], &time) < 0 ||
	    num_parse(f[META_TASKS], 0, MAX_BYTES, &s->tasks) < 0 ||
	    num_parse(f[META_RUNS], 0, MAX_BYTES, &s->runs) < 0)
		return -1;
	s->boot = f[META_BOOT];
	s->limits = n > META_LIMITS ? f[META_LIMITS] : NULL;
	if (!*s->name.text) {
		s->name.time = time;
		s->name.seq = seq;
	}
	return 0;
}

/* The records by the word they begin with. */
static struct snap_set *
set_of(struct snap *s, const char *word, const struct rec_kind **k)
{
	struct { const struct rec_kind *kind; struct snap_set *set; } sets[] = {
		{ &rec_queue, &s->queue }, { &rec_run, &s->run },
		{ &rec_signal, &s->signal },
	};

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		if (word && strcmp(word, sets[i].kind->name) == 0) {
			*k = sets[i].kind;
			return sets[i].set;
		}
	return NULL;
}

static int
parse_record(struct snap *s, char *line, const char **why)
{
	char *f[REC_MAXCOL + 1] = { NULL };
	int n = tsv_split(line, f, REC_MAXCOL + 1, why);
	const struct rec_kind *k;
	struct snap_set *set;

	if (n < 0)
		return -1;
	*why = "damaged: bad record";
	set = n > 0 ? set_of(s, f[0], &k) : NULL;
	if (!set || (size_t)n <= k->n_v1 || rec_bad_column(k, f + 1, (size_t)n - 1))
		return -1;
	add_record(s, set, k, f + 1);
	return 0;
}

static int
parse(struct snap *s, size_t len, enum snap_part part, const char **why)
{
	char *line = s->text, *lf = memchr(line, '\n', len), *end;
	ssize_t n = part == SNAP_HEAD ? 0 : sealed(s->text, len);

	*why = "damaged: bad first line";
	if (!lf)
		return -1;
	*lf = '\0';
	if (parse_meta(s, line, why) < 0)
		return -1;
	*why = "damaged: bad checksum";
	if (n < 0)
		return -1;
	end = s->text + n;
	while ((line = lf + 1) < end) {
		lf = memchr(line, '\n', (size_t)(end - line));
		*lf = '\0';
		if (parse_record(s, line, why) < 0)
			return -1;
	}
	return 0;
}

/* From the open file, which is closed. */
static int
read_file(struct snap *s, int file, enum snap_part part, const char **why)
{
	struct buf b = BUF_INIT;
	int r;

	*why = errno == ENOENT ? "gone" : "no regular file, or not ours to read";
	if (file < 0)
		return -1;
	if (part == SNAP_HEAD) {
		ssize_t n = pread(file, buf_room(&b, 512), 512, 0);

		buf_setlen(&b, n > 0 ? (size_t)n : 0);
		r = 0;
	} else {
		*why = "cannot be read";
		r = fs_read_fd(file, MAX_BYTES, &b);
	}
	close(file);
	if (r == 0) {
		size_t len = b.len;

		s->text = buf_steal(&b);
		r = parse(s, len, part, why);
	}
	buf_release(&b);
	if (r < 0)
		snap_release(s);
	return r;
}

int
snap_read(struct snap *s, int fd, const struct snap_name *name,
    enum snap_part part, const char **why)
{
	*s = (struct snap){ .name = *name };
	return read_file(s, fs_open_regular(fd, name->text), part, why);
}

int
snap_find(struct snap *s, const struct snapdir *d, int64_t time, int64_t seq)
{
	const char *why;

	for (size_t i = d->n; i-- > 0;) {
		const struct snap_name *name = &d->v[i];

		if (name->time > time)
			continue;
		if (name->seq > seq) {
			warn("snapshot %s passed over: the journal is older", name->text);
			continue;
		}
		if (snap_read(s, d->fd, name, SNAP_WHOLE, &why) == 0)
			return 0;
		warn("snapshot %s passed over: %s", name->text, why);
	}
	*s = (struct snap){ 0 };
	return -1;
}

int
snap_named(struct snap *s, const struct snapdir *d, const char *text)
{
	struct snap_name name;
	char bound[CLOCK_TEXT];
	int64_t time = INT64_MAX;
	const char *why = "gone";

	*s = (struct snap){ 0 };
	if (strchr(text, '/')) {
		if (read_file(s, fs_open_regular(AT_FDCWD, text), SNAP_WHOLE, &why) == 0)
			return EXIT_OK;
		warn("snapshot %s: %s", text, why);
		return EXIT_NONE;
	}
	if (snap_name_parse(text, &name) == 0) {
		if (d->fd >= 0 && snap_read(s, d->fd, &name, SNAP_WHOLE, &why) == 0)
			return EXIT_OK;
		warn("snapshot %s: %s", text, why);
		return EXIT_NONE;
	}
	if (strcmp(text, "last") != 0 && clock_parse_near(text, -1, &time) < 0)
		die(EXIT_USAGE, "bad time '%s', valid: 2026-11-22T10:00:00Z, "
		    "10m (ago), last, the name or path of a snapshot", text);
	if (snap_find(s, d, time, INT64_MAX) == 0)
		return EXIT_OK;
	if (time == INT64_MAX || d->n == 0)
		warn("no snapshot");
	else
		warn("no snapshot as old as %s", clock_format(time, bound));
	return EXIT_NONE;
}

char **
snap_task(const struct snap *s, const char *name)
{
	struct named m;
	bool none;
	const void *v;

	named_begin(&m, name);
	for (size_t i = 0; i < s->queue.n; i++)
		named_offer(&m, s->queue.v[i][Q_ID], s->queue.v[i][Q_FILE], s->queue.v[i]);
	none = m.n == 0;
	v = named_end(&m);
	if (none)
		warn("no task '%s' in the snapshot", name);
	return (char **)v;
}

void
scene_observe(struct scene *now, const char *dir, enum repo_need need)
{
	struct queue *q = &now->q;
	struct fleet *f = &now->f;
	struct snap *s = &now->s;
	char *v[REC_MAXCOL];

	queue_open(q, dir, need);
	queue_for(q, NULL);
	queue_classify(q);
	fleet_observe(f, &q->world, FLEET_TMUX | FLEET_GIT | FLEET_INBOXES, false);
	*s = (struct snap){ .name.time = q->world.now,
	    .name.seq = (int64_t)q->journal.seq };
	s->limits = limit_text(&q->config, &s->arena);
	s->boot = arena_printf(&s->arena, "%s:%lld", clock_boot_id(),
	    (long long)clock_boot_ms());
	for (size_t i = 0; i < q->n; i++) {
		queue_record(q, &q->item[i], v);
		add_record(s, &s->queue, &rec_queue, v);
	}
	for (size_t i = 0; i < f->n; i++) {
		fleet_record(f, &f->item[i], v);
		add_record(s, &s->run, &rec_run, v);
	}
	signals_collect(&now->g, q, f);
	for (size_t i = 0; i < now->g.n; i++) {
		signals_record(&now->g, &now->g.v[i], v);
		add_record(s, &s->signal, &rec_signal, v);
	}
	s->tasks = (int64_t)s->queue.n;
	s->runs = (int64_t)s->run.n;
}

void
snap_pick(const struct snap *s, const struct repo *r, struct pick *p)
{
	struct pick_limits limits;
	struct arena a = { 0 };
	struct config c;

	config_load(&c, r->root, &a);
	limit_parse(s->limits ? s->limits : limit_text(&c, &a), &limits);
	*p = (struct pick){ 0 };
	for (size_t i = 0; i < s->queue.n; i++)
		pick_add(p, s->queue.v[i]);
	pick_decide(p, &limits);
	arena_release(&a);
}

bool
snap_same_limits(const struct snap *a, const struct snap *b)
{
	return a->limits && b->limits ? strcmp(a->limits, b->limits) == 0 :
	    a->limits == b->limits;
}

void
scene_release(struct scene *now)
{
	snap_release(&now->s);
	signals_release(&now->g);
	fleet_release(&now->f);
	queue_release(&now->q);
}

static void
add_set(struct buf *b, const struct rec_kind *k, const struct snap_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		tsv_add(b, k->name, '\t');
		for (size_t c = 0; c < k->n; c++)
			tsv_add(b, set->v[i][c], c + 1 < k->n ? '\t' : '\n');
	}
}

static void
add_meta(struct buf *b, const struct snap *s)
{
	char time[CLOCK_TEXT];

	tsv_add(b, "meta", '\t');
	tsv_addf(b, '\t', "%d", SNAP_VERSION);
	tsv_add(b, clock_format(s->name.time, time), '\t');
	tsv_addf(b, '\t', "%lld", (long long)s->name.seq);
	tsv_add(b, s->boot, '\t');
	tsv_addf(b, '\t', "%lld", (long long)s->tasks);
	tsv_addf(b, '\t', "%lld", (long long)s->runs);
	tsv_add(b, s->limits, '\n');
}

int
snap_write(struct snap *s, const struct snapdir *d)
{
	struct buf b = BUF_INIT;
	int r, err;

	s->name.number = d->n ? d->v[d->n - 1].number + 1 : 1;
	snap_name_make(&s->name);
	add_meta(&b, s);
	add_set(&b, &rec_queue, &s->queue);
	add_set(&b, &rec_run, &s->run);
	add_set(&b, &rec_signal, &s->signal);
	tsv_add(&b, "end", '\t');
	tsv_seal(&b, 0);
	r = fs_replace(d->fd, s->name.text, b.s, b.len);
	err = errno;
	buf_release(&b);
	errno = err;
	return r;
}
