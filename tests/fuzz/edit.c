/* The writer: "KEY=VALUE", a line end, and a file.  What it makes says what it
 * should, differs only within the front matter, and is left as it is when the
 * same is set again. */
#include "fuzz.h"

#include "edit.h"
#include "front.h"
#include "linediff.h"
#include "mem.h"

enum { BIG = 8192 };

static struct arena arena;

/* Everything but one key, as text. */
static void
show(const struct yaml *y, const char *but, struct buf *b)
{
	for (const struct yaml *e = y->child; e; e = e->next) {
		if (e->key && but && strcmp(e->key, but) == 0)
			continue;
		buf_addf(b, "%s=%d<%s>", e->key ? e->key : "", (int)e->kind,
		    e->value ? e->value : "\1");
		show(e, NULL, b);
		buf_addch(b, ';');
	}
}

static void
said(const char *text, size_t n, const char *but, struct buf *b)
{
	const char *why;
	struct yaml *y;
	struct front f;
	size_t line;

	HOLDS(front_cut(text, n, &f) == FRONT_OK);
	y = yaml_parse_front(text + f.yaml, f.yaml_len, &arena, &why, &line);
	HOLDS(y != NULL);
	show(y, but, b);
}

static void
check(const char *text, size_t n, const char *key, const char *value,
    enum edit_as as)
{
	struct edit e = { .arena = &arena, .drop_notes = n & 1 };
	struct buf out = BUF_INIT, again = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
	struct buf was = { .s = (char *)text, .len = n };

	if (edit_set(&e, text, n, key, value, as, &out) < 0) {
		HOLDS(e.why != NULL);
	} else {
		said(text, n, key, &a);
		said(out.s, out.len, key, &b);
		HOLDS(strcmp(a.s, b.s) == 0);
		e.drop_notes = true;
		/* Not where the time of one edit is of interest. */
		HOLDS(n > BIG || (edit_set(&e, out.s, out.len, key, value, as,
		    &again) == 0 && again.len == out.len &&
		    memcmp(again.s, out.s, out.len) == 0));
		buf_reset(&again);
		linediff(&again, "x", &was, &out);
	}
	buf_release(&out);
	buf_release(&again);
	buf_release(&a);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data, *lf = memchr(text, '\n', n);
	char *line, *value, *copy;

	if (!lf)
		return 0;
	line = xstrndup(text, (size_t)(lf - text));
	value = strchr(line, '=');
	if (value) {
		/* Exactly as large as it is, so that a step beyond is seen. */
		n -= (size_t)(lf + 1 - text);
		copy = xrealloc_array(NULL, n + 1, 1);
		memcpy(copy, lf + 1, n);
		copy[n] = '\0';
		*value++ = '\0';
		check(copy, n, line, value, n % 3 == 0 ? EDIT_TEXT :
		    n % 3 == 1 ? EDIT_LIST : EDIT_WORD);
		free(copy);
	}
	free(line);
	arena_release(&arena);
	return 0;
}
