/*
 * The terminal that output goes to: how large it is, and which words have
 * which colour there.
 */
#ifndef JARED_TERM_H
#define JARED_TERM_H

#include <stdbool.h>
#include <stdio.h>

struct term {
	int cols, rows;
	bool color;             /* NO_COLOR is not set, TERM is not dumb */
};

/* By TIOCGWINSZ, else COLUMNS and LINES, else 80 by 24. */
void term_ask(struct term *t, FILE *f);

/* The SGR parameters for a state's or stage's word ("32"), or NULL. */
const char *term_color(const char *word);

#endif
