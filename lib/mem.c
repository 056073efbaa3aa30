#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024, ALIGN = 16 };

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

void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;

	if (size > SIZE_MAX / 2)
		die(EXIT_FAIL, "allocation of %zu bytes overflows", size);
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK ? size : BLOCK;

		b = calloc(1, sizeof *b + room);
		if (!b)
			die_errno(EXIT_RETRY, "cannot allocate %zu bytes", room);
		b->size = room;
		b->next = a->head;
		a->head = b;
	}
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
		free(b);
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
