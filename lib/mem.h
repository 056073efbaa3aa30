/*
 * Allocation that does not fail: out of memory ends the process with
 * EXIT_RETRY.  An arena is for what lives as long as the process (tasks,
 * journal records): strings are copied in once and never freed one by one.
 */
#ifndef JARED_MEM_H
#define JARED_MEM_H

#include <stddef.h>

#include "die.h"

#define NONNULL __attribute__((returns_nonnull))

void *xrealloc_array(void *p, size_t n, size_t size)
    NONNULL __attribute__((alloc_size(2, 3)));
char *xstrdup(const char *s) NONNULL __attribute__((malloc));
char *xstrndup(const char *s, size_t n) NONNULL __attribute__((malloc));
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2) NONNULL
    __attribute__((malloc));

/* Make room for one more element in array a of n used and cap allocated
 * elements; evaluates its arguments more than once. */
#define GROW(a, n, cap) do {						\
	if ((n) == (cap)) {						\
		(cap) = (cap) ? (cap) * 2 : 8;				\
		(a) = xrealloc_array((a), (cap), sizeof *(a));		\
	}								\
} while (0)

/* Zero-initialised is empty and valid. */
struct arena {
	struct arena_block *head;
};

/* Zeroed memory, aligned for any object; lives until arena_release. */
void *arena_alloc(struct arena *a, size_t size) NONNULL;
char *arena_strdup(struct arena *a, const char *s) NONNULL;
char *arena_strndup(struct arena *a, const char *s, size_t n) NONNULL;
char *arena_printf(struct arena *a, const char *fmt, ...)
    PRINTF_LIKE(2, 3) NONNULL;
/* Empty it and keep memory for the next round: what it held is gone. */
void arena_reset(struct arena *a);
void arena_release(struct arena *a);
/* Let a have all that b holds; b is empty then. */
void arena_join(struct arena *a, struct arena *b);

#endif
