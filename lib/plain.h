/*
 * The plain half of YAML that nearly all front matter and all of our own data
 * files are written in, read an order of magnitude faster than a full parser
 * does it:
 *
 *   key: word or words        key: "text"    key: 'text'    key:
 *   key: [word, "word"]
 *   key:
 *     - word or words
 *   key:
 *     key: any of those on one line
 *
 * A comment may follow or stand between, as may blank lines, and between double
 * quotes \" and \\ may stand.  No other escapes, colons, tabs or duplicate keys.
 * Whatever is not surely of this form is left to front, and what is means to
 * both the same, which a test compares.
 */
#ifndef JARED_PLAIN_H
#define JARED_PLAIN_H

#include <stdint.h>

#include "front.h"

/* The tree that yaml_parse would make of n bytes; NULL: ask that. */
struct yaml *plain_parse(const char *text, size_t n, size_t first_line,
    struct arena *a);

/* A data file of ours, plain or not, whose root must be a map: NULL if there is
 * no such file; otherwise what is wrong ends the process with EXIT_FAIL and
 * "SHOWN:LINE: what".  *hash, if asked for, tells its text from another. */
struct yaml *plain_load(const char *path, const char *shown, struct arena *a,
    uint64_t *hash);

#endif
