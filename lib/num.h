/* Numbers in arguments, configuration and records: all of the text, in range,
 * or nothing. */
#ifndef JARED_NUM_H
#define JARED_NUM_H

#include <stdint.h>

/* Decimal digits only, no sign, space or suffix: 0 and *out set, or -1 and
 * *out untouched. */
int num_parse(const char *s, int64_t min, int64_t max, int64_t *out);

/* A duration as in "90s", "10m", "4h", "7d", or plain seconds; *seconds is
 * at most ten years.  0, or -1 and *seconds untouched. */
int num_duration(const char *s, int64_t *seconds);

enum { NUM_TEXT = 21 };

/* n in decimal; out is returned. */
char *num_text(uint64_t n, char out[NUM_TEXT]);

#endif
