/*
 * The limits under which something was picked, as a snapshot keeps them: a list
 * "max_workers=4,owner=2", the second and further ones those of max_by.
 */
#ifndef JARED_LIMIT_H
#define JARED_LIMIT_H

#include "config.h"
#include "mem.h"
#include "pick.h"

const char *limit_text(const struct config *c, struct arena *a);

/* The other way; what is not understood limits nothing. */
void limit_parse(const char *text, struct pick_limits *l);

/* The options of jared-pick that put the limits of then in the place of those
 * of now: "-m 3 -b owner=1"; NULL if they are the same. */
const char *limit_options(const char *then, const char *now, struct arena *a);

#endif
