#include <stdint.h>
#include <stdlib.h>

#include "buf.h"
#include "check.h"
#include "mem.h"

static void
buffers(void)
{
	struct buf b = BUF_INIT, none = BUF_INIT;
	char *s;

	CHECK_STR(b.s, "");
	buf_release(&none);
	buf_setlen(&b, 0);
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i % 10);
	CHECK(b.len == 2000 && strlen(b.s) == 2000);
	buf_add(&b, "\0x", 2);
	CHECK(b.len == 2002 && b.s[2001] == 'x' && b.s[2002] == '\0');
	buf_reset(&b);
	CHECK_STR(b.s, "");
	buf_addstr(&b, "kept");
	s = buf_steal(&b);
	CHECK_STR(s, "kept");
	CHECK(b.len == 0 && *b.s == '\0');
	free(s);
	s = buf_steal(&b);
	CHECK_STR(s, "");
	free(s);
}

static void
arenas(void)
{
	struct arena a = { 0 };
	char *first = arena_strdup(&a, "first"), *big;

	for (int i = 0; i < 5000; i++) {
		char *p = arena_alloc(&a, 24);

		CHECK((uintptr_t)p % 16 == 0);
		for (int k = 0; k < 24; k++)
			CHECK(p[k] == 0);
		memset(p, 'x', 24);
	}
	big = arena_alloc(&a, 1 << 20);
	CHECK(big[0] == 0 && big[(1 << 20) - 1] == 0);
	CHECK_STR(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	CHECK_STR(arena_strndup(&a, "abcdef", 3), "abc");
	CHECK_STR(first, "first");
	arena_release(&a);
	CHECK(!a.head);
	arena_release(&a);
}

int
main(void)
{
	buffers();
	arenas();
	return failed;
}
