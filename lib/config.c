#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "plain.h"
#include "num.h"
#include "valid.h"

/* What a value must be. */
enum kind { TEXT, NAME, PATH, BRANCH, CHOICE, FLAG, NUMBER, SECONDS, WORDS, PATHS,
	COMMANDS, CAPS, ANY_MAP };

struct key {
	const char *name;
	enum kind kind;
	size_t at;              /* offset in struct config, or NOWHERE */
	int64_t min, max;       /* of NUMBER, SECONDS and CAPS */
	const char *choice[2];  /* of CHOICE and FLAG; the second sets a FLAG */
};

#define AT(member) offsetof(struct config, member)
#define NOWHERE SIZE_MAX        /* known, checked, and not acted on yet */
enum { YEAR = 365 * 86400 };

static const struct key keys[] = {
	{ "agent",          NAME,     AT(agent), 0, 0, { 0 } },
	{ "attempts",       NUMBER,   AT(attempts), 1, 1000, { 0 } },
	{ "backoff_base",   SECONDS,  AT(backoff_base), 0, YEAR, { 0 } },
	{ "backoff_max",    SECONDS,  AT(backoff_max), 0, YEAR, { 0 } },
	{ "base",           BRANCH,   AT(base), 0, 0, { 0 } },
	{ "brake_after",    NUMBER,   AT(brake_after), 1, 1000, { 0 } },
	{ "brake_for",      SECONDS,  AT(brake_for), 1, YEAR, { 0 } },
	{ "branch_prefix",  BRANCH,   AT(branch_prefix), 0, 0, { 0 } },
	{ "command",        WORDS,    AT(command), 0, 0, { 0 } },
	{ "copy",           PATHS,    AT(copy), 0, 0, { 0 } },
	{ "done_linger",    SECONDS,  AT(done_linger), 0, YEAR, { 0 } },
	{ "escalate",       WORDS,    AT(escalate), 0, 0, { 0 } },
	{ "escalate_limit", NUMBER,   AT(escalate_limit), 1, 1000, { 0 } },
	{ "gate",           ANY_MAP,  NOWHERE, 0, 0, { 0 } },
	{ "keep_leftovers", FLAG,     AT(keep_leftovers), 0, 0, { "false", "true" } },
	{ "layout",         NAME,     AT(layout), 0, 0, { 0 } },
	{ "link",           PATHS,    AT(link), 0, 0, { 0 } },
	{ "max_by",         CAPS,     AT(max_by), 0, 1000, { 0 } },
	{ "max_workers",    NUMBER,   AT(max_workers), 0, 1000, { 0 } },
	{ "mode",           CHOICE,   AT(mode), 0, 0, { "interactive", "headless" } },
	{ "notify",         WORDS,    AT(notify), 0, 0, { 0 } },
	{ "owner",          TEXT,     AT(owner), 0, 0, { 0 } },
	{ "pass_env",       WORDS,    AT(pass_env), 0, 0, { 0 } },
	{ "pickup_overdue", SECONDS,  AT(pickup_overdue), 0, YEAR, { 0 } },
	{ "port_base",      NUMBER,   AT(port_base), 1024, 65535, { 0 } },
	{ "port_names",     WORDS,    AT(port_names), 0, 0, { 0 } },
	{ "port_step",      NUMBER,   AT(port_step), 1, 10000, { 0 } },
	{ "retry",          FLAG,     AT(retry_fresh), 0, 0, { "resume", "fresh" } },
	{ "setup",          COMMANDS, AT(setup), 0, 0, { 0 } },
	{ "stall_after",    SECONDS,  AT(stall_after), 1, YEAR, { 0 } },
	{ "start_timeout",  SECONDS,  AT(start_timeout), 1, 3600, { 0 } },
	{ "tasks_dir",      PATH,     AT(tasks_dir), 0, 0, { 0 } },
	{ "trash_days",     NUMBER,   AT(trash_days), 0, 36500, { 0 } },
	{ "worktrees",      PATH,     AT(worktrees), 0, 0, { 0 } },
};
enum { N_KEY = sizeof keys / sizeof *keys };

