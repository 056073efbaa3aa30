/*
 * An agent that is done and sits at its prompt is asked to quit: its quit text,
 * a moment later Enter, and when that did not help it is ended.  It is asked
 * once: a text that it took for a prompt would be another turn each time.
 */
#ifndef JARED_LINGER_H
#define JARED_LINGER_H

#include <stdbool.h>
#include <stdint.h>

enum linger_do { LINGER_NOTHING, LINGER_TYPE, LINGER_ENTER, LINGER_END };

struct linger {                     /* zero-initialised: for ever */
	int64_t ms;                 /* how long it may stay; 0: for ever */
	bool asked;
	enum { LINGER_WAITS, LINGER_TYPED, LINGER_ENTERED } step;
	int64_t due;                /* when to ask again, as clock_boot_ms; 0: not */
};

/* idle: since when (clock_boot_ms) it is done and nobody wants anything of it;
 * 0: that is not so.  may_type: its prompt is known to be empty. */
enum linger_do linger_turn(struct linger *l, int64_t idle, bool may_type);

#endif
