/*
 * One value as YAML on one line: plain, or in the quotes that it needs.
 */
#ifndef JARED_SCALAR_H
#define JARED_SCALAR_H

#include <stdbool.h>

#include "buf.h"

enum scalar_style { SCALAR_PLAIN, SCALAR_SINGLE, SCALAR_DOUBLE };

/* May it stand without quotes, as a value or (flow) in a list of the form
 * [a, b]?  Rather no than yes. */
bool scalar_plain(const char *text, bool flow);

/* Would a reader of YAML, other than Jared, take it for something else than
 * text: a number, a date, a boolean, null? */
bool scalar_typed(const char *text);

/* Append text, which is UTF-8, in the style wished for, or, where that cannot
 * be, the next one that can: plain, single, double. */
void scalar_add(struct buf *b, const char *text, enum scalar_style wish, bool flow);

#endif
