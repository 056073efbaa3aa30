/*
 * Did a person type this?
 */
#ifndef JARED_TYPED_H
#define JARED_TYPED_H

#include <stdbool.h>
#include <stddef.h>

/* False if these bytes, as they came from a terminal, are nothing but what it
 * sends by itself: answers to queries, and that it got or lost the focus. */
bool typed_by_person(const char *data, size_t n);

#endif
