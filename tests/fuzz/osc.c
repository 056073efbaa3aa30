/* Terminal output: cut anywhere it tells the same, nothing of it is ours on
 * the screen, and what it tells may go to a terminal. */
#include "fuzz.h"

#include "mem.h"
#include "osc.h"
#include "typed.h"
#include "utf8.h"

struct heard {
	struct buf out, told;
	int ours;
};

static void
check_safe(const char *s)
{
	size_t len;

	for (; *s; s += len) {
		int32_t c = utf8_next(s, &len);

		HOLDS(c != UTF8_BAD && !utf8_hidden(c));
	}
}

static void
note(struct heard *h, const struct osc *o, enum osc_what what)
{
	switch (what) {
	case OSC_NOTHING:
		return;
	case OSC_REPORT:
		h->ours++;
		HOLDS(osc_state_name(o->state) && strlen(o->kind) < sizeof o->kind);
		buf_addf(&h->told, "%s %s ", osc_state_name(o->state), o->kind);
		break;
	case OSC_ASKS:
		h->ours++;
		HOLDS(strncmp(o->text, "\033]7501;?", 8) == 0);
		break;
	case OSC_TITLE:
	case OSC_NOTIFY:
		HOLDS(strlen(o->text) <= OSC_MAX + 2);
		break;
	case OSC_BELL:
	case OSC_PASTE:
		break;
	}
	if (what != OSC_ASKS && what != OSC_BELL && what != OSC_PASTE)
		check_safe(o->text);
	buf_addf(&h->told, "%d %d %s\n", what, o->paste,
	    what == OSC_BELL || what == OSC_PASTE ? "" : o->text);
}

/* In pieces of a size. */
static void
listen_to(struct heard *h, const char *data, size_t n, size_t piece)
{
	struct osc o = { 0 };
	enum osc_what what;

	*h = (struct heard){ BUF_INIT, BUF_INIT, 0 };
	for (size_t at = 0, taken; at < n; at += taken) {
		size_t left = n - at, rest = piece - at % piece;

		taken = osc_take(&o, data + at, left < rest ? left : rest, &h->out, &what);
		HOLDS(taken > 0);
		note(h, &o, what);
	}
	osc_rest(&o, &h->out);
}

static void
release(struct heard *h)
{
	buf_release(&h->out);
	buf_release(&h->told);
}

static bool
same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *s = (const char *)data;
	struct heard whole, other;

	listen_to(&whole, s, n, SIZE_MAX);
	HOLDS(whole.out.len <= n);
	for (size_t piece = 1; piece <= 3; piece++) {
		listen_to(&other, s, n, piece);
		HOLDS(same(&whole.out, &other.out) && same(&whole.told, &other.told));
		release(&other);
	}
	listen_to(&other, whole.out.s, whole.out.len, SIZE_MAX);
	HOLDS(same(&whole.out, &other.out) && other.ours == 0);
	release(&other);
	release(&whole);
	(void)typed_by_person(s, n);
	return 0;
}
