/*
 * YAML, for task front matter and for our own data files.
 *
 * A document becomes a small tree in an arena.  Every scalar is a string
 * ("no" stays "no"); YAML's null ("", "~", "null" unquoted) is a scalar with
 * value NULL.  Refused: anchors, aliases, tags, duplicate keys, depth over 16,
 * more than 4,096 events, NUL, invalid UTF-8, a second document.  The only
 * module that sees libyaml.
 */
#ifndef JARED_FRONT_H
#define JARED_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

enum yaml_kind { YAML_SCALAR, YAML_SEQ, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	size_t line;             /* 1-based, in the file */
	size_t from, to;         /* of yaml_parse: where, in characters of the text */
	const char *key;         /* of a map's member, else NULL */
	const char *value;       /* of a scalar; NULL is null */
	struct yaml *child;      /* first element or member */
	struct yaml *next;       /* sibling */
	size_t n;                /* children */
};

/* Parse n bytes whose first line is line first_line of the file.  The root
 * (an empty document gives an empty map), or NULL with *why (in the arena) and
 * *line. */
struct yaml *yaml_parse(const char *text, size_t n, size_t first_line,
    struct arena *a, const char **why, size_t *line);

/* The same for front matter, in which a top-level "key: @value" is text to the
 * end of the line: YAML reserves '@' there, Backlog.md writes it all the same. */
struct yaml *yaml_parse_front(const char *text, size_t n, struct arena *a,
    const char **why, size_t *line);

/* Is a line of n bytes one of those?  Its value is line[from .. to). */
bool front_reserved(const char *line, size_t n, size_t *from, size_t *to);

/* The member of a map by its key, or NULL (also when m is NULL or no map). */
const struct yaml *yaml_get(const struct yaml *m, const char *key);

/* A scalar's text; NULL if y is NULL, null, or no scalar. */
const char *yaml_text(const struct yaml *y);

/* The words of a sequence, NULL-terminated, in the arena; NULL if y is NULL or
 * anything else than a sequence of scalars that are not null. */
const char **yaml_words(const struct yaml *y, struct arena *a);

enum { FRONT_MAX = 64 * 1024 };

/*
 * Cut the front matter out of a task file's first n bytes.
 *
 * It begins with a line "---" (a BOM may precede it) and ends at the next line
 * "---"; lines end in LF or CRLF, the last one of a file perhaps in nothing;
 * spaces and tabs may follow the dashes.  A caller who has read a part of the
 * file passes it up to the last LF.
 *   FRONT_OK      the block is block_len bytes from text[start], from the first
 *                 dash of the opening to the last of the closing delimiter; the
 *                 YAML between is yaml_len bytes from text[yaml]; the body
 *                 begins at text[body]
 *   FRONT_MORE    no end in these bytes: call again with more of the file, or,
 *                 when there is no more, it is an error
 *   FRONT_NONE    the file does not begin with front matter
 *   FRONT_BINARY  NUL bytes or UTF-16
 *   FRONT_TOOBIG  longer than FRONT_MAX
 */
enum front_result { FRONT_OK, FRONT_MORE, FRONT_NONE, FRONT_BINARY, FRONT_TOOBIG };

struct front {
	size_t start, block_len;
	size_t yaml, yaml_len;
	size_t body;
};

enum front_result front_cut(const char *text, size_t n, struct front *out);

#endif
