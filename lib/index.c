#include "index.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "hash.h"
#include "indexfile.h"

static bool
is_sound(const struct index_head *h, size_t size, uint64_t identity)
{
	const char *end = (const char *)h + size;
	const size_t skipped = offsetof(struct index_head, identity);

	return memcmp(h->magic, INDEX_MAGIC, sizeof h->magic) == 0 &&
	    h->order == INDEX_ORDER && h->version == INDEX_VERSION &&
	    h->entry_size == sizeof(struct index_entry) &&
	    h->identity == identity && h->text_len > 0 && h->text_len <= size &&
	    h->n_slot > h->n && (h->n_slot & (h->n_slot - 1)) == 0 &&
	    size == sizeof *h + (uint64_t)h->n * sizeof(struct index_entry) +
	        ((uint64_t)h->n_slot + h->n_word) * sizeof(uint32_t) + h->text_len &&
	    end[-1] == '\0' &&
	    h->sum == hash_words((const char *)h + skipped, size - skipped);
}

void
index_open(struct index *x, int statefd, uint64_t identity)
{
	int fd = statefd < 0 ? -1 : fs_open_regular(statefd, "snap/index");
	struct stat st;
	void *map = MAP_FAILED;

	*x = (struct index){ 0 };
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof *x->head)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ,
		    MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return;
	x->head = map;
	x->size = (size_t)st.st_size;
	if (!is_sound(x->head, x->size, identity)) {
		index_close(x);
		return;
	}
	x->entry = (const struct index_entry *)(x->head + 1);
	x->slot = (const uint32_t *)(x->entry + x->head->n);
	x->word = x->slot + x->head->n_slot;
	x->text = (const char *)(x->word + x->head->n_word);
}

void
index_close(struct index *x)
{
	if (x->head)
		munmap((void *)x->head, x->size);
	*x = (struct index){ 0 };
}

size_t
index_count(const struct index *x)
{
	return x->head ? x->head->n : 0;
}

/* No offset is believed; a checksum proves nothing about who wrote it. */
static bool
text_at(const struct index *x, uint32_t at, const char **out)
{
	*out = at && at < x->head->text_len ? x->text + at : NULL;
	return at < x->head->text_len;
}

/* The words of an entry; NULL if they are not there. */
static const uint32_t *
words_of(const struct index *x, const struct index_entry *e)
{
	uint64_t n = (uint64_t)e->n_dep + e->n_path + e->n_gate + e->n_edge;

	return e->word <= x->head->n_word && n <= x->head->n_word - e->word ?
	    x->word + e->word : NULL;
}

static bool
fill_lists(const struct index *x, const struct index_entry *e, struct task *t,
    struct arena *a)
{
	const uint32_t *word = words_of(x, e);
	size_t n = (size_t)e->n_dep + e->n_path + e->n_gate;

	if (!word)
		return false;
	if (n == 0)
		return true;
	t->dep = arena_alloc(a, n * sizeof *t->dep);
	t->path = t->dep + e->n_dep;
	t->gate = t->path + e->n_path;
	t->n_dep = e->n_dep;
	t->n_path = e->n_path;
	t->n_gate = e->n_gate;
	for (size_t i = 0; i < n; i++)
		if (!text_at(x, word[i], &t->dep[i]) || !t->dep[i])
			return false;
	return true;
}

static bool
fill(const struct index *x, const struct index_entry *e, struct task *t,
    struct arena *a)
{
	t->stat = &e->stat;
	t->hash = e->hash;
	t->created = e->created;
	t->hold_until = e->hold_until;
	t->rank = e->rank;
	t->rank_of_id = e->rank_of_id;
	t->word = (enum status_word)e->status_word;
	t->guessed = e->guessed;
	memcpy(t->name_hash, e->name_hash, sizeof t->name_hash);
	return text_at(x, e->id, &t->id) && t->id &&
	    text_at(x, e->stem, &t->stem) && t->stem &&
	    e->rank >= 0 && e->status_word < ST_NWORDS &&
	    e->rank_of_id <= x->head->n &&
	    text_at(x, e->raw_id, &t->raw_id) &&
	    text_at(x, e->title, &t->title) &&
	    text_at(x, e->status, &t->status) &&
	    text_at(x, e->priority, &t->priority) &&
	    text_at(x, e->workstream, &t->workstream) &&
	    text_at(x, e->milestone, &t->milestone) &&
	    text_at(x, e->place, &t->place) &&
	    text_at(x, e->owner, &t->owner) &&
	    text_at(x, e->parent, &t->parent) &&
	    text_at(x, e->error, &t->error) &&
	    text_at(x, e->fault, &t->fault) && !t->error == !t->fault &&
	    fill_lists(x, e, t, a);
}

