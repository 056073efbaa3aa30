#include "mem.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* An arena begins small.  One that grows gets blocks of a pool, which takes its
 * memory in huge pages: a fault for each page would cost more than all that is
 * done with it. */
enum { SMALL = 4 * 1024, MIDDLE = 16 * 1024, BLOCK = 64 * 1024,
	HUGE_PAGE = 2 * 1024 * 1024, ALIGN = 16 };

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
	struct arena_block *free;   /* of BLOCK bytes each */
	char *at, *end;             /* what was never given out */
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
give_pooled(void *p, size_t size)
{
	for (size_t at = 0; at < size; at += BLOCK) {
		struct arena_block *b = (void *)((char *)p + at);

		b->next = pool.free;
		pool.free = b;
	}
}

/* Zeroed; size is a multiple of BLOCK.  NULL: there is no more. */
static void *
take_pooled(size_t size)
{
	struct arena_block *b = pool.free;
	char *p = pool.at;

	if (size == BLOCK && b) {
		pool.free = b->next;
		return memset(b, 0, BLOCK);
	}
	if ((size_t)(pool.end - p) < size) {
		size_t huge = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
		char *map = mmap(NULL, huge + HUGE_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			return NULL;
		give_pooled(p, (size_t)(pool.end - p));
		p = map + (-(uintptr_t)map & (HUGE_PAGE - 1));
		madvise(p, huge, MADV_HUGEPAGE);
		pool.end = p + huge;
	}
	pool.at = p + size;
	return p;
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
	}
	if (!b)
		die_errno(EXIT_RETRY, "cannot allocate %zu bytes", size);
	b->size = size - sizeof *b;
	return b;
}

static void
free_block(struct arena_block *b)
{
	size_t size = b->size + sizeof *b;

	if (size < BLOCK || !POOLED) {
		free(b);
		return;
	}
	pthread_mutex_lock(&pool.lock);
	give_pooled(b, size);
	pthread_mutex_unlock(&pool.lock);
}

/* What needs a block to itself leaves the one in use in use. */
static struct arena_block *
add_block(struct arena *a, size_t need)
{
	size_t size = !a->head ? SMALL : a->head->size < SMALL ? MIDDLE : BLOCK;
	struct arena_block *b, **at = &a->head;

	need += sizeof *b;
	if (need > size)
		size = (need + BLOCK - 1) & ~(size_t)(BLOCK - 1);
	if (size > BLOCK && a->head)
		at = &a->head->next;
	b = new_block(size);
	b->next = *at;
	return *at = b;
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
