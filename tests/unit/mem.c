/* Arenas: zeroed, aligned, apart from each other; what is released is used again. */
#include "check.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "mem.h"

enum { ARENAS = 8, PARTS = 200 };

/* Kilobytes of memory that are ours, or 0 where that is not told. */
static long
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all, here = 0;

	if (f && fscanf(f, "%ld %ld", &all, &here) != 2)
		here = 0;
	if (f)
		fclose(f);
	return here * 4;
}

static size_t
some_size(void)
{
	static const size_t most[] = { 20, 20, 20, 300, 5000, 70000, 500000, 3000000 };

	return (size_t)rand() % most[(size_t)rand() % (rand() % 50 ? 5 : 8)];
}

/* Fill several in turn; each keeps what was put into it. */
static void
fill(void)
{
	struct arena a[ARENAS] = { 0 };
	struct { unsigned char *p; size_t n; } part[ARENAS][PARTS];
	bool zeroed = true, kept = true;

	for (size_t k = 0; k < PARTS; k++)
		for (size_t i = 0; i < ARENAS; i++) {
			size_t n = some_size();
			unsigned char *p = arena_alloc(&a[i], n);

			CHECK((uintptr_t)p % 16 == 0);
			for (size_t m = 0; m < n; m++)
				zeroed &= p[m] == 0;
			memset(p, (int)(i + k * ARENAS) | 1, n);
			part[i][k].p = p;
			part[i][k].n = n;
		}
	for (size_t i = 0; i < ARENAS; i++)
		for (size_t k = 0; k < PARTS; k++)
			for (size_t m = 0; m < part[i][k].n; m++)
				kept &= part[i][k].p[m] == (((i + k * ARENAS) | 1) & 0xff);
	CHECK(zeroed);
	CHECK(kept);
	arena_join(&a[0], &a[1]);
	arena_reset(&a[2]);
	for (size_t i = 0; i < ARENAS; i++)
		arena_release(&a[i]);
}

int
main(void)
{
	long before, after;

	srand(1);
	for (int i = 0; i < 3; i++)
		fill();
	before = resident();
	for (int i = 0; i < 12; i++) {
		srand(1);
		fill();
	}
	after = resident();
	/* A sanitizer keeps back what was freed. */
#ifdef JARED_SAN
	before = after;
#endif
	CHECK(after < before + before / 2 + 4096);
	return failed;
}
