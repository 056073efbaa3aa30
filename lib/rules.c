#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* A character outside ASCII between brackets. */
static bool
is_bytewise(const char *match)
{
	bool in = false;

	for (const char *s = match; *s; s++) {
		if (!in && *s == '\\' && s[1])
			s++;
		else if (!in && *s == '[') {
			in = true;
			s += s[1] == '^';
			s += s[1] == ']';
		} else if (in && *s == ']')
			in = false;
		else if (in && (unsigned char)*s >= 0x80)
			return true;
	}
	return false;
}

int
rule_compile(struct rule *r, const char *match, const char **why)
{
	static const char *const dialogs[] = { "trust", "login", "setup", "hooks" };

	*why = "match has characters outside ASCII in brackets: write (a|b)";
	if (is_bytewise(match))
		return -1;
	*why = "match is no extended regular expression";
	if (regcomp(&r->re, match, REG_EXTENDED | REG_NOSUB) != 0)
		return -1;
	r->dialog = false;
	for (size_t i = 0; i < sizeof dialogs / sizeof *dialogs; i++)
		if (strcmp(r->reason, dialogs[i]) == 0 && r->where != RULE_TITLE)
			r->dialog = true;
	return 0;
}

void
rules_release(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		regfree(&r->rule[i].re);
	free(r->rule);
	*r = (struct rules){ 0 };
}

/* Without what is drawn as a space, or not at all. */
static void
simplify(char *s)
{
	static const char nbsp[] = "\xc2\xa0", vs[] = "\xef\xb8";
	char *out = s;

	while (*s) {
		if (strncmp(s, nbsp, 2) == 0) {
			*out++ = ' ';
			s += 2;
		} else if (strncmp(s, vs, 2) == 0 &&
		    (s[2] == '\x8e' || s[2] == '\x8f')) {
			s += 3;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

void
lines_read(struct lines *s, const char *text, struct arena *a)
{
	char *copy = arena_strdup(a, text), *end = copy + strlen(copy);
	size_t lines = 1;

	simplify(copy);
	end = copy + strlen(copy);
	for (const char *c = copy; (c = strchr(c, '\n')); c++)
		lines++;
	*s = (struct lines){ arena_alloc(a, lines * sizeof *s->line), 0 };
	while (end > copy) {
		char *from = memrchr(copy, '\n', (size_t)(end - copy));

		*end = '\0';
		end = from ? from : copy;
		from = from ? from + 1 : copy;
		if (from[strspn(from, " \t\r")])
			s->line[s->n++] = from;
	}
}

static bool
matches(const struct rule *r, const char *title, const struct lines *s)
{
	size_t n;

	if (r->where == RULE_TITLE)
		return title && regexec(&r->re, title, 0, NULL, 0) == 0;
	if (!s)
		return false;
	n = r->where == RULE_ALL || (size_t)r->where > s->n ? s->n : (size_t)r->where;
	for (size_t i = 0; i < n; i++)
		if (regexec(&r->re, s->line[i], 0, NULL, 0) == 0)
			return true;
	return false;
}

static bool
first(const struct rules *r, const char *title, const struct lines *s,
    struct reading *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct rule *rule = &r->rule[i];

		if (!matches(rule, title, s))
			continue;
		*out = (struct reading){ rule->state, rule->reason,
		    rule->where == RULE_TITLE, rule->dialog };
		return true;
	}
	return false;
}

bool
rules_dialog(const struct rules *r, const struct lines *s, struct reading *out)
{
	return s && first(r, NULL, s, out) && out->dialog;
}

bool
rules_read(const struct rules *r, const char *title, const struct lines *s,
    struct reading *out)
{
	char *copy;
	bool found;

	if (rules_dialog(r, s, out))
		return true;
	copy = title ? xstrdup(title) : NULL;
	if (copy)
		simplify(copy);
	found = first(r, copy, s, out);
	free(copy);
	return found;
}

bool
rules_title(const struct rules *r, const char *title, struct reading *out)
{
	return rules_read(r, title, NULL, out);
}
