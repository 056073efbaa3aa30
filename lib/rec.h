/*
 * Records: the lines between tools and to people.
 *
 * A kind of record is a table of columns; from it come TSV, JSON Lines, -o,
 * -L, the table on a terminal, and the checks on what is read.  A record is an
 * array of strings, one for each column, NULL where absent.  Lists are
 * comma-joined.  Columns are append-only: see jared-records(5), which a test
 * compares with these tables.
 */
#ifndef JARED_REC_H
#define JARED_REC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "buf.h"
#include "mem.h"
#include "table.h"
#include "tsv.h"

/* INT and SECONDS are digits, TIME is RFC 3339 UTC. */
enum rec_type { REC_WORD, REC_TEXT, REC_INT, REC_SECONDS, REC_TIME, REC_LIST };

enum rec_show {
	REC_ALWAYS,                 /* in TSV, JSON and the table on a terminal */
	REC_SPARE,                  /* in the table if there is room */
	REC_WIDE,                   /* in the table only if asked for with -o */
	REC_JSON,                   /* only in JSON, or if asked for with -o */
};

struct rec_column {
	const char *name;
	enum rec_type type;
	enum rec_show show;
	bool required;              /* never absent */
	bool (*valid)(const char *);    /* or NULL; besides what the type says */
};

enum { REC_MAXCOL = 32 };

struct rec_kind {
	const char *name;           /* "queue" */
	const struct rec_column *column;
	size_t n;                   /* columns */
	size_t n_v1;                /* a TSV record has at least these, in this order */
	size_t color_column;        /* its word is coloured on a terminal */
};

enum queue_col { Q_ID, Q_STATE, Q_PRIORITY, Q_STATUS, Q_WORKSTREAM, Q_MILESTONE,
	Q_OWNER, Q_AGE, Q_UNBLOCKS, Q_WAITS, Q_ATTEMPT, Q_PATHS, Q_FILE, Q_HASH,
	Q_TITLE, Q_OWNER_RAW, Q_N };
enum run_col { R_ID, R_ATTEMPT, R_STATE, R_SINCE, R_SIGNALS, R_AGENT, R_EXIT,
	R_PID, R_PANE, R_BRANCH, R_AHEAD, R_DIRTY, R_PR, R_CI, R_PORTS,
	R_WORKTREE, R_LAST, R_TITLE, R_EVIDENCE, R_REASON, R_TEXT,
	R_MESSAGES, R_SENT, R_N };
enum reject_col { J_ID, J_STAGE, J_CODE, J_FACT, J_TITLE, J_N };
enum clean_col { K_ID, K_ATTEMPT, K_ACTION, K_PROOF, K_CODE, K_FACT, K_OID, K_BRANCH,
	K_WORKTREE, K_BYTES, K_ARCHIVE, K_TRASH, K_TITLE, K_N };
enum message_col { M_ID, M_ATTEMPT, M_MESSAGE, M_STATE, M_SINCE, M_WHEN, M_SENT,
	M_BY, M_BYTES, M_WHY, M_TEXT, M_N };
enum tree_col { TR_ID, TR_STATE, TR_BRANCH, TR_PORTS, TR_NAMES, TR_SINCE, TR_WORKTREE, TR_N };
enum change_col { C_ID, C_KIND, C_FIELD, C_FROM, C_TO, C_TIME, C_TITLE, C_N };

extern const struct rec_kind rec_tree, rec_queue, rec_run, rec_reject, rec_clean, rec_change,
    rec_message;

/* Output.  Style is chosen by rec_out_init: --json given, else a table when f
 * is a terminal, else TSV. */
struct rec_out {
	const struct rec_kind *kind;
	FILE *f;
	bool json, table;
	bool clock;                 /* a table shows times of today as such, not as ages:
	                             * for rows that stay while time goes on */
	bool all;                   /* keep columns in which everything is absent */
	size_t col[REC_MAXCOL];     /* the columns to print, n_col */
	size_t n_col;
	size_t n_rec;               /* records put so far */
	struct buf line;
	struct table rows;          /* not printed yet */
};

/* columns: the argument of -o, or NULL.  An unknown name ends the process with
 * EXIT_USAGE and the valid names. */
void rec_out_init(struct rec_out *o, const struct rec_kind *k, FILE *f,
    bool json, const char *columns);
void rec_put(struct rec_out *o, char *const *v);
/* Show what was put so far, for output that goes on (watch -f). */
void rec_flush(struct rec_out *o);
/* Prints a pending table; every rec_out needs it. */
void rec_out_end(struct rec_out *o);

/* -L: the column names, one a line. */
void rec_list_columns(const struct rec_kind *k, FILE *f);

/* The argument of -o, checked as rec_out_init does, for a tool that acts before
 * it prints. */
const char *rec_columns(const struct rec_kind *k, const char *list);

/* A column by its name, or -1. */
int rec_column(const struct rec_kind *k, const char *name);


/* One TSV record of all n_v1 columns, appended to b with its LF. */
void rec_add_tsv(struct buf *b, const struct rec_kind *k, char *const *v);

/* The first column whose value in v, n of them, is not valid; NULL if all are. */
const struct rec_column *rec_bad_column(const struct rec_kind *k, char *const *v,
    size_t n);

/* Input: TSV or JSON Lines, told by the first byte of the first line.  A bad
 * line ends the process: "NAME:LINE: what", EXIT_FAIL. */
struct rec_in {
	const struct rec_kind *kind;
	struct tsv tsv;
	bool json;
	struct arena arena;         /* of the current JSON record */
	char *v[REC_MAXCOL];        /* valid until the next read */
};
void rec_in_init(struct rec_in *in, const struct rec_kind *k, FILE *f, const char *name);
int rec_read(struct rec_in *in);    /* 1, or 0 at the end */
void rec_in_release(struct rec_in *in);

#endif
