/*
 * The plain half of YAML that nearly all front matter is written in, read an
 * order of magnitude faster than a full parser does it:
 *
 *   key: word or words        key: "text"    key: 'text'    key:
 *   key: [word, word]
 *   key:
 *     - word or words
 *
 * A comment may follow, and between double quotes \" and \\ may stand.  No
 * other escapes, no colons, tabs, blank lines or duplicate keys.  Whatever is
 * not surely of this form is left to front, and what is means to both the same,
 * which a test compares.
 */
#ifndef JARED_PLAIN_H
#define JARED_PLAIN_H

#include "front.h"

/* The tree that yaml_parse would make of n bytes; NULL: ask that. */
struct yaml *plain_parse(const char *text, size_t n, size_t first_line,
    struct arena *a);

#endif
