/*
 * The line format between Jared tools, in the journal and in state files.
 *
 * One record per line, fields separated by one TAB, the line ended by LF.
 * In a field \t \n \r \\ stand for TAB, LF, CR and backslash, as in jq's @tsv;
 * an absent value is a lone "-", so that shell read never meets an empty
 * field (TAB is IFS white space), and the text "-" itself is written "\-".
 * No other escape is valid, nor a raw CR or NUL.
 *
 * With rec, this is the only module that knows these rules.
 */
#ifndef JARED_TSV_H
#define JARED_TSV_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "buf.h"

enum { TSV_MAXFIELD = 64, TSV_MAXLINE = 1 << 20 };

struct tsv {
	FILE *in;
	const char *name;          /* for messages: "standard input" */
	size_t line;               /* 1-based number of the current record */
	size_t n;                  /* fields in it */
	char *field[TSV_MAXFIELD]; /* NULL if absent; valid until the next read */
	char *buf;                 /* owned; the line, its LF cut off */
	size_t cap;
};

void tsv_init(struct tsv *t, FILE *in, const char *name);
void tsv_release(struct tsv *t);

/* Read a line into t->buf, checked (length, NUL, CR, final LF) but not split:
 * its length, or -1 at the end.  A malformed line ends the process with
 * "NAME:LINE: what", EXIT_FAIL. */
ssize_t tsv_line(struct tsv *t);

/* tsv_line and tsv_split: 1, or 0 at the end. */
int tsv_read(struct tsv *t);

/* Split line (no LF) in place into at most max fields, unescaped: their
 * number, or -1 with *why saying what is wrong. */
int tsv_split(char *line, char **field, size_t max, const char **why);

/* Undo the escaping in place; -1 if it is malformed, and s is then garbage. */
int tsv_unescape(char *s);

/* Append one field (NULL or empty is absent), and end: '\t', '\n', or 0. */
void tsv_add(struct buf *b, const char *value, int end);
void tsv_put(FILE *out, const char *value, int end);
/* The same for a formatted value. */
void tsv_addf(struct buf *b, int end, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* End the line that begins at b->s + from, and whose last field so far was
 * followed by a TAB, with a checksum over the bytes before that TAB, and LF. */
void tsv_seal(struct buf *b, size_t from);
/* The length of a sealed line (no LF) without the TAB and the checksum if that
 * is right, else -1. */
ssize_t tsv_sealed(const char *line, size_t len);

#endif
