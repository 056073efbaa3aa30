#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static unsigned
digit(const struct order *o, int key, int shift)
{
	return o->key[key] >> shift & 0xff;
}

/* By one byte of one key. */
static void
pass(const struct order *from, struct order *to, size_t n, int key, int shift)
{
	size_t at[256] = { 0 }, sum = 0, count;

	for (size_t i = 0; i < n; i++)
		at[digit(&from[i], key, shift)]++;
	for (size_t i = 0; i < 256; i++) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[digit(&from[i], key, shift)]++] = from[i];
}

void
order_sort(struct order *v, size_t n)
{
	struct arena mine = { 0 };
	struct order *to = arena_alloc(&mine, n * sizeof *to), *from = v, *swap;

	for (int key = 1; key >= 0; key--) {
		uint64_t differ = 0;

		for (size_t i = 1; i < n; i++)
			differ |= from[i].key[key] ^ from[0].key[key];
		for (int shift = 0; shift < 64; shift += 8) {
			if (!(differ >> shift & 0xff))
				continue;
			pass(from, to, n, key, shift);
			swap = from;
			from = to;
			to = swap;
		}
	}
	if (from != v)
		memcpy(v, from, n * sizeof *v);
	arena_release(&mine);
}
