/*
 * Where this copy of Jared is.  build/ mirrors an installed prefix, so a tool
 * finds its siblings from its own path (/proc/self/exe): PREFIX/bin,
 * PREFIX/libexec/jared, PREFIX/share/jared.  JARED_LIBEXEC and JARED_SHARE
 * override.
 */
#ifndef JARED_PREFIX_H
#define JARED_PREFIX_H

#include "mem.h"

/* Absolute directories; static storage, found once. */
const char *prefix_bin(void);
const char *prefix_libexec(void);
const char *prefix_share(void);

/* The path of a data file ("layouts/tk.yaml"): the repository's .jared/ first
 * (root may be NULL), then $JARED_SHARE, then the prefix.  Malloc'ed; NULL if
 * it is nowhere. */
char *prefix_data(const char *root, const char *name);

/* The names of all data files in a directory there ("layouts"), without .yaml,
 * in order, each once; NULL-terminated. */
const char **prefix_names(const char *root, const char *dir, struct arena *a);

#endif