/* Two paths of one hash that are at the same time one file are not feared. */
static bool
is_of(const struct index_entry *e, uint64_t file_hash, const struct task_stat *st)
{
	return e->file_hash == file_hash && memcmp(&e->stat, st, sizeof *st) == 0;
}

static const struct index_entry *
find(const struct index *x, const char *file, const struct task_stat *st,
    size_t *near)
{
	const struct index_head *h = x->head;
	uint64_t hash = hash_words(file, strlen(file));
	size_t i = index_slot(st->ino, h->n_slot);

	/* A directory is mostly read in the same order again. */
	if (*near < h->n && is_of(&x->entry[*near], hash, st))
		return &x->entry[(*near)++];
	for (size_t left = h->n_slot; left; left--) {
		uint32_t at = x->slot[i++ & (h->n_slot - 1)];

		if (at == 0 || at > h->n)
			break;
		if (is_of(&x->entry[at - 1], hash, st)) {
			*near = at;
			return &x->entry[at - 1];
		}
	}
	return NULL;
}

struct task *
index_get(const struct index *x, const char *file, const struct task_stat *st,
    size_t *near, struct arena *a)
{
	const struct index_entry *e = x->head ? find(x, file, st, near) : NULL;
	struct task *t;

	if (!e)
		return NULL;
	t = arena_alloc(a, sizeof *t);
	t->file = file;
	return fill(x, e, t, a) ? t : NULL;
}

/* --- what graph_resolve found --- */

static const struct index_entry *
entry_of(const struct task *t)
{
	return (const struct index_entry *)(const void *)
	    ((const char *)t->stat - offsetof(struct index_entry, stat));
}

/* As index_get did for the rest, and it does not fail half way. */
static bool
may_recall(const struct index *x, struct task *const *v, size_t n, size_t *edges)
{
	const char *cycle;

	if (!x->head || !x->head->whole || n != x->head->n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct index_entry *e;
		const uint32_t *word;

		if (v[i]->rank_of_id != i + 1)
			return false;
		e = entry_of(v[i]);
		word = words_of(x, e);
		if (!text_at(x, e->cycle, &cycle) ||
		    (e->n_edge && e->n_edge < v[i]->n_dep))
			return false;
		word += (size_t)e->n_dep + e->n_path + e->n_gate;
		for (size_t k = 0; k < e->n_edge; k++)
			if ((word[k] & ~INDEX_AMBIGUOUS) > n)
				return false;
		*edges += e->n_edge;
	}
	return true;
}

bool
index_recall(const struct index *x, struct task **v, size_t n, struct arena *a)
{
	size_t edges = 0;
	struct task **edge;
	bool *ambiguous;

	if (!may_recall(x, v, n, &edges))
		return false;
	edge = arena_alloc(a, edges * sizeof(struct task *));
	ambiguous = arena_alloc(a, edges);
	for (size_t i = 0; i < n; i++) {
		const struct index_entry *e = entry_of(v[i]);
		const uint32_t *word = words_of(x, e);
		struct task *t = v[i];

		word += (size_t)e->n_dep + e->n_path + e->n_gate;
		text_at(x, e->cycle, &t->cycle);
		t->unblocks = e->unblocks;
		t->n_edge = e->n_edge;
		t->dep_task = e->n_edge ? edge : NULL;
		t->dep_ambiguous = e->n_edge ? ambiguous : NULL;
		for (size_t k = 0; k < e->n_edge; k++) {
			uint32_t rank = word[k] & ~INDEX_AMBIGUOUS;

			*edge++ = rank ? v[rank - 1] : NULL;
			*ambiguous++ = word[k] != rank;
		}
	}
	return true;
}
