/* Sorting by numbers, in time that grows with their digits. */
#ifndef JARED_ORDER_H
#define JARED_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct order {
	uint64_t key[2];            /* the first decides, then the second, ascending */
	size_t item;
};

/* Sort n of them; what has equal keys stays in order. */
void order_sort(struct order *v, size_t n);

#endif
