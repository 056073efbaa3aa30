/* What is sound of a journal's text. */
#ifndef JARED_SALVAGE_H
#define JARED_SALVAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Append to out, which is emptied, the lines of text whose checksums are right,
 * numbered anew, but for those that drop (by line, from 0) marks. */
void salvage(const struct buf *text, const bool *drop, struct buf *out,
    size_t *kept, size_t *dropped);

/* The line of text (from 0) that became line n (from 1) of out. */
size_t salvage_line(const struct buf *text, const bool *drop, size_t n);

#endif
