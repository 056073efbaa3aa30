/*
 * What a program wrote on its terminal, as lines that can be read: what it
 * overwrote is gone, its colours and titles are left out, and nothing is left
 * that a terminal obeys.
 *
 * The cursor is followed over the last LEGIBLE_ROWS rows (ECMA-48: movements,
 * erasures; the alternate screen), so that a spinner or a progress bar is there
 * once, as it was at last.  Rows that lie further back are final.  A program
 * that scrolls parts of its screen is not followed in that.
 *
 * Live, a row is final as soon as the next one begins; what is drawn again and
 * was printed lately is then not repeated.
 */
#ifndef JARED_LEGIBLE_H
#define JARED_LEGIBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum { LEGIBLE_ROWS = 200, LEGIBLE_RECENT = 64 };

struct legible_row { int32_t *cell; size_t n, cap; };

struct legible {                    /* zero-initialised is valid */
	bool live;
	/* The rest is the module's own. */
	struct legible_row row[LEGIBLE_ROWS];
	size_t n_row, at, col;      /* the cursor */
	bool alternate, moved;
	int mode;
	char seq[64];               /* of a control sequence */
	size_t n_seq, n_string;
	char part[4];               /* of a character */
	size_t n_part;
	uint64_t recent[LEGIBLE_RECENT];
	size_t n_recent;
};

/* Take n bytes; append what is final to out. */
void legible_take(struct legible *l, const char *data, size_t n, struct buf *out);

/* That was all: append the rest, and release it. */
void legible_end(struct legible *l, struct buf *out);

#endif
