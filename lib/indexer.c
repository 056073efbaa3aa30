#include "indexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "hash.h"
#include "indexfile.h"

enum { SECOND = 1000000000, STRINGS = 14 /* of an entry */ };

struct writer {
	struct index_head head;
	const struct task **task;   /* head.n to be kept, in the order of the walk */
	uint32_t *rank;             /* of each by its place in the walk, from 1, or 0 */
	size_t n_fresh;             /* those that came from their files */
	uint32_t *word;
	size_t n_word, cap_word;
	struct buf text;
	uint32_t *known;            /* places of strings in it, by hash */
	size_t n_known;
};

static size_t
power_above(size_t n)
{
	size_t power = 16;

	while (power <= n)
		power *= 2;
	return power;
}

static void *
zeroed(size_t n, size_t size)
{
	return memset(xrealloc_array(NULL, n, size), 0, n * size);
}

/* A file system that knows no fractions of a second may round to two. */
static bool
is_kept(const struct task *t, int64_t since)
{
	const struct task_stat *s = t->stat;

	return s && s->mtime < since &&
	    s->ctime < since - (s->ctime % SECOND ? 0 : 2 * (int64_t)SECOND);
}

static void
choose(struct writer *w, struct task *const *v, size_t n, int64_t since)
{
	const struct task **at;
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i]->seen >= all)
			all = v[i]->seen + (size_t)1;
	at = zeroed(all, sizeof *at);
	w->rank = zeroed(all, sizeof *w->rank);
	for (size_t i = 0; i < n; i++) {
		if (!is_kept(v[i], since))
			continue;
		at[v[i]->seen] = v[i];
		w->rank[v[i]->seen] = ++w->head.n;
		w->n_fresh += v[i]->rank_of_id == 0;
	}
	w->task = at;
	for (size_t i = 0, kept = 0; i < all; i++)
		if (at[i])
			at[kept++] = at[i];
}

/* Where s is, which is written once. */
static uint32_t
text(struct writer *w, const char *s)
{
	uint32_t *known;

	if (!s)
		return 0;
	for (uint64_t i = hash_words(s, strlen(s));; i++) {
		known = &w->known[i & (w->n_known - 1)];
		if (*known == 0) {
			*known = (uint32_t)w->text.len;
			buf_add(&w->text, s, strlen(s) + 1);
		} else if (strcmp(w->text.s + *known, s) != 0) {
			continue;
		}
		return *known;
	}
}

static void
add_word(struct writer *w, uint32_t word)
{
	GROW(w->word, w->n_word, w->cap_word);
	w->word[w->n_word++] = word;
}

static void
add_list(struct writer *w, const char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_word(w, text(w, v[i]));
}

static void
add_edges(struct writer *w, const struct task *t)
{
	for (size_t i = 0; i < t->n_edge; i++) {
		const struct task *dep = t->dep_task[i];
		bool twice = !dep && i < t->n_dep && t->dep_ambiguous[i];

		add_word(w, twice ? INDEX_AMBIGUOUS : dep ? w->rank[dep->seen] : 0);
	}
}

/* What the file says by itself: that another has the same id is not part of
 * that, and will be found out again. */
static struct index_entry
entry_of(struct writer *w, const struct task *t)
{
	bool own = t->error && strcmp(t->fault, "duplicate-id") != 0;
	struct index_entry e = {
		.stat = *t->stat, .hash = t->hash,
		.file_hash = hash_words(t->file, strlen(t->file)),
		.created = t->created, .hold_until = t->hold_until,
		.rank = t->rank, .rank_of_id = w->rank[t->seen],
		.status_word = (uint16_t)t->word, .guessed = t->guessed,
		.id = text(w, t->id), .title = text(w, t->title),
		.status = text(w, t->status), .priority = text(w, t->priority),
		.workstream = text(w, t->workstream),
		.milestone = text(w, t->milestone), .owner = text(w, t->owner),
		.raw_id = text(w, t->raw_id), .stem = text(w, t->stem),
		.place = text(w, t->place), .parent = text(w, t->parent),
		.error = text(w, own ? t->error : NULL),
		.fault = text(w, own ? t->fault : NULL),
		.word = (uint32_t)w->n_word, .n_dep = (uint32_t)t->n_dep,
		.n_path = (uint32_t)t->n_path, .n_gate = (uint32_t)t->n_gate,
	};

	memcpy(e.name_hash, t->name_hash, sizeof e.name_hash);
	add_list(w, t->dep, t->n_dep);
	add_list(w, t->path, t->n_path);
	add_list(w, t->gate, t->n_gate);
	if (w->head.whole) {
		add_edges(w, t);
		e.n_edge = (uint32_t)t->n_edge;
		e.unblocks = (uint32_t)t->unblocks;
		e.cycle = text(w, t->cycle);
	}
	return e;
}

static void
build(struct writer *w, struct buf *out)
{
	struct index_head *h = &w->head;
	struct index_entry *entry = zeroed(h->n, sizeof *entry);
	uint32_t *slot = zeroed(h->n_slot, sizeof *slot);
	const size_t sum_from = offsetof(struct index_head, identity);

	buf_add(&w->text, "", 1);
	for (uint32_t i = 0; i < h->n; i++) {
		size_t s = index_slot(w->task[i]->stat->ino, h->n_slot);

		entry[i] = entry_of(w, w->task[i]);
		while (slot[s])
			s = (s + 1) & (h->n_slot - 1);
		slot[s] = i + 1;
	}
	h->n_word = (uint32_t)w->n_word;
	h->text_len = w->text.len;
	buf_add(out, h, sizeof *h);
	buf_add(out, entry, h->n * sizeof *entry);
	buf_add(out, slot, h->n_slot * sizeof *slot);
	buf_add(out, w->word, w->n_word * sizeof *w->word);
	buf_add(out, w->text.s, w->text.len);
	h->sum = hash_words(out->s + sum_from, out->len - sum_from);
	memcpy(out->s, h, sizeof *h);
	free(entry);
	free(slot);
}

static int
write_out(struct writer *w, int statefd)
{
	struct buf out = BUF_INIT;
	int fd = fs_open_dir(statefd, "snap"), r = -1;

	w->head.n_slot = (uint32_t)power_above(2 * (size_t)w->head.n);
	w->n_known = power_above(2 * STRINGS * (size_t)w->head.n);
	w->known = zeroed(w->n_known, sizeof *w->known);
	if (fd >= 0) {
		build(w, &out);
		errno = EFBIG;
		if (w->text.len < UINT32_MAX && w->n_word < UINT32_MAX)
			r = fs_replace_fast(fd, "index", out.s, out.len);
		close(fd);
	}
	buf_release(&out);
	return r;
}

int
index_write(const struct index *x, struct task *const *v, size_t n,
    enum index_with with, int statefd, uint64_t identity, int64_t since)
{
	struct writer w = { .text = BUF_INIT, .head = { .magic = INDEX_MAGIC,
	    .identity = identity, .order = INDEX_ORDER, .version = INDEX_VERSION,
	    .entry_size = sizeof(struct index_entry) } };
	int r = 0;

	choose(&w, v, n, since);
	w.head.whole = w.head.n == n && with == INDEX_TASKS_AND_EDGES;
	if (w.n_fresh || w.head.n != index_count(x) ||
	    (w.head.n && w.head.whole > x->head->whole))
		r = write_out(&w, statefd);
	free(w.task);
	free(w.rank);
	free(w.word);
	free(w.known);
	buf_release(&w.text);
	return r;
}
