/*
 * One value of a task file's front matter replaced, or one line added, and no
 * other byte changed.
 *
 * The value's place is libyaml's, its new text keeps the style of the old:
 * quotes, or a list on lines or in brackets.  The result is parsed again, by
 * both parsers, and compared: unless that key alone differs and says what it
 * should, the edit is refused.  Pure: bytes to bytes.
 */
#ifndef JARED_EDIT_H
#define JARED_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "mem.h"

enum edit_as {
	EDIT_TEXT,      /* words between commas only where the file has a list */
	EDIT_WORD,      /* the same; as a new key a number or date has no quotes */
	EDIT_LIST,      /* words between commas, unless the file has one word */
};

struct edit {
	struct arena *arena;
	bool drop_notes;        /* replace a list although comments stand in it */
	const char *why;        /* it was refused, without file or line */
	size_t line;            /* of the file */
};

/* The file of n bytes at text, with key given this value, in out: 0.  Refused:
 * -1 with e->why and e->line. */
int edit_set(struct edit *e, const char *text, size_t n, const char *key,
    const char *value, enum edit_as as, struct buf *out);

#endif