static const struct config defaults = {
	.worktrees = ".worktrees", .branch_prefix = "jared", .agent = "claude",
	.max_workers = 4, .attempts = 3, .backoff_base = 10, .backoff_max = 300,
	.start_timeout = 20, .stall_after = 600, .brake_after = 5,
	.brake_for = 600, .pickup_overdue = 1800, .escalate_limit = 20,
	.port_base = 8100, .port_step = 100, .done_linger = 60, .trash_days = 14,
};

/* Where a value comes from, for messages: "jared.yaml:3: max_workers". */
struct place {
	const struct key *key;
	const char *file;       /* or the variable's name */
	size_t line;            /* 0: a variable */
};

static NORETURN void
bad(const struct place *p, const char *value, const char *want)
{
	const char *shown = value ? value : "";
	const char *quote = value ? "'" : "";

	if (p->line)
		die(EXIT_FAIL, "%s:%zu: bad %s %s%s%s, valid: %s", p->file, p->line,
		    p->key->name, quote, shown, quote, want);
	die(EXIT_FAIL, "%s: bad value %s%s%s, valid: %s", p->file, quote, shown,
	    quote, want);
}

static void
set_number(const struct place *p, const char *s, void *at)
{
	const struct key *k = p->key;
	int64_t n = 0;

	if (k->kind == NUMBER && num_parse(s, k->min, k->max, &n) < 0)
		bad(p, s, xasprintf("a number from %lld to %lld",
		    (long long)k->min, (long long)k->max));
	if (k->kind == SECONDS && (num_duration(s, &n) < 0 || n < k->min || n > k->max))
		bad(p, s, xasprintf("a duration such as 90s, 10m, 4h or 7d, from "
		    "%llds to %llds", (long long)k->min, (long long)k->max));
	*(int64_t *)at = n;
}

static void
set_scalar(const struct place *p, const char *s, void *at, struct arena *a)
{
	const struct key *k = p->key;
	bool second = false;

	if (k->kind == NUMBER || k->kind == SECONDS) {
		set_number(p, s, at);
		return;
	}
	if (k->kind == TEXT && (!*s || !valid_line(s)))
		bad(p, s, "text without control characters");
	if (k->kind == NAME && !valid_name(s))
		bad(p, s, "a name of letters, digits, '.', '_' and '-'");
	if (k->kind == PATH && !valid_inside(s))
		bad(p, s, "a path below the repository, without '..'");
	if (k->kind == BRANCH && !valid_branch(s))
		bad(p, s, "a branch name");
	if (k->choice[1]) {
		second = strcmp(s, k->choice[1]) == 0;
		if (!second && strcmp(s, k->choice[0]) != 0)
			bad(p, s, xasprintf("%s, %s", k->choice[0], k->choice[1]));
	}
	if (k->kind == FLAG)
		*(bool *)at = second;
	else if (k->kind == PATH && s[strlen(s) - 1] == '/')
		*(const char **)at = arena_strndup(a, s, strlen(s) - 1);
	else
		*(const char **)at = s;
}

static void
set_caps(struct config *c, const struct place *p, const struct yaml *y,
    struct arena *a)
{
	c->max_by = arena_alloc(a, (y->n + 1) * sizeof *c->max_by);
	c->n_max_by = 0;
	for (const struct yaml *e = y->child; e; e = e->next) {
		struct config_cap *cap = &c->max_by[c->n_max_by++];
		const char *text = yaml_text(e);

		cap->column = e->key;
		if (!text || num_parse(text, p->key->min, p->key->max, &cap->n) < 0)
			bad(p, e->key, "COLUMN: NUMBER pairs, such as {owner: 2}");
	}
}

