#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "front.h"
#include "fs.h"
#include "num.h"
#include "prefix.h"
#include "utf8.h"

enum { FILE_MAX = 256 * 1024 };

/* What a template may name; the dispatcher gives the values. */
const struct word_value profile_words[] = {
	{ "prompt", "" }, { "prompt_file", "" }, { "session", "" },
	{ "hooks", "" }, { "hook", "" }, { "worktree", "" }, { "gitdir", "" },
	{ "commondir", "" }, { "rundir", "" }, { "jared", "" }, { "name", "" }, { "id", "" }, { "attempt", "" },
	{ NULL, NULL },
};

char *
template_fill(struct arena *a, const char *text, const struct word_value *values,
    const char **why)
{
	struct buf b = BUF_INIT;
	const char *open;
	char *filled;

	*why = NULL;
	while ((open = strstr(text, "{{"))) {
		const char *name = open + 2, *end = strstr(name, "}}");
		const struct word_value *v = values;
		size_t n = end ? (size_t)(end - name) : 0;

		while (end && v->name &&
		    (strlen(v->name) != n || memcmp(v->name, name, n) != 0))
			v++;
		if (!end || !v->name) {
			*why = end ? arena_printf(a, "unknown name '{{%.*s}}'",
			    (int)(n < 40 ? n : 40), name) : "'{{' without '}}'";
			buf_release(&b);
			return NULL;
		}
		buf_add(&b, text, (size_t)(open - text));
		buf_addstr(&b, v->value ? v->value : "");
		text = end + 2;
	}
	buf_addstr(&b, text);
	filled = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	return filled;
}

/* A profile without a command of its own runs the configured one. */
static void
take_command(struct profile *p, const struct config *c, struct arena *a)
{
	const char *why;

	if (p->interactive || p->headless) {
		if (c->command)
			die(EXIT_FAIL, "jared.yaml: 'command' is set, but agent '%s' "
			    "has its own; it goes with agent: sh", p->name);
		return;
	}
	if (!c->command)
		die(EXIT_FAIL, "jared.yaml: agent '%s' needs 'command', a list of "
		    "words", p->name);
	for (size_t i = 0; c->command[i]; i++)
		if (!template_fill(a, c->command[i], profile_words, &why))
			die(EXIT_FAIL, "jared.yaml: command: %s", why);
	p->headless = c->command;
	/* It reads a prompt and ends: a follow-up is another prompt to it. */
	p->resume = c->command;
	p->prompt_arg[1] = profile_has_prompt(c->command);
}

static void
choose_mode(struct profile *p, const struct config *c)
{
	if (c->mode)
		p->mode = c->mode;
	else if (!p->mode)
		p->mode = p->interactive ? "interactive" : "headless";
	if (strcmp(p->mode, "interactive") == 0 ? !p->interactive : !p->headless)
		die(EXIT_FAIL, "agent '%s' has no %s mode", p->name, p->mode);
}

static const char *
no_such_profile(const char *root, const char *name, struct arena *a)
{
	const char *names = "";

	for (const char **v = prefix_names(root, "agents", a); *v; v++)
		names = arena_printf(a, "%s%s%s", names, *names ? ", " : "", *v);
	return arena_printf(a, "no agent profile '%s', valid: %s", name, names);
}

static int
read_file(struct profile *p, const char *path, struct arena *a, const char **why)
{
	struct buf text = BUF_INIT;
	const struct yaml *doc;
	const char *what = NULL;
	size_t line = 1;
	int r = -1;

	if (fs_read(AT_FDCWD, path, FILE_MAX, &text) < 0) {
		*why = arena_printf(a, "cannot read '%s': %s", path, strerror(errno));
	} else {
		doc = yaml_parse(text.s, text.len, 1, a, &what, &line);
		if (doc && doc->kind == YAML_MAP)
			r = profile_read(p, path, doc, a, why);
		else
			*why = arena_printf(a, "%s:%zu: %s", path, line,
			    doc ? "a profile is a map of keys" : what);
	}
	buf_release(&text);
	return r;
}

int
profile_try(struct profile *p, const char *root, const char *name,
    struct arena *a, const char **why)
{
	char *path = strchr(name, '/') ? NULL :
	    prefix_data(root, arena_printf(a, "agents/%s.yaml", name));
	int r = -1;

	*p = (struct profile){ .name = name };
	if (path)
		r = read_file(p, arena_strdup(a, path), a, why);
	else
		*why = no_such_profile(root, name, a);
	free(path);
	if (r < 0)
		profile_release(p);
	return r;
}

void
profile_release(struct profile *p)
{
	rules_release(&p->rules);
}

const char *
profile_exit(const struct profile *p, int code)
{
	for (const char **v = p->exits; v && *v; v++) {
		size_t n = strcspn(*v, "=");
		int64_t status;
		char number[4] = "";

		if (n < sizeof number)
			memcpy(number, *v, n);
		if (num_parse(number, 0, 255, &status) == 0 && status == code)
			return *v + n + 1;
	}
	return NULL;
}

void
profile_load(struct profile *p, const char *root, const struct config *c,
    struct arena *a)
{
	const char *why;

	if (profile_try(p, root, c->agent, a, &why) < 0)
		die(EXIT_FAIL, "%s", why);
	take_command(p, c, a);
	choose_mode(p, c);
}

/* What trim() of JavaScript or Rust takes away. */
static bool
is_white(int32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 ||
	    c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	    c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

const char *
profile_changes(const struct profile *p, const char *text, size_t *len)
{
	const char *last = text + *len;
	size_t n;

	if (p->changes_tab && memchr(text, '\t', *len))
		return "tab";
	if (!p->changes_ends || *len == 0)
		return NULL;
	if (*len > 1 && last[-1] == '\n') {
		last--;
		--*len;
	}
	do
		last--;
	while (last > text && (*last & 0xc0) == 0x80);
	return is_white(utf8_next(text, &n)) || is_white(utf8_next(last, &n)) ?
	    "ends" : NULL;
}
