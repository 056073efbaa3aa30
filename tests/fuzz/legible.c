/* What a program wrote: cut anywhere it reads the same, and no terminal obeys
 * any of it. */
#include "fuzz.h"

#include "legible.h"
#include "utf8.h"

static void
read_it(struct buf *out, const char *data, size_t n, size_t piece, bool live)
{
	struct legible l = { .live = live };

	for (size_t at = 0; at < n; at += piece)
		legible_take(&l, data + at, n - at < piece ? n - at : piece, out);
	legible_end(&l, out);
}

static void
check_safe(const struct buf *b)
{
	size_t len;

	for (size_t at = 0; at < b->len; at += len) {
		int32_t c = utf8_next(b->s + at, &len);

		HOLDS(c == '\n' || c == '\t' || (c != UTF8_BAD && c != 0 && !utf8_hidden(c)));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const size_t pieces[] = { 1, 2, 7 };
	struct buf whole = BUF_INIT, cut = BUF_INIT;
	const char *text = (const char *)data;

	for (int live = 0; live < 2; live++) {
		buf_reset(&whole);
		read_it(&whole, text, n, n + 1, live);
		check_safe(&whole);
		for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
			buf_reset(&cut);
			read_it(&cut, text, n, pieces[i], live);
			HOLDS(cut.len == whole.len && memcmp(cut.s, whole.s, cut.len) == 0);
		}
	}
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
