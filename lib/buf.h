/*
 * A growing string of bytes.  s is never NULL and always ends in a NUL that
 * len does not count; the bytes before it may hold NULs.  Initialise with
 * BUF_INIT; release is always legal.
 */
#ifndef JARED_BUF_H
#define JARED_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "die.h"

struct buf {
	char *s;
	size_t len, cap;
};

extern char buf_empty[];
#define BUF_INIT { .s = buf_empty }

void buf_add(struct buf *b, const void *data, size_t n);
void buf_addstr(struct buf *b, const char *s);
void buf_addch(struct buf *b, int c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
char *buf_grow(struct buf *b, size_t n);
/* Make room for n more bytes behind len; returns where they go.  The caller
 * then raises len and puts the NUL back with buf_setlen. */
static inline char *
buf_room(struct buf *b, size_t n)
{
	return b->cap > n && b->cap - n > b->len ? b->s + b->len : buf_grow(b, n);
}

static inline void
buf_setlen(struct buf *b, size_t len)
{
	if (b->cap) {
		b->len = len;
		b->s[len] = '\0';
	}
}

void buf_reset(struct buf *b);
void buf_release(struct buf *b);
/* The string, now the caller's to free; b is empty again. */
char *buf_steal(struct buf *b);

#endif
