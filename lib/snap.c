#include "snap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "num.h"

enum { MAX_BYTES = 1 << 28 };

void
snap_release(struct snap *s)
{
	free(s->queue.v);
	free(s->run.v);
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
	META_RUNS, META_N };

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
	int64_t version, seq;

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
	if (num_parse(f[META_SEQ], 0, INT64_MAX, &seq) < 0 || seq != s->name.seq ||
	    num_parse(f[META_TASKS], 0, MAX_BYTES, &s->tasks) < 0 ||
	    num_parse(f[META_RUNS], 0, MAX_BYTES, &s->runs) < 0)
		return -1;
	s->boot = f[META_BOOT];
	return 0;
}

static int
parse_record(struct snap *s, char *line, const char **why)
{
	char *f[REC_MAXCOL + 1] = { NULL };
	int n = tsv_split(line, f, REC_MAXCOL + 1, why);
	bool queue = n > 0 && f[0] && strcmp(f[0], rec_queue.name) == 0;
	const struct rec_kind *k = queue ? &rec_queue : &rec_run;

	if (n < 0)
		return -1;
	*why = "damaged: bad record";
	if (!f[0] || strcmp(f[0], k->name) != 0 || (size_t)n <= k->n_v1 ||
	    rec_bad_column(k, f + 1, (size_t)n - 1))
		return -1;
	add_record(s, queue ? &s->queue : &s->run, k, f + 1);
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

int
snap_read(struct snap *s, int fd, const struct snap_name *name,
    enum snap_part part, const char **why)
{
	struct buf b = BUF_INIT;
	int file = fs_open_regular(fd, name->text), r = -1;

	*s = (struct snap){ .name = *name };
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
	if (snap_name_parse(text, &name) == 0) {
		if (d->fd >= 0 && snap_read(s, d->fd, &name, SNAP_WHOLE, &why) == 0)
			return EXIT_OK;
		warn("snapshot %s: %s", text, why);
		return EXIT_NONE;
	}
	if (strcmp(text, "last") != 0 && clock_parse_near(text, -1, &time) < 0)
		die(EXIT_USAGE, "bad time '%s', valid: 2026-11-22T10:00:00Z, "
		    "10m (ago), last, the name of a snapshot", text);
	if (snap_find(s, d, time, INT64_MAX) == 0)
		return EXIT_OK;
	if (time == INT64_MAX || d->n == 0)
		warn("no snapshot");
	else
		warn("no snapshot as old as %s", clock_format(time, bound));
	return EXIT_NONE;
}

void
scene_observe(struct scene *now, const char *dir, enum repo_need need)
{
	struct queue *q = &now->q;
	struct fleet *f = &now->f;
	struct snap *s = &now->s;
	char *v[REC_MAXCOL];

	queue_load(q, dir, need);
	fleet_observe(f, &q->world, FLEET_TMUX | FLEET_GIT, false);
	*s = (struct snap){ .name.time = q->world.now,
	    .name.seq = (int64_t)q->journal.seq };
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
	s->tasks = (int64_t)s->queue.n;
	s->runs = (int64_t)s->run.n;
}

void
scene_release(struct scene *now)
{
	snap_release(&now->s);
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
	tsv_addf(b, '\n', "%lld", (long long)s->runs);
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
	tsv_add(&b, "end", '\t');
	tsv_seal(&b, 0);
	r = fs_replace(d->fd, s->name.text, b.s, b.len);
	err = errno;
	buf_release(&b);
	errno = err;
	return r;
}
