/* Change detectors, not seals: neither resists an adversary. */
#ifndef JARED_HASH_H
#define JARED_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits (draft-eastlake-fnv). */
uint64_t hash_fnv(const void *data, size_t n);

/* Faster by an order of magnitude, and for this process and machine alone. */
uint64_t hash_words(const void *data, size_t n);

/* CRC-32 of IEEE 802.3, as zlib's and gzip's. */
uint32_t hash_crc32(const void *data, size_t n);

#endif
