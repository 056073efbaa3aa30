/*
 * Choosing what to start now from the records of a queue.
 *
 * All of the queue is read first, so that what runs already is counted wherever
 * it stands.  Ready records are then taken in the order in which they came, as
 * far as the limits allow.  This is advice: the claim asks again under the
 * journal's lock.
 */
#ifndef JARED_PICK_H
#define JARED_PICK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"
#include "rec.h"
#include "state.h"
#include "team.h"

enum { PICK_MAX = 1000 };       /* the largest limit, as in jared.yaml */

struct pick_limits {            /* -1: none */
	int64_t count;          /* picked now */
	int64_t workers;        /* at work in all */
	int64_t by[Q_N];        /* at work with one value in this column */
	const char *self;       /* only this person's and nobody's; NULL: everybody's */
};

struct pick_item {
	char *v[Q_N];
	enum task_state state;
	const char **path;      /* declared, n_path */
	size_t n_path;
	/* why it is not picked; stage NULL: it is */
	const char *stage, *code, *fact;
};

struct pick {
	struct pick_item **item;        /* n of them, as they came */
	struct pick_item **taken;       /* n_running that run already, then the picked */
	size_t n, cap, n_taken, cap_taken, n_running;
	struct arena arena;
};

void pick_no_limits(struct pick_limits *l);

/* "owner=2" into the limits: 0, or -1 with *why, static text that names what
 * is valid. */
int pick_limit_by(struct pick_limits *l, const char *text, const char **why);

/* What is still -1, from the configuration. */
void pick_configure(struct pick_limits *l, const struct config *c);

/* Add a record to a pick that begins as zero. */
void pick_add(struct pick *p, char *const *v);

/* Read a queue (rec_in dies of a bad line) and decide.  all: keep also the
 * records that can be neither picked nor counted. */
void pick_read(struct pick *p, FILE *f, const char *name, bool all);
void pick_decide(struct pick *p, const struct pick_limits *l);
void pick_release(struct pick *p);

/* The record of that id, or NULL. */
const struct pick_item *pick_get(const struct pick *p, const char *id);

#endif
