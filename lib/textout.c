#include "textout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "utf8.h"

void
textout(const struct buf *b)
{
	struct buf safe = BUF_INIT;

	if (!isatty(STDOUT_FILENO)) {
		fwrite(b->s, 1, b->len, stdout);
		return;
	}
	for (size_t at = 0, n; at < b->len; at += n) {
		n = strcspn(b->s + at, "\t\r\n");
		if (n > 0) {
			char *part = xstrndup(b->s + at, n);

			utf8_add_safe(&safe, part, -1);
			free(part);
		} else {
			n = b->s[at] == '\r' && b->s[at + 1] != '\n';
			buf_addstr(&safe, b->s[at] == '\n' ? "\n" : n ? "\\r" :
			    b->s[at] == '\t' ? "    " : "");
			n = 1;
		}
		if (at + n < b->len && !b->s[at + n]) {
			buf_addstr(&safe, "\\0");
			n++;
		}
	}
	fwrite(safe.s, 1, safe.len, stdout);
	buf_release(&safe);
}
