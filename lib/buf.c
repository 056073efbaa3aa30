#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

char buf_empty[1];

char *
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;

	while (cap - b->len <= n)
		cap *= 2;
	b->s = xrealloc_array(b->cap ? b->s : NULL, cap, 1);
	b->cap = cap;
	b->s[b->len] = '\0';
	return b->s + b->len;
}

void
buf_add(struct buf *b, const void *data, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(b, n), data, n);
	buf_setlen(b, b->len + n);
}

void
buf_addstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addch(struct buf *b, int c)
{
	*buf_room(b, 1) = (char)c;
	buf_setlen(b, b->len + 1);
}

void
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	enum { USUAL = 100 };
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(buf_room(b, USUAL), USUAL + 1, fmt, ap);
	if (n < 0)
		die_errno(EXIT_FAIL, "cannot format a message");
	if (n > USUAL)
		vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	buf_setlen(b, b->len + (size_t)n);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void
buf_reset(struct buf *b)
{
	buf_setlen(b, 0);
}

void
buf_release(struct buf *b)
{
	if (b->cap)
		free(b->s);
	*b = (struct buf)BUF_INIT;
}

char *
buf_steal(struct buf *b)
{
	char *s = b->cap ? b->s : xstrdup("");

	*b = (struct buf)BUF_INIT;
	return s;
}
