#include "linger.h"

#include "clock.h"

enum { ENTER_MS = 1000, QUIT_MS = 10000 };

static enum linger_do
go(struct linger *l, int step, int ms, enum linger_do what)
{
	l->step = step;
	l->due = ms ? clock_boot_ms() + ms : 0;
	return what;
}

enum linger_do
linger_turn(struct linger *l, int64_t idle, bool may_type)
{
	int64_t now = clock_boot_ms();

	if (!l->ms || !idle) {
		l->step = LINGER_WAITS;
		l->due = 0;
		return LINGER_NOTHING;
	}
	if (now < idle + l->ms) {
		l->step = LINGER_WAITS;
		l->due = idle + l->ms;
		return LINGER_NOTHING;
	}
	if (l->step != LINGER_WAITS && now < l->due)
		return LINGER_NOTHING;
	if (l->step == LINGER_TYPED)
		return go(l, LINGER_ENTERED, QUIT_MS, LINGER_ENTER);
	if (l->step == LINGER_WAITS && may_type && !l->asked) {
		l->asked = true;
		return go(l, LINGER_TYPED, ENTER_MS, LINGER_TYPE);
	}
	l->ms = 0;
	return go(l, LINGER_WAITS, 0, LINGER_END);
}
