/*
 * Ports: whether a server could listen there now, asked by bind(2).
 */
#ifndef JARED_PORTS_H
#define JARED_PORTS_H

#include <stdbool.h>
#include <stdint.h>

/* True if nobody has one of the n ports from lo on: TCP, on any address of IPv4
 * and of IPv6.  Nothing is kept: whoever leases them must write that down. */
bool ports_free(int64_t lo, int64_t n);

#endif
