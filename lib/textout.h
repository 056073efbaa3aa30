/* A text of lines on standard output: as it is, or, where that is a terminal,
 * such that it cannot drive it. */
#ifndef JARED_TEXTOUT_H
#define JARED_TEXTOUT_H

#include "buf.h"

void textout(const struct buf *b);

#endif
