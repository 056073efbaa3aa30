#include "tsv.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "hash.h"

void
tsv_init(struct tsv *t, FILE *in, const char *name)
{
	*t = (struct tsv){ .in = in, .name = name };
}

void
tsv_release(struct tsv *t)
{
	free(t->buf);
	t->buf = NULL;
}

int
tsv_unescape(char *s)
{
	char *out = strchr(s, '\\');

	if (!out)
		return 0;
	/* "\-" is the text "-" and is valid only as the whole field. */
	if (strcmp(s, "\\-") == 0) {
		strcpy(s, "-");
		return 0;
	}
	for (s = out; *s; s++) {
		if (*s == '\\') {
			switch (*++s) {
			case 't': *out++ = '\t'; break;
			case 'n': *out++ = '\n'; break;
			case 'r': *out++ = '\r'; break;
			case '\\': *out++ = '\\'; break;
			default: return -1;
			}
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
	return 0;
}

int
tsv_split(char *line, char **field, size_t max, const char **why)
{
	size_t n = 0;

	for (char *s = line, *tab; s; s = tab) {
		tab = strchr(s, '\t');
		if (tab)
			*tab++ = '\0';
		if (n == max) {
			*why = "too many fields";
			return -1;
		}
		if (s[0] == '\0' || strcmp(s, "-") == 0) {
			field[n++] = NULL;
		} else if (tsv_unescape(s) == 0) {
			field[n++] = s;
		} else {
			*why = "bad escape";
			return -1;
		}
	}
	return (int)n;
}

ssize_t
tsv_line(struct tsv *t)
{
	ssize_t len = getline(&t->buf, &t->cap, t->in);

	if (len < 0) {
		if (ferror(t->in))
			die_errno(EXIT_FAIL, "cannot read %s", t->name);
		return -1;
	}
	t->line++;
	if (t->buf[len - 1] != '\n')
		die(EXIT_FAIL, "%s:%zu: truncated record", t->name, t->line);
	if (len > TSV_MAXLINE)
		die(EXIT_FAIL, "%s:%zu: record longer than %d bytes", t->name,
		    t->line, TSV_MAXLINE);
	if (memchr(t->buf, '\0', (size_t)len))
		die(EXIT_FAIL, "%s:%zu: NUL byte", t->name, t->line);
	t->buf[--len] = '\0';
	if (memchr(t->buf, '\r', (size_t)len))
		die(EXIT_FAIL, "%s:%zu: carriage return", t->name, t->line);
	return len;
}

int
tsv_read(struct tsv *t)
{
	const char *why;
	int n;

	if (tsv_line(t) < 0)
		return 0;
	n = tsv_split(t->buf, t->field, TSV_MAXFIELD, &why);
	if (n < 0)
		die(EXIT_FAIL, "%s:%zu: %s", t->name, t->line, why);
	t->n = (size_t)n;
	return 1;
}

/* May one of these eight bytes need an escape?  Control characters may. */
static uint64_t
suspect(const char *eight)
{
	const uint64_t each = 0x0101010101010101u;
	uint64_t v;

	memcpy(&v, eight, sizeof v);
	return ((v - each * (1 + '\r')) | ((v ^ each * '\\') - each)) &
	    ~v & each << 7;
}

static char *
escape(char *out, const char *value)
{
	for (; *value; value++) {
		char letter = *value == '\t' ? 't' : *value == '\n' ? 'n' :
		    *value == '\r' ? 'r' : *value == '\\' ? '\\' : '\0';

		if (letter)
			*out++ = '\\';
		*out++ = letter ? letter : *value;
	}
	return out;
}

/* The commonest case, that there is nothing to escape, is found out after the
 * fact, in words. */
static char *
copy(char *out, const char *value, size_t n)
{
	uint64_t any = 0;

	memcpy(out, value, n);
	memcpy(out + n, "        ", sizeof any);
	for (size_t i = 0; i < n; i += sizeof any)
		any |= suspect(out + i);
	return any ? escape(out, value) : out + n;
}

void
tsv_add(struct buf *b, const char *value, int end)
{
	size_t n = value ? strlen(value) : 0;
	char *out = buf_room(b, 2 * n + sizeof(uint64_t) + 1);

	if (n == 0)
		*out++ = '-';
	else if (n == 1 && *value == '-')
		out = mempcpy(out, "\\-", 2);
	else
		out = copy(out, value, n);
	if (end)
		*out++ = (char)end;
	buf_setlen(b, (size_t)(out - b->s));
}

void
tsv_put(FILE *out, const char *value, int end)
{
	struct buf b = BUF_INIT;

	tsv_add(&b, value, end);
	fwrite(b.s, 1, b.len, out);
	buf_release(&b);
}

void
tsv_addf(struct buf *b, int end, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die_errno(EXIT_RETRY, "cannot format a field");
	va_end(ap);
	tsv_add(b, s, end);
	free(s);
}

enum { CRC = 8 };               /* hex digits of a checksum */

void
tsv_seal(struct buf *b, size_t from)
{
	buf_addf(b, "%08x\n", hash_crc32(b->s + from, b->len - from - 1));
}

ssize_t
tsv_sealed(const char *line, size_t len)
{
	char want[CRC + 1];

	if (len < CRC + 1 || line[len - CRC - 1] != '\t')
		return -1;
	len -= CRC + 1;
	snprintf(want, sizeof want, "%08x", hash_crc32(line, len));
	return memcmp(want, line + len + 1, CRC) == 0 ? (ssize_t)len : -1;
}
