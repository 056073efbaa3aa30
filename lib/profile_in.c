#include "profile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "front.h"
#include "num.h"

enum { WHERE_MAX = 200 };

enum kind { TEXT, WORDS, TEMPLATES, PAIRS, EXITS, KEYS, RULES };

static const struct key {
	const char *name;
	enum kind kind;
	const char *choices;        /* of TEXT and WORDS: words between blanks, or NULL */
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
	{ "status_dir", WORDS, NULL },
	{ "quit", TEXT, NULL },
	{ "interrupt", KEYS, NULL },
	{ "changes", WORDS, "tab ends" },
	{ "exit", EXITS, NULL },
	{ "rules", RULES, NULL },
};

static const struct { const char *name, *bytes; } typed[] = {
	{ "Escape", "\033" }, { "Enter", "\r" }, { "C-c", "\003" }, { "C-d", "\004" },
};

struct source {
	const char *path;
	struct arena *arena;
	const char *why;
};

static int
bad(struct source *src, const struct yaml *at, const char *fmt, ...) PRINTF_LIKE(3, 4);

static int
bad(struct source *src, const struct yaml *at, const char *fmt, ...)
{
	char what[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	src->why = arena_printf(src->arena, "%s:%zu: %s", src->path, at->line, what);
	return -1;
}

static int
check_template(struct source *src, const struct yaml *at)
{
	const char *why, *names = "";

	if (template_fill(src->arena, at->value, profile_words, &why))
		return 0;
	for (const struct word_value *v = profile_words; v->name; v++)
		names = arena_printf(src->arena, "%s %s", names, v->name);
	return bad(src, at, "%s, valid:%s", why, names);
}

static bool
is_among(const char *value, const char *choices)
{
	const char *at = strchr(value, ' ') ? NULL : strstr(choices, value);
	size_t n = strlen(value);

	return n && at && (at == choices || at[-1] == ' ') && (!at[n] || at[n] == ' ');
}

static int
check_text(struct source *src, const struct yaml *y, const char *choices)
{
	const char *value = yaml_text(y);

	if (!value || !*value)
		return bad(src, y, "'%s' wants text", y->key);
	if (choices && !is_among(value, choices))
		return bad(src, y, "bad %s '%s', valid: %s", y->key, value, choices);
	return 0;
}

static const char *
key_bytes(const char *name)
{
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
		if (strcmp(typed[i].name, name) == 0)
			return typed[i].bytes;
	return NULL;
}

static int
check_words(struct source *src, const struct yaml *y, enum kind kind,
    const char *choices)
{
	if (y->kind != YAML_SEQ || y->n == 0)
		return bad(src, y, "'%s' wants a list of words", y->key);
	for (const struct yaml *w = y->child; w; w = w->next) {
		if (!yaml_text(w))
			return bad(src, w, "'%s' wants a list of words", y->key);
		if (choices && !is_among(w->value, choices))
			return bad(src, w, "bad word '%s' in '%s', valid: %s",
			    w->value, y->key, choices);
		if (kind == TEMPLATES && check_template(src, w) < 0)
			return -1;
		if (kind == KEYS && !key_bytes(w->value))
			return bad(src, w, "bad key '%s', valid: Escape Enter C-c C-d",
			    w->value);
	}
	return 0;
}

static int
check_pairs(struct source *src, const struct yaml *y, enum kind kind)
{
	int64_t status;

	if (y->kind != YAML_MAP)
		return bad(src, y, "'%s' wants NAME: text pairs", y->key);
	for (const struct yaml *m = y->child; m; m = m->next) {
		if (!yaml_text(m))
			return bad(src, m, "'%s' wants text", m->key);
		if (kind == EXITS && num_parse(m->key, 0, 255, &status) < 0)
			return bad(src, m, "bad exit status '%s', valid: 0 to 255", m->key);
		if (kind == PAIRS && (!*m->key || strchr(m->key, '=')))
			return bad(src, m, "bad name of a variable '%s'", m->key);
		if (kind == PAIRS && check_template(src, m) < 0)
			return -1;
	}
	return 0;
}

static int
read_rule(struct source *src, const struct yaml *y, struct rules *out)
{
	static const char *const part[] = { "state", "reason", "where", "match" };
	const size_t n_part = sizeof part / sizeof *part;
	struct rule *r = &out->rule[out->n];
	const char *where, *why;
	int64_t lines = RULE_TITLE;

	if (y->kind != YAML_MAP || y->n != n_part)
		return bad(src, y, "a rule has state, reason, where and match");
	for (size_t i = 0; i < n_part; i++) {
		const struct yaml *member = yaml_get(y, part[i]);

		if (!member)
			return bad(src, y, "a rule without '%s'", part[i]);
		if (check_text(src, member, i ? NULL : "working waiting idle error") < 0)
			return -1;
	}
	where = yaml_text(yaml_get(y, "where"));
	if (strcmp(where, "title") != 0 && num_parse(where, 0, WHERE_MAX, &lines) < 0)
		return bad(src, y, "bad where '%s', valid: title, or a number of lines "
		    "up to %d", where, WHERE_MAX);
	*r = (struct rule){ .state = yaml_text(yaml_get(y, "state")),
	    .reason = yaml_text(yaml_get(y, "reason")), .where = (int)lines };
	if (rule_compile(r, yaml_text(yaml_get(y, "match")), &why) < 0)
		return bad(src, y, "%s", why);
	out->n++;
	return 0;
}

static int
read_rules(struct source *src, const struct yaml *y, struct rules *out)
{
	if (y->kind != YAML_SEQ)
		return bad(src, y, "'rules' wants a list");
	out->rule = xrealloc_array(NULL, y->n + 1, sizeof *out->rule);
	for (const struct yaml *r = y->child; r; r = r->next)
		if (read_rule(src, r, out) < 0)
			return -1;
	return 0;
}

static int
check_key(struct source *src, const struct yaml *y, struct profile *p)
{
	const char *names = "";

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		names = arena_printf(src->arena, "%s %s", names, keys[i].name);
		if (strcmp(keys[i].name, y->key) != 0)
			continue;
		switch (keys[i].kind) {
		case TEXT:
			return check_text(src, y, keys[i].choices);
		case WORDS:
		case TEMPLATES:
		case KEYS:
			return check_words(src, y, keys[i].kind, keys[i].choices);
		case PAIRS:
		case EXITS:
			return check_pairs(src, y, keys[i].kind);
		case RULES:
			return read_rules(src, y, &p->rules);
		}
	}
	return bad(src, y, "unknown key '%s', valid:%s", y->key, names);
}

