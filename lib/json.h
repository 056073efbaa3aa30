/*
 * JSON Lines as Jared's tools exchange them: one flat object on a line, its
 * members scalars or lists of scalars (RFC 8259; depth 2; at most 256 members
 * and, as with every record, 1 MB).  Strings are UTF-8; \u surrogate pairs are
 * joined; a lone surrogate, \u0000 and a duplicate key are errors.
 */
#ifndef JARED_JSON_H
#define JARED_JSON_H

#include <stddef.h>

#include "buf.h"
#include "mem.h"

enum json_kind { JSON_NULL, JSON_STRING, JSON_NUMBER, JSON_BOOL, JSON_LIST,
	JSON_NESTED };             /* only json_skim: an object, or a list within a list */

struct json_member {
	const char *key;
	enum json_kind kind;
	const char *text;       /* string, number as written, "true"/"false"; NULL for null and lists */
	const char **item;      /* of a list: its n elements as text, NULL for null */
	size_t n;
};

struct json_object {
	struct json_member *member;
	size_t n;
};

/* Parse one line (no LF, NUL-terminated); memory comes from the arena.
 * 0, or -1 with *why (static text) and *at, the offset of the bad byte. */
int json_parse(const char *line, struct arena *a, struct json_object *out,
    const char **why, size_t *at);

/* An object that other programs wrote, for what stands at its top: deeper values
 * are passed over, lines may break.  -1 if it is malformed or cut short; out
 * then holds the members before that. */
int json_skim(const char *text, struct arena *a, struct json_object *out);

/* The text of the string of that name, or NULL. */
const char *json_text(const struct json_object *o, const char *key);

/* The member of that name, or NULL. */
const struct json_member *json_get(const struct json_object *o, const char *key);

/* Append a string in quotes, "null" for NULL.  Quote, backslash, and what must
 * not reach a terminal (utf8_hidden) are escaped; bytes that are not UTF-8
 * become U+FFFD. */
void json_add(struct buf *b, const char *s);

#endif
