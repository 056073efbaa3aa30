#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "hash.h"

/* Raise VERSION whenever a task file may be read differently. */
enum { VERSION = 1, BYTE_ORDER_MARK = 0x01020304, SECOND = 1000000000 };

static const char magic[8] = "JaredIx";

/* After it: n entries in the order of the walk, a hash table of n_slot entry
 * numbers plus 1 by inode, and text_len bytes of strings that begin and end
 * with a NUL.  Strings are offsets into them, 0 for none. */
struct index_head {
	char magic[8];
	uint64_t sum;               /* of all that follows */
	uint64_t identity;
	uint32_t order, version, entry_size, zero;
	uint32_t n, n_slot;
	uint64_t text_len;
};

/* A list is n strings, one behind the other. */
struct list {
	uint32_t first, n;
};

struct index_entry {
	struct task_stat stat;
	uint64_t hash;
	int64_t created, hold_until;
	uint32_t file, id, raw_id, stem, title, status, priority, workstream,
	    milestone, place, owner, parent, error, fault;
	struct list dep, path, gate;
	int32_t rank;
	uint32_t rank_of_id;
	uint32_t name_hash[NAME_N];
	uint16_t word, guessed;
};

/* --- reading --- */

static bool
is_sound(const struct index_head *h, size_t size, uint64_t identity)
{
	const char *end = (const char *)h + size;
	const size_t skipped = offsetof(struct index_head, identity);

	return memcmp(h->magic, magic, sizeof magic) == 0 &&
	    h->order == BYTE_ORDER_MARK && h->version == VERSION &&
	    h->entry_size == sizeof(struct index_entry) &&
	    h->identity == identity && h->text_len > 0 &&
	    h->n_slot > h->n && (h->n_slot & (h->n_slot - 1)) == 0 &&
	    h->text_len <= size &&
	    size == sizeof *h + (uint64_t)h->n * sizeof(struct index_entry) +
	        (uint64_t)h->n_slot * sizeof(uint32_t) + h->text_len &&
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
	x->text = (const char *)(x->slot + x->head->n_slot);
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

static bool
list_at(const struct index *x, struct list l, const char ***out, size_t *n,
    struct arena *a)
{
	const char *end = x->text + x->head->text_len, *s;

	if (l.n == 0)
		return true;
	if (!text_at(x, l.first, &s) || !s || l.n > (size_t)(end - s))
		return false;
	*out = arena_alloc(a, (l.n + (size_t)1) * sizeof **out);
	while (*n < l.n && s < end) {
		(*out)[(*n)++] = s;
		s += strlen(s) + 1;
	}
	return *n == l.n;
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
	t->word = (enum status_word)e->word;
	t->guessed = e->guessed;
	memcpy(t->name_hash, e->name_hash, sizeof t->name_hash);
	return text_at(x, e->id, &t->id) && t->id &&
	    text_at(x, e->stem, &t->stem) && t->stem &&
	    e->rank >= 0 && e->word < ST_NWORDS && e->rank_of_id <= x->head->n &&
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
	    list_at(x, e->dep, &t->dep, &t->n_dep, a) &&
	    list_at(x, e->path, &t->path, &t->n_path, a) &&
	    list_at(x, e->gate, &t->gate, &t->n_gate, a);
}

static bool
is_of(const struct index *x, const struct index_entry *e, const char *file,
    const struct task_stat *st)
{
	const char *s;

	return memcmp(&e->stat, st, sizeof *st) == 0 && text_at(x, e->file, &s) &&
	    s && strcmp(s, file) == 0;
}

static size_t
slot_of(uint64_t ino, uint32_t n_slot)
{
	return (ino * 0x9e3779b97f4a7c15u >> 32) & (n_slot - 1);
}

static const struct index_entry *
find(const struct index *x, const char *file, const struct task_stat *st,
    size_t *near)
{
	const struct index_head *h = x->head;
	uint32_t at;

	/* A directory is mostly read in the same order again. */
	if (*near < h->n && is_of(x, &x->entry[*near], file, st))
		return &x->entry[(*near)++];
	for (size_t i = slot_of(st->ino, h->n_slot), left = h->n_slot; left;
	    i = (i + 1) & (h->n_slot - 1), left--) {
		at = x->slot[i];
		if (at == 0 || at > h->n)
			return NULL;
		if (is_of(x, &x->entry[at - 1], file, st)) {
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

/* --- writing --- */

struct writer {
	struct buf out;
	size_t text;                /* where the strings begin in it */
	uint32_t *known;            /* places of strings, by hash */
	size_t n_known;
};

static uint32_t
add_text(struct writer *w, const char *s)
{
	size_t at = w->out.len - w->text;

	buf_add(&w->out, s, strlen(s) + 1);
	return (uint32_t)at;
}

/* Where s is, which is written once. */
static uint32_t
add_once(struct writer *w, const char *s)
{
	uint32_t *known;

	if (!s)
		return 0;
	for (uint64_t i = hash_words(s, strlen(s));; i++) {
		known = &w->known[i & (w->n_known - 1)];
		if (*known == 0)
			*known = add_text(w, s);
		else if (strcmp(w->out.s + w->text + *known, s) != 0)
			continue;
		return *known;
	}
}

static struct list
add_list(struct writer *w, const char **v, size_t n)
{
	struct list l = { n ? (uint32_t)(w->out.len - w->text) : 0, (uint32_t)n };

	for (size_t i = 0; i < n; i++)
		add_text(w, v[i]);
	return l;
}

/* A task that goes into the index, with its rank among all that do. */
struct kept {
	const struct task *task;
	size_t rank;
};

/* What the file says by itself: that another has the same id is not part of
 * that, and will be found out again. */
static struct index_entry
entry_of(struct writer *w, const struct kept *k)
{
	const struct task *t = k->task;
	bool own = t->error && strcmp(t->fault, "duplicate-id") != 0;

	return (struct index_entry){
		.stat = *t->stat, .hash = t->hash, .created = t->created,
		.hold_until = t->hold_until, .rank = t->rank,
		.rank_of_id = (uint32_t)k->rank, .word = (uint16_t)t->word,
		.guessed = t->guessed, .name_hash = { t->name_hash[0],
		    t->name_hash[1], t->name_hash[2] },
		.file = add_once(w, t->file), .id = add_once(w, t->id),
		.raw_id = add_once(w, t->raw_id), .stem = add_once(w, t->stem),
		.title = add_once(w, t->title), .status = add_once(w, t->status),
		.priority = add_once(w, t->priority),
		.workstream = add_once(w, t->workstream),
		.milestone = add_once(w, t->milestone),
		.place = add_once(w, t->place),
		.owner = add_once(w, t->owner),
		.parent = add_once(w, t->parent),
		.error = add_once(w, own ? t->error : NULL),
		.fault = add_once(w, own ? t->fault : NULL),
		.dep = add_list(w, t->dep, t->n_dep),
		.path = add_list(w, t->path, t->n_path),
		.gate = add_list(w, t->gate, t->n_gate),
	};
}

/* A file system that knows no fractions of a second may round to two. */
static bool
is_kept(const struct task *t, int64_t since)
{
	const struct task_stat *s = t->stat;

	return s && s->mtime < since &&
	    s->ctime < since - (s->ctime % SECOND ? 0 : 2 * (int64_t)SECOND);
}

/* Of *n tasks those that are kept, in the order of the walk; *fresh are those
 * that came from their files. */
static struct kept *
choose(struct task *const *v, size_t *n, int64_t since, size_t *fresh)
{
	size_t all = 0, rank = 0, m = 0;
	struct kept *at;

	*fresh = 0;
	for (size_t i = 0; i < *n; i++)
		if (v[i]->seen >= all)
			all = v[i]->seen + (size_t)1;
	at = xrealloc_array(NULL, all, sizeof *at);
	for (size_t i = 0; i < all; i++)
		at[i].task = NULL;
	for (size_t i = 0; i < *n; i++)
		if (is_kept(v[i], since)) {
			at[v[i]->seen] = (struct kept){ v[i], ++rank };
			*fresh += v[i]->rank_of_id == 0;
		}
	for (size_t i = 0; i < all; i++)
		if (at[i].task)
			at[m++] = at[i];
	*n = m;
	return at;
}

static size_t
power_above(size_t n)
{
	size_t power = 16;

	while (power <= n)
		power *= 2;
	return power;
}

static void
build(struct writer *w, const struct kept *v, struct index_head *h)
{
	const size_t n = h->n;
	const size_t entries = sizeof *h, slots = entries + n * sizeof(struct index_entry);
	const size_t sum_from = offsetof(struct index_head, identity);

	w->text = slots + h->n_slot * sizeof(uint32_t);
	memset(buf_room(&w->out, w->text + 1), 0, w->text + 1);
	buf_setlen(&w->out, w->text + 1);
	for (size_t i = 0; i < n; i++) {
		struct index_entry e = entry_of(w, &v[i]);
		uint32_t *slot = (uint32_t *)(w->out.s + slots);
		size_t s = slot_of(e.stat.ino, h->n_slot);

		memcpy(w->out.s + entries + i * sizeof e, &e, sizeof e);
		while (slot[s])
			s = (s + 1) & (h->n_slot - 1);
		slot[s] = (uint32_t)i + 1;
	}
	h->text_len = w->out.len - w->text;
	memcpy(w->out.s, h, sizeof *h);
	h->sum = hash_words(w->out.s + sum_from, w->out.len - sum_from);
	memcpy(w->out.s, h, sizeof *h);
}

int
index_write(const struct index *x, struct task *const *v, size_t n,
    int statefd, uint64_t identity, int64_t since)
{
	struct index_head h = { .identity = identity, .order = BYTE_ORDER_MARK,
	    .version = VERSION, .entry_size = sizeof(struct index_entry) };
	struct writer w = { .out = BUF_INIT };
	size_t fresh;
	struct kept *kept = choose(v, &n, since, &fresh);
	int fd = -1, r = 0;

	if (fresh == 0 && n == index_count(x))
		goto out;
	h.n = (uint32_t)n;
	h.n_slot = (uint32_t)power_above(2 * n);
	memcpy(h.magic, magic, sizeof magic);
	w.n_known = power_above(2 * 14 * n);
	w.known = xrealloc_array(NULL, w.n_known, sizeof *w.known);
	memset(w.known, 0, w.n_known * sizeof *w.known);
	build(&w, kept, &h);
	fd = fs_open_dir(statefd, "snap");
	errno = h.text_len > UINT32_MAX ? EFBIG : errno;
	r = fd < 0 || h.text_len > UINT32_MAX ? -1 :
	    fs_replace_fast(fd, "index", w.out.s, w.out.len);
	if (fd >= 0)
		close(fd);
	free(w.known);
	buf_release(&w.out);
out:
	free(kept);
	return r;
}
