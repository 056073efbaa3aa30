#include "hash.h"

#include <string.h>

uint64_t
hash_fnv(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = 0xcbf29ce484222325u;

	while (n--) {
		h ^= *p++;
		h *= 0x100000001b3u;
	}
	return h;
}

/* Each step is a bijection of the sum so far: one wrong word always shows. */
static uint64_t
mix(uint64_t sum, const unsigned char *word, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, word, n);
	return (sum ^ w) * 0x9e3779b97f4a7c15u;
}

uint64_t
hash_words(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t a = n, b = 1, c = 2, d = 3;

	for (; n >= 32; n -= 32, p += 32) {
		a = mix(a, p, 8);
		b = mix(b, p + 8, 8);
		c = mix(c, p + 16, 8);
		d = mix(d, p + 24, 8);
	}
	for (; n >= 8; n -= 8, p += 8)
		a = mix(a, p, 8);
	a = mix(a, p, n);
	a ^= (b ^ b >> 31) * 0xc2b2ae3d27d4eb4fu;
	a ^= (c ^ c >> 29) * 0x165667b19e3779f9u;
	a ^= (d ^ d >> 27) * 0x85ebca77c2b2ae63u;
	a ^= a >> 32;
	a *= 0x9e3779b97f4a7c15u;
	return a ^ a >> 29;
}

uint32_t
hash_crc32(const void *data, size_t n)
{
	static uint32_t table[256];
	const unsigned char *p = data;
	uint32_t c;

	if (!table[1])
		for (uint32_t i = 0; i < 256; i++) {
			c = i;
			for (int k = 0; k < 8; k++)
				c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
			table[i] = c;
		}
	c = 0xffffffffu;
	while (n--)
		c = table[(c ^ *p++) & 0xff] ^ (c >> 8);
	return c ^ 0xffffffffu;
}
