#include "mem.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* An arena begins small.  One that grows gets blocks of a pool, which takes its
 * memory in huge pages: a fault for each page would cost more than all that is
 * done with it.  But for the first: the kernel may take ten milliseconds to find
 * one, and a supervisor would hold it for days for some kilobytes. */
enum { SMALL = 4 * 1024, MIDDLE = 16 * 1024, BLOCK = 64 * 1024,
	FIRST = 4 * BLOCK, HUGE_PAGE = 2 * 1024 * 1024, ALIGN = 16 };

/* A sanitizer sees only what comes from malloc. */
#ifdef JARED_SAN
enum { POOLED = 0 };
#else
enum { POOLED = 1 };
#endif

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(ALIGN) char data[];
};

void *
xrealloc_array(void *p, size_t n, size_t size)
{
	if (n && size > SIZE_MAX / n)
		die(EXIT_FAIL, "allocation of %zu x %zu bytes overflows", n, size);
	size *= n;
	p = realloc(p, size > 0 ? size : 1);
	if (!p)
		die_errno(EXIT_RETRY, "cannot allocate %zu bytes", size);
	return p;
}

char *
xstrndup(const char *s, size_t n)
{
	char *p = xrealloc_array(NULL, n + 1, 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	if (vasprintf(&p, fmt, ap) < 0)
		die_errno(EXIT_RETRY, "cannot format a message");
	va_end(ap);
	return p;
}

static struct {
	pthread_mutex_t lock;
	struct arena_block *free;   /* blocks that were given back */
	char *at, *end;             /* what was never given out */
	bool grown;                 /* it has some */
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
give_pooled(struct arena_block *b)
{
	b->next = pool.free;
	pool.free = b;
}

/* The first that is large enough and not far too large, zeroed; or NULL. */
static struct arena_block *
take_used(size_t size)
{
	struct arena_block **at, *b;
	size_t whole;

	for (at = &pool.free; (b = *at); at = &b->next) {
		whole = b->size + sizeof *b;
		if (whole < size || whole / 2 > size)
			continue;
		*at = b->next;
		memset(b, 0, whole);
		b->size = whole - sizeof *b;
		return b;
	}
	return NULL;
}

/* size is a multiple of BLOCK.  NULL: there is no memory. */
static struct arena_block *
take_pooled(size_t size)
{
	struct arena_block *b = take_used(size);

	if (b)
		return b;
	if ((size_t)(pool.end - pool.at) < size) {
		size_t page = pool.grown || size > FIRST ? HUGE_PAGE : FIRST;
		size_t more = (size + page - 1) & ~(page - 1);
		char *map = mmap(NULL, more + page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			return NULL;
		for (; pool.at < pool.end; pool.at += BLOCK) {
			b = (void *)pool.at;
			b->size = BLOCK - sizeof *b;
			give_pooled(b);
		}
		pool.at = map + (-(uintptr_t)map & (page - 1));
		pool.end = pool.at + more;
		if (page == HUGE_PAGE)
			madvise(pool.at, more, MADV_HUGEPAGE);
		pool.grown = true;
	}
	b = (void *)pool.at;
	pool.at += size;
	b->size = size - sizeof *b;
	return b;
}

static struct arena_block *
new_block(size_t size)
{
	struct arena_block *b;

	if (size >= BLOCK && POOLED) {
		pthread_mutex_lock(&pool.lock);
		b = take_pooled(size);
		pthread_mutex_unlock(&pool.lock);
	} else {
		b = calloc(1, size);
		if (b)
			b->size = size - sizeof *b;
	}
	if (!b)
		die_errno(EXIT_RETRY, "cannot allocate %zu bytes", size);
	return b;
}

static void
free_block(struct arena_block *b)
{
	if (b->size + sizeof *b < BLOCK || !POOLED) {
		free(b);
		return;
	}
	pthread_mutex_lock(&pool.lock);
	give_pooled(b);
	pthread_mutex_unlock(&pool.lock);
}

/* What needs a block to itself leaves the one in use in use. */
static struct arena_block *
add_block(struct arena *a, size_t need)
{
	size_t size = !a->head ? SMALL : a->head->size < SMALL ? MIDDLE : BLOCK;
	struct arena_block *b;

	need += sizeof *b;
	if (need > size)
		size = (need + BLOCK - 1) & ~(size_t)(BLOCK - 1);
	b = new_block(size);
	if (size > BLOCK && a->head) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;

	if (size > SIZE_MAX / 2)
		die(EXIT_FAIL, "allocation of %zu bytes overflows", size);
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!b || b->size - b->used < size)
		b = add_block(a, size);
	void *p = b->data + b->used;
	b->used += size;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		die_errno(EXIT_FAIL, "cannot format a message");
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *keep = a->head;
	struct arena rest = { .head = keep ? keep->next : NULL };

	arena_release(&rest);
	if (keep) {
		memset(keep->data, 0, keep->used);
		keep->used = 0;
		keep->next = NULL;
	}
}

void
arena_release(struct arena *a)
{
	struct arena_block *b;

	while ((b = a->head)) {
		a->head = b->next;
		free_block(b);
	}
}

void
arena_join(struct arena *a, struct arena *b)
{
	struct arena_block **end = &a->head;

	while (*end)
		end = &(*end)->next;
	*end = b->head;
	b->head = NULL;
}
