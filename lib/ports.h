/*
 * Ports of TCP: whether a server could listen at them now, asked by bind(2), and
 * at which of them somebody does, read from the kernel's tables.
 */
#ifndef JARED_PORTS_H
#define JARED_PORTS_H

#include <stdbool.h>
#include <stdint.h>

/* True if nobody has one of the n ports from lo on: TCP, on any address of IPv4
 * and of IPv6.  Nothing is kept: whoever leases them must write that down. */
bool ports_free(int64_t lo, int64_t n);

/* Sets set[P] for each port P of IPv4 or IPv6 that a process of any user listens
 * at; the others stay as they were.  A table that cannot be read adds nothing. */
enum { PORTS_N = 65536 };
void ports_listening(unsigned char set[PORTS_N]);

#endif
