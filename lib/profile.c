#include "profile.h"

#include <fcntl.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "front.h"
#include "fs.h"
#include "num.h"
#include "prefix.h"

enum { FILE_MAX = 256 * 1024, WHERE_MAX = 200 };

/* What a template may name; the dispatcher gives the values. */
static const struct word_value known[] = {
	{ "prompt", "" }, { "prompt_file", "" }, { "session", "" },
	{ "hooks", "" }, { "worktree", "" }, { "gitdir", "" },
	{ "commondir", "" }, { "name", "" }, { "id", "" }, { "attempt", "" },
	{ NULL, NULL },
};

enum kind { TEXT, WORDS, TEMPLATES, PAIRS, EXITS, RULES };

static const struct key {
	const char *name;
	enum kind kind;
	const char *choices;        /* of a TEXT: words between blanks, or NULL */
} keys[] = {
	{ "interactive", TEMPLATES, NULL },
	{ "headless", TEMPLATES, NULL },
	{ "resume", TEMPLATES, NULL },
	{ "prompt", TEXT, "arg stdin" },
	{ "mode", TEXT, "interactive headless" },
	{ "login", WORDS, NULL },
	{ "env", PAIRS, NULL },
	{ "unset", WORDS, NULL },
	{ "pass", WORDS, NULL },
	{ "hooks", TEXT, NULL },
	{ "osc7501", TEXT, "always query never" },
	{ "status_file", TEXT, NULL },
	{ "quit", TEXT, NULL },
	{ "interrupt", WORDS, NULL },
	{ "exit", EXITS, NULL },
	{ "rules", RULES, NULL },
};

