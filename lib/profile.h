/*
 * An agent profile is a data file (share/jared/agents/NAME.yaml) that says how
 * an agent CLI is started: never a shell line, always words.  The format is in
 * jared(7).  Words may contain {{name}}; an unknown name is an error.
 */
#ifndef JARED_PROFILE_H
#define JARED_PROFILE_H

#include <stdbool.h>

#include "config.h"
#include "mem.h"
#include "rules.h"

enum { PROFILE_ARG_MAX = 100 * 1000 };  /* a prompt longer than this never goes into an argument */

struct word_value { const char *name, *value; };  /* an array ends with name NULL */

enum profile_osc { OSC_NEVER, OSC_QUERY, OSC_ALWAYS };

struct profile {
	const char *name;
	const char **interactive;   /* argv templates, NULL-terminated; NULL: no such mode */
	const char **headless;
	const char **resume;        /* goes on with a session, headless; NULL: cannot */
	bool prompt_arg[2];         /* [0] interactive, [1] headless: the prompt is an argument; else stdin */
	const char *mode;           /* the default: "interactive" or "headless" */
	const char **env;           /* NAME=VALUE templates */
	const char **unset;         /* names, a final '*' is a prefix */
	const char **pass;          /* names of variables handed to the agent if set */
	const char **login;         /* argv that ends with 0 when it is logged in; NULL: none */
	const char *hooks;          /* data file below hooks/ that it is given; NULL: none */
	enum profile_osc osc7501;
	const char **status_dir;    /* where its status file may be, "$HOME/x"; see jared(7) */
	const char *quit;           /* text that ends an interactive agent */
	const char *interrupt;      /* bytes to type that interrupt it; NULL: none */
	bool changes_tab, changes_ends; /* what is typed to it, see profile_changes */
	const char **exits;         /* "1=error": what exit statuses mean */
	struct rules rules;
};

/* The named profile; profile sh takes its command from c->command.  What is
 * wrong ends the process: EXIT_FAIL, file and line, valid choices. */
void profile_load(struct profile *p, const char *root, const struct config *c,
    struct arena *a);

/* The same without configuration (sh has no command then, mode is the
 * profile's or NULL) for those who only watch: 0, or -1 with *why in the arena. */
int profile_try(struct profile *p, const char *root, const char *name,
    struct arena *a, const char **why);
void profile_release(struct profile *p);

/* What an exit status means, or NULL. */
const char *profile_exit(const struct profile *p, int code);

/* What the agent's input box would make other of a text that is typed or pasted
 * into it: "tab", or "ends", white space at its beginning or end; NULL: nothing.
 * Where ends are changed, *len goes without one last newline, which only ends
 * the last line. */
const char *profile_changes(const struct profile *p, const char *text, size_t *len);

/* Fill p from its parsed file, as profile_try (profile_in.c). */
struct yaml;
int profile_read(struct profile *p, const char *path, const struct yaml *doc,
    struct arena *a, const char **why);

/* True if one of these words has {{prompt}} or {{prompt_file}}. */
bool profile_has_prompt(const char **argv);

/* The placeholders that words of a profile may have, each with value "". */
extern const struct word_value profile_words[];

/* Fill {{name}} in text; NULL and *why (in the arena) on an unknown or
 * unclosed name.  "{{" cannot be escaped: a template that needs it takes it
 * from a value; values are never expanded again. */
char *template_fill(struct arena *a, const char *text,
    const struct word_value *values, const char **why);

#endif
