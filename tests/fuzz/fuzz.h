/*
 * A fuzz target is one function of bytes that ends the process by abort when
 * something does not hold.  With clang's libFuzzer it is driven by that, else by
 * replay.c over the files of a corpus.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLDS(x) ((x) ? (void)0 : \
	(fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x), abort()))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
