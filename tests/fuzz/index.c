/* The index: whatever stands in a file that looks like one, no task reaches
 * beyond it.  The first two bytes are the numbers of entries and words. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "hash.h"
#include "index.h"
#include "indexfile.h"

enum { MAX = 7, SLOTS = 16, IDENTITY = 7 };

/* A file around data; its checksum is right. */
static void
make(struct buf *b, const uint8_t *data, size_t n)
{
	struct index_head h = { .magic = INDEX_MAGIC, .identity = IDENTITY,
	    .order = INDEX_ORDER, .version = INDEX_VERSION,
	    .entry_size = sizeof(struct index_entry), .whole = 1, .n_slot = SLOTS };
	size_t fixed;

	h.n = n > 0 ? data[0] % (MAX + 1) : 0;
	h.n_word = n > 1 ? data[1] % 32 : 0;
	fixed = h.n * sizeof(struct index_entry) + (SLOTS + h.n_word) * sizeof(uint32_t);
	buf_add(b, &h, sizeof h);
	if (n > 2)
		buf_add(b, data + 2, n - 2);
	while (b->len < sizeof h + fixed)
		buf_addch(b, 0);
	buf_addch(b, 0);
	h.text_len = b->len - sizeof h - fixed;
	for (size_t i = 0; i < h.n; i++) {
		struct index_entry e;
		char *at = b->s + sizeof h + i * sizeof e;

		memcpy(&e, at, sizeof e);
		e.file_hash = hash_words("f", 1);
		memcpy(at, &e, sizeof e);
	}
	memcpy(b->s, &h, sizeof h);
	h.sum = hash_words(b->s + offsetof(struct index_head, identity),
	    b->len - offsetof(struct index_head, identity));
	memcpy(b->s, &h, sizeof h);
}

static void
check_text(const struct index *x, const char *s)
{
	HOLDS(!s || (s > x->text && s < (const char *)x->head + x->size));
}

static void
check_task(const struct index *x, const struct task *t)
{
	const char *const text[] = { t->id, t->raw_id, t->stem, t->title, t->status,
		t->priority, t->workstream, t->milestone, t->place, t->owner,
		t->parent, t->error, t->fault };

	HOLDS(t->id && t->stem && !t->error == !t->fault);
	HOLDS((unsigned)t->word < ST_NWORDS && t->rank >= 0 &&
	    t->rank_of_id <= x->head->n);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		check_text(x, text[i]);
	for (size_t i = 0; i < t->n_dep + t->n_path + t->n_gate; i++) {
		HOLDS(t->dep[i]);
		check_text(x, t->dep[i]);
	}
}

static void
check_edges(const struct index *x, struct task *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check_text(x, v[i]->cycle);
		for (size_t k = 0; k < v[i]->n_edge; k++) {
			bool known = !v[i]->dep_task[k];

			for (size_t m = 0; m < n; m++)
				known |= v[m] == v[i]->dep_task[k];
			HOLDS(known);
		}
	}
}

static char dir[] = "/tmp/fuzz-index.XXXXXX";
static int statefd = -1, snapfd;

static void
clean(void)
{
	unlinkat(snapfd, "index", 0);
	unlinkat(statefd, "snap", AT_REMOVEDIR);
	rmdir(dir);
}

static void
make_state(void)
{
	HOLDS(mkdtemp(dir) && (statefd = fs_open_dir(AT_FDCWD, dir)) >= 0 &&
	    mkdirat(statefd, "snap", 0700) == 0 &&
	    (snapfd = fs_open_dir(statefd, "snap")) >= 0 && atexit(clean) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = { 0 };
	struct buf b = BUF_INIT;
	struct task *v[MAX], *t;
	size_t n_task = 0, near = 0;
	struct index x;

	if (statefd < 0)
		make_state();
	make(&b, data, n);
	HOLDS(fs_replace_fast(snapfd, "index", b.s, b.len) == 0);
	index_open(&x, statefd, IDENTITY);
	HOLDS(x.head);
	for (size_t i = 0; i < x.head->n; i++) {
		struct task_stat st = x.entry[i].stat;

		if (i % 2)
			near = i;
		t = index_get(&x, "f", &st, &near, &a);
		if (!t)
			continue;
		check_task(&x, t);
		v[n_task++] = t;
	}
	if (index_recall(&x, v, n_task, &a))
		check_edges(&x, v, n_task);
	index_close(&x);
	arena_release(&a);
	buf_release(&b);
	return 0;
}
