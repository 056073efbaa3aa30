#include "salvage.h"

#include <inttypes.h>
#include <string.h>

#include "tsv.h"

void
salvage(const struct buf *text, const bool *drop, struct buf *out,
    size_t *kept, size_t *dropped)
{
	uint64_t seq = 0;
	size_t line = 0;

	*kept = *dropped = 0;
	buf_reset(out);
	for (char *s = text->s, *lf; s < text->s + text->len; s = lf + 1, line++) {
		size_t start = out->len;
		ssize_t payload;
		char *tab;

		lf = memchr(s, '\n', (size_t)(text->s + text->len - s));
		if (!lf)
			break;
		payload = tsv_sealed(s, (size_t)(lf - s));
		tab = payload > 0 ? memchr(s, '\t', (size_t)payload) : NULL;
		if (!tab || drop[line]) {
			++*dropped;
			continue;
		}
		buf_addf(out, "%" PRIu64, ++seq);
		/* With the TAB before the checksum. */
		buf_add(out, tab, (size_t)(s + payload + 1 - tab));
		tsv_seal(out, start);
		++*kept;
	}
}

size_t
salvage_line(const struct buf *text, const bool *drop, size_t n)
{
	size_t line = 0;

	for (const char *s = text->s, *lf; n > 0; s = lf + 1, line++) {
		lf = memchr(s, '\n', (size_t)(text->s + text->len - s));
		if (!lf)
			break;
		if (tsv_sealed(s, (size_t)(lf - s)) > 0 && !drop[line])
			n--;
	}
	return line - 1;
}
