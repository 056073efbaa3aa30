#include "scalar.h"

#include <string.h>

#include "utf8.h"

/* Must it be written as an escape?  Controls, what YAML takes for the end of a
 * line, and what it does not allow at all. */
static bool
needs_escape(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	    c == 0xfeff || c == 0xfffe || c == 0xffff;
}

static bool
any_escape(const char *s)
{
	for (size_t len; *s; s += len)
		if (needs_escape(utf8_next(s, &len)))
			return true;
	return false;
}

static bool
is_one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(s, *words) == 0)
			return true;
	return false;
}

bool
scalar_plain(const char *text, bool flow)
{
	static const char *const null[] = { "~", "null", NULL };
	size_t n = strlen(text);

	if (n == 0 || text[n - 1] == ' ' || text[n - 1] == ':' || any_escape(text) ||
	    is_one_of(text, null) || strchr(" -?:,[]{}#&*!|>'\"%@`", *text))
		return false;
	/* A line of front matter that could be its end, or YAML's. */
	if (strncmp(text, "...", 3) == 0 || strncmp(text, "---", 3) == 0)
		return false;
	return !strstr(text, ": ") && !strstr(text, " #") &&
	    !(flow && strpbrk(text, ",[]{}:?"));
}

bool
scalar_typed(const char *text)
{
	static const char *const words[] = { "~", "null", "true", "false", "yes",
		"no", "on", "off", ".inf", "-.inf", "+.inf", ".nan", NULL };
	size_t sign = *text == '+' || *text == '-', point = text[sign] == '.';

	if (is_one_of(text, words))
		return true;
	return strchr("0123456789", text[sign + point]) && text[sign + point] &&
	    !text[strspn(text, "0123456789abcdefABCDEFxXoO_.:+-TtZz ")];
}

static void
add_double(struct buf *b, const char *s)
{
	buf_addch(b, '"');
	for (size_t len; *s; s += len) {
		int32_t c = utf8_next(s, &len);

		if (c == '\n')
			buf_addstr(b, "\\n");
		else if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", (char)c);
		else if (!needs_escape(c))
			buf_add(b, s, len);
		else
			buf_addf(b, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
	}
	buf_addch(b, '"');
}

void
scalar_add(struct buf *b, const char *text, enum scalar_style wish, bool flow)
{
	if (wish == SCALAR_PLAIN && scalar_plain(text, flow)) {
		buf_addstr(b, text);
		return;
	}
	if (wish == SCALAR_DOUBLE || any_escape(text)) {
		add_double(b, text);
		return;
	}
	buf_addch(b, '\'');
	for (; *text; text++)
		buf_addf(b, "%s%c", *text == '\'' ? "'" : "", *text);
	buf_addch(b, '\'');
}
