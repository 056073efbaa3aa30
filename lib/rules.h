/*
 * What an agent's title and screen say: rules from its profile, each an
 * extended regular expression for one line.  A rule looks at the title, or at
 * the last lines of the visible screen that are not blank.  The first that
 * matches decides; but a trust, login, setup or hooks dialog, of which nothing
 * else tells, decides as soon as it is the first of those for the screen.
 *
 * Compiled in the C locale: a rule matches bytes, and a character outside ASCII
 * in brackets would match each of its bytes (profiles that do so are refused).
 * Before matching, no-break spaces become spaces and variation selectors go.
 */
#ifndef JARED_RULES_H
#define JARED_RULES_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum { RULE_TITLE = -1, RULE_ALL = 0 };

struct rule {
	const char *state;          /* "working", "waiting", "idle", "error" */
	const char *reason;         /* "permission" */
	int where;                  /* RULE_TITLE, RULE_ALL, or a number of lines */
	bool dialog;                /* its reason is trust, login, setup or hooks */
	regex_t re;
};

struct rules { struct rule *rule; size_t n; };

/* What matched.  "error" is a reading, not a state of a worker: it is idle. */
struct reading { const char *state, *reason; bool title, dialog; };

/* 0, or -1: no such expression, or it cannot mean what it says (*why, static). */
int rule_compile(struct rule *r, const char *match, const char **why);
void rules_release(struct rules *r);

/* A screen made ready for matching: line[0] is the last that is not blank. */
struct lines { const char **line; size_t n; };
struct arena;
void lines_read(struct lines *s, const char *text, struct arena *a);

/* True and *out if something matches: a dialog; the title; anything in order
 * (title or s may be NULL). */
bool rules_dialog(const struct rules *r, const struct lines *s, struct reading *out);
bool rules_title(const struct rules *r, const char *title, struct reading *out);
bool rules_read(const struct rules *r, const char *title, const struct lines *s,
    struct reading *out);

#endif
