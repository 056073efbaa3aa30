/*
 * A table on a terminal: a header, aligned columns, some colour.  Rows are kept
 * until table_print, because the widths depend on all of them.  No text can
 * drive the terminal (utf8_add_safe).  To make a row fit the width, long texts
 * are cut, widest first; then spare columns are dropped, widest first; then
 * texts are cut harder; then all columns but the first and the coloured one are
 * dropped, from the right; and at the very last the first is cut, so that a
 * name can be copied from it as long as there is room.
 */
#ifndef JARED_TABLE_H
#define JARED_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mem.h"

enum { TABLE_MAXCOL = 32 };

struct table_column {
	const char *name;
	bool right;             /* aligned to the right */
	bool color;             /* the cell's word chooses a colour */
	bool text;              /* may be cut */
	bool spare;             /* the first to go */
	bool gone;              /* dropped, for good */
};

struct table {
	FILE *f;
	struct table_column col[TABLE_MAXCOL];
	size_t n_col;
	const char **cell;      /* n_cell of them, row by row */
	size_t n_cell, cap;
	int width[TABLE_MAXCOL];
	int term;               /* columns of the terminal */
	bool color;             /* NO_COLOR is not set, TERM is not dumb */
	bool keep;              /* drop no column */
	bool headed;            /* the header was printed */
	struct arena arena;
};

/* Columns are added to t->col by the caller. */
void table_init(struct table *t, FILE *f);

/* Add a cell, rows being filled from left to right; NULL is shown as "-". */
void table_add(struct table *t, const char *text);

/* Print what was added, under one header.  all: also the columns that are "-"
 * in every row. */
void table_print(struct table *t, bool all);
void table_release(struct table *t);

#endif