/* NULL-terminated; NULL if the key is absent. */
static const char **
words(const struct yaml *doc, const char *key, struct arena *a)
{
	const struct yaml *y = yaml_get(doc, key);
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

static bool
has_word(const struct yaml *doc, const char *key, const char *word)
{
	const struct yaml *y = yaml_get(doc, key);
	const struct yaml *w = y ? y->child : NULL;

	while (w && strcmp(w->value, word) != 0)
		w = w->next;
	return w != NULL;
}

static const char **
some_words(const struct yaml *doc, const char *key, struct arena *a)
{
	const char **v = words(doc, key, a);

	return v ? v : arena_alloc(a, sizeof *v);
}

bool
profile_has_prompt(const char **argv)
{
	for (; *argv; argv++)
		if (strstr(*argv, "{{prompt}}") || strstr(*argv, "{{prompt_file}}"))
			return true;
	return false;
}

/* Standard input of an interactive agent is its terminal, so it takes the
 * prompt as an argument; `prompt` is about the headless one. */
static int
set_delivery(struct source *src, const struct yaml *doc, struct profile *p)
{
	const struct yaml *y = yaml_get(doc, "prompt");
	bool has = p->headless && profile_has_prompt(p->headless);

	p->prompt_arg[0] = true;
	p->prompt_arg[1] = y ? strcmp(y->value, "arg") == 0 : has;
	if (p->interactive && !profile_has_prompt(p->interactive))
		return bad(src, yaml_get(doc, "interactive"),
		    "'interactive' has no {{prompt}} and no {{prompt_file}}");
	if (p->headless && y && p->prompt_arg[1] != has)
		return bad(src, y, "prompt is '%s', but 'headless' has %s {{prompt}}",
		    y->value, has ? "a" : "no");
	return 0;
}

static enum profile_osc
osc_kind(const char *word)
{
	return !word || strcmp(word, "never") == 0 ? OSC_NEVER :
	    strcmp(word, "query") == 0 ? OSC_QUERY : OSC_ALWAYS;
}

static const char *
typed_bytes(const char **names, struct arena *a)
{
	const char *bytes = names ? "" : NULL;

	for (; names && *names; names++)
		bytes = arena_printf(a, "%s%s", bytes, key_bytes(*names));
	return bytes;
}

int
profile_read(struct profile *p, const char *path, const struct yaml *doc,
    struct arena *a, const char **why)
{
	struct source src = { .path = path, .arena = a };

	for (const struct yaml *y = doc->child; y; y = y->next)
		if (check_key(&src, y, p) < 0)
			goto wrong;
	p->interactive = words(doc, "interactive", a);
	p->headless = words(doc, "headless", a);
	p->resume = words(doc, "resume", a);
	p->login = words(doc, "login", a);
	p->env = some_words(doc, "env", a);
	p->unset = some_words(doc, "unset", a);
	p->pass = some_words(doc, "pass", a);
	p->status_dir = some_words(doc, "status_dir", a);
	p->exits = some_words(doc, "exit", a);
	p->interrupt = typed_bytes(words(doc, "interrupt", a), a);
	p->changes_tab = has_word(doc, "changes", "tab");
	p->changes_ends = has_word(doc, "changes", "ends");
	p->osc7501 = osc_kind(yaml_text(yaml_get(doc, "osc7501")));
	p->hooks = yaml_text(yaml_get(doc, "hooks"));
	p->quit = yaml_text(yaml_get(doc, "quit"));
	p->mode = yaml_text(yaml_get(doc, "mode"));
	if (set_delivery(&src, doc, p) == 0)
		return 0;
wrong:
	*why = src.why;
	return -1;
}
