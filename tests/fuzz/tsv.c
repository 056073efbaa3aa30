/* Records: each line is split or refused; what was split is written so that it
 * is split the same again. */
#include "fuzz.h"

#include "mem.h"
#include "tsv.h"

static void
check_line(char *line)
{
	char *field[TSV_MAXFIELD], *again[TSV_MAXFIELD];
	struct buf b = BUF_INIT;
	const char *why = NULL;
	int n;

	(void)tsv_sealed(line, strlen(line));
	n = tsv_split(line, field, TSV_MAXFIELD, &why);
	HOLDS(n >= 0 ? n <= TSV_MAXFIELD : why != NULL);
	if (n > 0) {
		for (int i = 0; i < n; i++)
			tsv_add(&b, field[i], i + 1 < n ? '\t' : 0);
		HOLDS(!strpbrk(b.s, "\n\r"));
		HOLDS(tsv_split(b.s, again, TSV_MAXFIELD, &why) == n);
		for (int i = 0; i < n; i++)
			HOLDS(!field[i] ? !again[i] :
			    again[i] && strcmp(field[i], again[i]) == 0);
		buf_reset(&b);
		for (int i = 0; i < n; i++)
			tsv_add(&b, field[i], '\t');
		tsv_seal(&b, 0);
		HOLDS(tsv_sealed(b.s, b.len - 1) >= 0);
	}
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = xrealloc_array(NULL, n + 1, 1), *rest = copy, *line;

	memcpy(copy, data, n);
	copy[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		check_line(line);
	free(copy);
	return 0;
}