/* git's own files, of whichever directory, are nobody's to copy. */
static void
set_paths(const struct place *p, const char **words, void *at)
{
	for (size_t i = 0; words[i]; i++)
		if (!valid_inside(words[i]) || strncmp(words[i], ".git/", 5) == 0 ||
		    strcmp(words[i], ".git") == 0)
			bad(p, words[i], "a path below the repository, without '..', "
			    "not in .git; each part may have *, ? and [...]");
	*(const char ***)at = words[0] ? words : NULL;
}

/* One command, or a list of them. */
static void
set_commands(const struct place *p, const struct yaml *y, void *at, struct arena *a)
{
	static const char want[] = "a command, such as [make, deps], or a list of "
	    "commands, [[npm, ci], [make, deps]]";
	const char **words = yaml_words(y, a), ***v;
	size_t n = 0;

	v = arena_alloc(a, (y->n + 2) * sizeof *v);
	if (words && words[0])
		v[n++] = words;
	for (const struct yaml *e = y->child; e && !words; e = e->next) {
		v[n] = yaml_words(e, a);
		if (!v[n] || !v[n][0])
			bad(p, yaml_text(e), want);
		n++;
	}
	if (y->kind != YAML_SEQ)
		bad(p, yaml_text(y), want);
	for (size_t i = 0; i < n; i++)
		if (!*v[i][0])
			bad(p, v[i][0], want);
	*(const char ****)at = n ? v : NULL;
}

static void
remember(struct config *c, const struct place *p, const struct yaml *y,
    struct arena *a)
{
	struct config_said *said = arena_alloc(a, sizeof *said);

	*said = (struct config_said){ p->key->name, y, p->file, p->line, c->said };
	c->said = said;
}

static void
set(struct config *c, const struct place *p, const struct yaml *y, struct arena *a)
{
	union { int64_t n; bool flag; const char *text; const char **words; } unused;
	void *at = p->key->at == NOWHERE ? (void *)&unused : (char *)c + p->key->at;
	const char **words;

	remember(c, p, y, a);
	switch (p->key->kind) {
	case TEXT: case NAME: case PATH: case BRANCH: case CHOICE: case FLAG:
	case NUMBER: case SECONDS:
		if (y->kind != YAML_SCALAR)
			bad(p, NULL, "one value");
		/* A key without a value is as none: the default stays. */
		if (y->value)
			set_scalar(p, y->value, at, a);
		return;
	case COMMANDS:
		set_commands(p, y, at, a);
		return;
	case WORDS: case PATHS:
		words = yaml_words(y, a);
		if (!words)
			bad(p, yaml_text(y), "a list of words, such as [make, check]");
		if (p->key->kind == PATHS)
			set_paths(p, words, at);
		else
			*(const char ***)at = words[0] ? words : NULL;
		return;
	case CAPS: case ANY_MAP:
		if (y->kind != YAML_MAP)
			bad(p, yaml_text(y), "a map, such as {owner: 2}");
		if (p->key->kind == CAPS)
			set_caps(c, p, y, a);
		return;
	}
}

