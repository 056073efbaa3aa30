/*
 * UTF-8 without the C library's locales: strict decoding, the characters that
 * must not reach a terminal, and how wide the others are there.
 */
#ifndef JARED_UTF8_H
#define JARED_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { UTF8_BAD = -1 };

/* The character at s (NUL-terminated, not at its end); *len is its bytes.
 * UTF8_BAD with *len 1 where the bytes are no character: overlong, surrogate,
 * beyond U+10FFFF, or cut short. */
int32_t utf8_next(const char *s, size_t *len);

/* Is it all characters? */
bool utf8_valid(const char *s);

/* Append the encoding of c, which is a character, to out (room for 4 bytes);
 * the number of bytes. */
size_t utf8_put(char *out, int32_t c);

/* True for what a terminal obeys instead of showing it: controls (C0, DEL,
 * C1), line and paragraph separators, bidirectional controls, tags, and
 * characters of no width that are no accents. */
bool utf8_hidden(int32_t c);

/* Columns on a terminal: 0 for a combining mark, 2 for East Asian wide
 * characters and emoji, else 1. */
int utf8_width(int32_t c);

/* Append s as it may go to a terminal: what utf8_hidden names and bytes that
 * are no character become visible escapes ("\x1b", "\u202e").  At most max
 * columns, the last then "…"; max -1: all.  Returns the columns. */
int utf8_add_safe(struct buf *b, const char *s, int max);

#endif