struct source {
	const char *path;
	struct arena *arena;
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

static void
bad(const struct source *src, const struct yaml *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4) NORETURN;

static void
bad(const struct source *src, const struct yaml *at, const char *fmt, ...)
{
	char what[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	die(EXIT_FAIL, "%s:%zu: %s", src->path, at->line, what);
}

static void
check_template(const struct source *src, const struct yaml *at)
{
	const char *why, *names = "";

	if (template_fill(src->arena, at->value, known, &why))
		return;
	for (const struct word_value *v = known; v->name; v++)
		names = arena_printf(src->arena, "%s %s", names, v->name);
	bad(src, at, "%s, valid:%s", why, names);
}

static void
check_text(const struct source *src, const struct yaml *y, const char *choices)
{
	const char *value = yaml_text(y), *at;
	size_t n;

	if (!value || !*value)
		bad(src, y, "'%s' wants text", y->key);
	if (!choices)
		return;
	n = strlen(value);
	at = strchr(value, ' ') ? NULL : strstr(choices, value);
	if (!at || (at != choices && at[-1] != ' ') || (at[n] && at[n] != ' '))
		bad(src, y, "bad %s '%s', valid: %s", y->key, value, choices);
}

static void
check_words(const struct source *src, const struct yaml *y, enum kind kind)
{
	if (y->kind != YAML_SEQ || y->n == 0)
		bad(src, y, "'%s' wants a list of words", y->key);
	for (const struct yaml *w = y->child; w; w = w->next) {
		if (!yaml_text(w))
			bad(src, w, "'%s' wants a list of words", y->key);
		if (kind == TEMPLATES)
			check_template(src, w);
	}
}

static void
check_pairs(const struct source *src, const struct yaml *y, enum kind kind)
{
	int64_t status;

	if (y->kind != YAML_MAP)
		bad(src, y, "'%s' wants NAME: text pairs", y->key);
	for (const struct yaml *m = y->child; m; m = m->next) {
		if (!yaml_text(m))
			bad(src, m, "'%s' wants text", m->key);
		if (kind == EXITS && num_parse(m->key, 0, 255, &status) < 0)
			bad(src, m, "bad exit status '%s', valid: 0 to 255", m->key);
		if (kind == PAIRS && (!*m->key || strchr(m->key, '=')))
			bad(src, m, "bad name of a variable '%s'", m->key);
		if (kind == PAIRS)
			check_template(src, m);
	}
}

static void
check_rule(const struct source *src, const struct yaml *rule)
{
	static const char *const part[] = { "state", "reason", "where", "match" };
	const size_t n_part = sizeof part / sizeof *part;
	const char *where;
	int64_t lines;
	regex_t re;

	if (rule->kind != YAML_MAP || rule->n != n_part)
		bad(src, rule, "a rule has state, reason, where and match");
	for (size_t i = 0; i < n_part; i++) {
		const struct yaml *y = yaml_get(rule, part[i]);

		if (!y)
			bad(src, rule, "a rule without '%s'", part[i]);
		check_text(src, y, i ? NULL : "working waiting idle error");
	}
	where = yaml_text(yaml_get(rule, "where"));
	if (strcmp(where, "title") != 0 &&
	    num_parse(where, 0, WHERE_MAX, &lines) < 0)
		bad(src, rule, "bad where '%s', valid: title, or a number of lines "
		    "up to %d", where, WHERE_MAX);
	if (regcomp(&re, yaml_text(yaml_get(rule, "match")), REG_EXTENDED | REG_NOSUB))
		bad(src, rule, "match is no extended regular expression");
	regfree(&re);
}

static void
check_key(const struct source *src, const struct yaml *y)
{
	const char *names = "";

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		names = arena_printf(src->arena, "%s %s", names, keys[i].name);
		if (strcmp(keys[i].name, y->key) != 0)
			continue;
		switch (keys[i].kind) {
		case TEXT:
			check_text(src, y, keys[i].choices);
			return;
		case WORDS:
		case TEMPLATES:
			check_words(src, y, keys[i].kind);
			return;
		case PAIRS:
		case EXITS:
			check_pairs(src, y, keys[i].kind);
			return;
		case RULES:
			if (y->kind != YAML_SEQ)
				bad(src, y, "'rules' wants a list");
			for (const struct yaml *r = y->child; r; r = r->next)
				check_rule(src, r);
			return;
		}
	}
	bad(src, y, "unknown key '%s', valid:%s", y->key, names);
}

/* NULL-terminated; NULL if the key is absent. */
static const char **
words(const struct yaml *y, struct arena *a)
{
	const char **v;
	size_t n = 0;

	if (!y)
		return NULL;
	v = arena_alloc(a, (y->n + 1) * sizeof *v);
	for (const struct yaml *w = y->child; w; w = w->next)
		v[n++] = y->kind == YAML_SEQ ? w->value :
		    arena_printf(a, "%s=%s", w->key, w->value);
	return v;
}

static const char **
some_words(const struct yaml *y, struct arena *a)
{
	const char **v = words(y, a);

	return v ? v : arena_alloc(a, sizeof *v);
}

static bool
mentions_prompt(const char **argv)
{
	for (; *argv; argv++)
		if (strstr(*argv, "{{prompt}}") || strstr(*argv, "{{prompt_file}}"))
			return true;
	return false;
}

/* Standard input of an interactive agent is its terminal, so it takes the
 * prompt as an argument; `prompt` is about the headless one. */
static void
set_delivery(const struct source *src, const struct yaml *doc, struct profile *p)
{
	const struct yaml *y = yaml_get(doc, "prompt");

	p->prompt_arg[0] = true;
	p->prompt_arg[1] = y ? strcmp(y->value, "arg") == 0 :
	    p->headless && mentions_prompt(p->headless);
	if (p->interactive && !mentions_prompt(p->interactive))
		bad(src, yaml_get(doc, "interactive"),
		    "'interactive' has no {{prompt}} and no {{prompt_file}}");
	if (p->headless && y && p->prompt_arg[1] != mentions_prompt(p->headless))
		bad(src, y, "prompt is '%s', but 'headless' has %s {{prompt}}",
		    y->value, p->prompt_arg[1] ? "no" : "a");
}

static void
fill(const struct source *src, const struct yaml *doc, struct profile *p)
{
	p->interactive = words(yaml_get(doc, "interactive"), src->arena);
	p->headless = words(yaml_get(doc, "headless"), src->arena);
	p->env = some_words(yaml_get(doc, "env"), src->arena);
	p->unset = some_words(yaml_get(doc, "unset"), src->arena);
	p->pass = some_words(yaml_get(doc, "pass"), src->arena);
	p->quit = yaml_text(yaml_get(doc, "quit"));
	p->mode = yaml_text(yaml_get(doc, "mode"));
	set_delivery(src, doc, p);
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
		if (!template_fill(a, c->command[i], known, &why))
			die(EXIT_FAIL, "jared.yaml: command: %s", why);
	p->headless = c->command;
	p->prompt_arg[1] = mentions_prompt(c->command);
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

static NORETURN void
no_such_profile(const char *root, const char *name, struct arena *a)
{
	const char *names = "";

	for (const char **v = prefix_names(root, "agents", a); *v; v++)
		names = arena_printf(a, "%s%s%s", names, *names ? ", " : "", *v);
	die(EXIT_FAIL, "no agent profile '%s', valid: %s", name, names);
}

void
profile_load(struct profile *p, const char *root, const struct config *c,
    struct arena *a)
{
	struct source src = { .arena = a };
	struct buf text = BUF_INIT;
	char *name = arena_printf(a, "agents/%s.yaml", c->agent);
	char *path = strchr(c->agent, '/') ? NULL : prefix_data(root, name);
	const struct yaml *doc;
	const char *why = NULL;
	size_t line = 0;

	*p = (struct profile){ .name = c->agent };
	if (!path)
		no_such_profile(root, c->agent, a);
	src.path = path;
	if (fs_read(AT_FDCWD, path, FILE_MAX, &text) < 0)
		die_errno(EXIT_FAIL, "cannot read '%s'", path);
	doc = yaml_parse(text.s, text.len, 1, a, &why, &line);
	if (!doc)
		die(EXIT_FAIL, "%s:%zu: %s", path, line, why);
	if (doc->kind != YAML_MAP)
		die(EXIT_FAIL, "%s:1: a profile is a map of keys", path);
	for (const struct yaml *y = doc->child; y; y = y->next)
		check_key(&src, y);
	fill(&src, doc, p);
	take_command(p, c, a);
	choose_mode(p, c);
	buf_release(&text);
	free(path);
}