static const struct key *
find_key(const char *name)
{
	for (size_t i = 0; i < N_KEY; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static void
load_file(struct config *c, const char *root, struct arena *a)
{
	char *path = xasprintf("%s/jared.yaml", root);
	const struct yaml *doc = plain_load(path, "jared.yaml", a, NULL);
	struct buf valid = BUF_INIT;

	free(path);
	for (const struct yaml *y = doc ? doc->child : NULL; y; y = y->next) {
		struct place p = { find_key(y->key), "jared.yaml", y->line };

		if (p.key) {
			set(c, &p, y, a);
			continue;
		}
		for (size_t i = 0; i < N_KEY; i++)
			buf_addf(&valid, "%s%s", i ? ", " : "", keys[i].name);
		die(EXIT_FAIL, "jared.yaml:%zu: unknown key '%s', valid keys: %s",
		    y->line, y->key, valid.s);
	}
}

/* What an older name of the variable says, or NULL. */
static const char *
older_value(const struct key *k, char **name, struct arena *a)
{
	static const char *const older[][2] = {
		{ "owner", "TASK_MANAGER_OWNER" },
		{ "escalate", "TASK_MANAGER_ESCALATION" },
	};
	const char *value = NULL;

	for (size_t i = 0; i < sizeof older / sizeof *older; i++)
		if (strcmp(older[i][0], k->name) == 0) {
			*name = arena_strdup(a, older[i][1]);
			value = getenv(*name);
		}
	/* This one was a switch: off is no command, on is the one of the file. */
	if (value && k->kind == WORDS && (!strcmp(value, "0") || !strcmp(value, "1")))
		return *value == '0' ? " " : NULL;
	return value;
}

/* A variable as the YAML that would say the same. */
static struct yaml *
from_words(enum kind kind, const char *text, struct arena *a)
{
	struct yaml *y = arena_alloc(a, sizeof *y), **tail = &y->child;
	char *rest = arena_strdup(a, text), *word;

	y->kind = kind == CAPS || kind == ANY_MAP ? YAML_MAP :
	    kind == WORDS || kind == PATHS || kind == COMMANDS ? YAML_SEQ : YAML_SCALAR;
	y->value = text;
	while (y->kind != YAML_SCALAR && (word = strsep(&rest, " \t\n"))) {
		struct yaml *e;

		if (!*word)
			continue;
		e = arena_alloc(a, sizeof *e);
		e->value = word;
		if (y->kind == YAML_MAP) {
			e->key = strsep(&word, "=");
			e->value = word;
		}
		*tail = e;
		tail = &e->next;
		y->n++;
	}
	return y;
}

static void
load_environment(struct config *c, struct arena *a)
{
	for (size_t i = 0; i < N_KEY; i++) {
		char *name = arena_printf(a, "JARED_%s", keys[i].name);
		const char *value;

		for (char *s = name; *s; s++)
			*s = (char)toupper((unsigned char)*s);
		if (strncmp(keys[i].name, "port_", 5) == 0)
			continue;
		value = getenv(name);
		if (!value || !*value)
			value = older_value(&keys[i], &name, a);
		if (!value || !*value)
			continue;
		struct place p = { &keys[i], name, 0 };
		set(c, &p, from_words(keys[i].kind, arena_strdup(a, value), a), a);
	}
}

void
config_load(struct config *c, const char *root, struct arena *a)
{
	*c = defaults;
	load_file(c, root, a);
	load_environment(c, a);
	for (int64_t i = 0; c->port_names && c->port_names[i]; i++)
		if (i >= c->port_step)
			die(EXIT_FAIL, "jared.yaml: port_names has more names than the "
			    "%lld ports of port_step", (long long)c->port_step);
	if (c->port_base + c->port_step > 65536)
		die(EXIT_FAIL, "jared.yaml: port_base %lld and port_step %lld leave no "
		    "room for one worker below 65536", (long long)c->port_base,
		    (long long)c->port_step);
}

const char *
config_key(size_t i, const char **text, struct arena *a)
{
	const struct key *k = i < N_KEY ? &keys[i] : NULL;
	const char *at = k && k->at != NOWHERE ? (const char *)&defaults + k->at : NULL;

	*text = NULL;
	if (!at)
		return k ? k->name : NULL;
	if (k->kind == NUMBER)
		*text = arena_printf(a, "%lld", (long long)*(const int64_t *)at);
	else if (k->kind == SECONDS)
		*text = arena_printf(a, "%llds", (long long)*(const int64_t *)at);
	else if (k->kind == FLAG)
		*text = k->choice[*(const bool *)at];
	else if (k->kind <= CHOICE)
		*text = *(const char *const *)at;
	return k->name;
}

char *
config_port_variable(const char *name, struct arena *a)
{
	char *variable = arena_printf(a, "JARED_PORT_%s", name);

	for (char *s = variable; *s; s++)
		*s = isalnum((unsigned char)*s) ? (char)toupper((unsigned char)*s) : '_';
	return variable;
}
