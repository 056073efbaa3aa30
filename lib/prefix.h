/*
 * Where this copy of Jared is.  build/ mirrors an installed prefix, so a tool
 * finds its siblings from its own path (/proc/self/exe): PREFIX/bin,
 * PREFIX/libexec/jared, PREFIX/share/jared.  JARED_LIBEXEC and JARED_SHARE
 * override.
 */
#ifndef JARED_PREFIX_H
#define JARED_PREFIX_H

/* Absolute directories; static storage, found once. */
const char *prefix_bin(void);
const char *prefix_libexec(void);
const char *prefix_share(void);

/* The path of a data file ("layouts/tk.yaml"): the repository's .jared/ first
 * (root may be NULL), then $JARED_SHARE, then the prefix.  Malloc'ed; NULL if
 * it is nowhere. */
char *prefix_data(const char *root, const char *name);

#endif
