#include "hash.h"

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
