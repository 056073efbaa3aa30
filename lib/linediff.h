/* What was changed in a text, as one hunk without context, as diff -U0 and
 * patch(1) have it. */
#ifndef JARED_LINEDIFF_H
#define JARED_LINEDIFF_H

#include "buf.h"

/* Append it to out; nothing if was and now are the same.  was NULL: a new file. */
void linediff(struct buf *out, const char *file, const struct buf *was,
    const struct buf *now);

#endif
