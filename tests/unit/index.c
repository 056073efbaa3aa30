/* index DIRECTORY ROUNDS: a repository with tasks; its index is written, read,
 * and damaged. */
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "graph.h"
#include "hash.h"

/* Where the checksum is, and what it is of. */
enum { SUM_AT = 8, SUM_FROM = 16 };

static struct layout layout;
static struct config config;
static struct repo repo;
static struct arena arena;
static struct buf whole = BUF_INIT;
static uint64_t seed = 1;

static uint64_t
random_below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static void
write_index(const char *data, size_t n)
{
	int fd = openat(repo.statefd, "snap/index", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || fs_write_all(fd, data, n) < 0)
		die_errno(EXIT_FAIL, "cannot write the index");
	close(fd);
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
same_list(const char **a, size_t n, const char **b, size_t m)
{
	bool same = n == m;

	for (size_t i = 0; same && i < n; i++)
		same = strcmp(a[i], b[i]) == 0;
	return same;
}

static bool
same_task(const struct task *a, const struct task *b)
{
	return same_text(a->id, b->id) && same_text(a->raw_id, b->raw_id) &&
	    same_text(a->stem, b->stem) && same_text(a->file, b->file) &&
	    same_text(a->title, b->title) && same_text(a->status, b->status) &&
	    a->word == b->word && same_text(a->priority, b->priority) &&
	    a->rank == b->rank && same_text(a->workstream, b->workstream) &&
	    same_text(a->milestone, b->milestone) && same_text(a->place, b->place) &&
	    same_text(a->owner, b->owner) && a->created == b->created &&
	    a->hold_until == b->hold_until && same_text(a->parent, b->parent) &&
	    same_list(a->dep, a->n_dep, b->dep, b->n_dep) &&
	    same_list(a->path, a->n_path, b->path, b->n_path) &&
	    same_list(a->gate, a->n_gate, b->gate, b->n_gate) &&
	    a->hash == b->hash && same_text(a->error, b->error) &&
	    same_text(a->fault, b->fault) && a->guessed == b->guessed;
}

/* Load, compare with what the files say unless want is NULL, and touch all
 * that was found.  How many the index knew. */
static size_t
load(const struct tasks *want)
{
	struct tasks ts;
	size_t known = 0, sum = 0;

	tasks_load(&ts, &repo, &layout, WALK_TO_READ);
	graph_resolve(&ts);
	for (size_t i = 0; i < ts.n; i++) {
		const struct task *t = ts.v[i];

		known += t->rank_of_id != 0;
		if (want)
			CHECK(i < want->n && same_task(t, want->v[i]));
		sum += same_task(t, t) + strlen(t->cycle ? t->cycle : "");
	}
	CHECK(sum >= ts.n);
	CHECK(!want || ts.n == want->n);
	tasks_release(&ts);
	return known;
}

/* One to eight changes of few bytes, to what an offset or a count may be too. */
static void
damage(char *data, size_t n, size_t from)
{
	static const uint32_t odd[] = { 0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff };
	size_t changes = 1 + random_below(8);

	while (changes--) {
		size_t at = from + random_below(n - from);
		uint32_t word = random_below(2) ? odd[random_below(6)] :
		    (uint32_t)random_below(n);

		if (random_below(2) && n - from >= 8)
			memcpy(data + from + (random_below(n - from - 4) & ~(size_t)3),
			    &word, sizeof word);
		else
			data[at] = (char)(data[at] ^ (1 + random_below(255)));
	}
}

static void
check_damaged(const struct tasks *want, size_t rounds)
{
	char *data = xrealloc_array(NULL, whole.len, 1);
	uint64_t sum;
	size_t n;

	for (size_t i = 0; i < rounds; i++) {
		memcpy(data, whole.s, whole.len);
		n = random_below(4) ? whole.len : random_below(whole.len);
		switch (random_below(4)) {
		case 0:         /* noticed */
			if (n == whole.len)
				damage(data, n, 0);
			if (memcmp(data, whole.s, n) == 0 && n == whole.len)
				break;
			write_index(data, n);
			CHECK(load(want) == 0);
			break;
		case 1:         /* nothing of ours */
			for (size_t k = 0; k < n; k++)
				data[k] = (char)random_below(256);
			write_index(data, n);
			CHECK(load(want) == 0);
			break;
		default:        /* believed: whatever it says, it does no harm */
			n = whole.len;
			/* Mostly the head stays good. */
			damage(data, n, random_below(8) ? 64 : SUM_FROM);
			sum = hash_words(data + SUM_FROM, n - SUM_FROM);
			memcpy(data + SUM_AT, &sum, sizeof sum);
			write_index(data, n);
			load(NULL);
		}
	}
	free(data);
}

int
main(int argc, char **argv)
{
	struct tasks fresh, noted, young;
	size_t kept;

	if (argc != 3)
		die(EXIT_USAGE, "usage: index DIRECTORY ROUNDS");
	repo_open(&repo, argv[1], REPO_STATE);
	config_load(&config, repo.root, &arena);
	layout_load(&layout, repo.root, &config, &arena);
	tasks_load(&fresh, &repo, &layout, WALK_TO_READ);
	CHECK(fresh.n > 10 && load(&fresh) == 0);

	/* As young as the index, nothing is kept; a tick later all is. */
	clock_sleep_ms(50);
	tasks_load(&noted, &repo, &layout, WALK_TO_INDEX);
	noted.since = 1;
	tasks_index(&noted);
	CHECK(load(&fresh) == 0);
	/* What changed in the tick in which the reading began might change again. */
	noted.since = noted.v[0]->stat->ctime;
	tasks_index(&noted);
	tasks_load(&young, &repo, &layout, WALK_TO_READ);
	for (size_t i = 0; i < young.n; i++)
		CHECK(!young.v[i]->stat || young.v[i]->stat->ctime < noted.since);
	tasks_release(&young);
	noted.since = clock_stamp_ns();
	tasks_index(&noted);
	kept = load(&fresh);
	CHECK(kept > 10 && kept <= fresh.n);
	CHECK(fs_read(repo.statefd, "snap/index", 1 << 24, &whole) == 0);

	check_damaged(&fresh, (size_t)strtoul(argv[2], NULL, 10));
	write_index(whole.s, whole.len);
	CHECK(load(&fresh) == kept);
	buf_release(&whole);
	tasks_release(&fresh);
	tasks_release(&noted);
	arena_release(&arena);
	repo_close(&repo);
	return failed;
}
