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

enum { PROFILE_ARG_MAX = 100 * 1000 };  /* a prompt longer than this never goes into an argument */

struct profile {
	const char *name;
	const char **interactive;   /* argv templates, NULL-terminated; NULL: no such mode */
	const char **headless;
	bool prompt_arg[2];         /* [0] interactive, [1] headless: the prompt is an argument; else stdin */
	const char *mode;           /* the default: "interactive" or "headless" */
	const char **env;           /* NAME=VALUE templates */
	const char **unset;         /* names, a final '*' is a prefix */
	const char **pass;          /* names of variables handed to the agent if set */
	const char *quit;           /* text that ends an interactive agent */
};

/* The named profile; profile sh takes its command from c->command.  What is
 * wrong ends the process: EXIT_FAIL, file and line, valid choices. */
void profile_load(struct profile *p, const char *root, const struct config *c,
    struct arena *a);

struct word_value { const char *name, *value; };  /* an array ends with name NULL */

/* Fill {{name}} in text; NULL and *why (in the arena) on an unknown or
 * unclosed name.  "{{" cannot be escaped: a template that needs it takes it
 * from a value; values are never expanded again. */
char *template_fill(struct arena *a, const char *text,
    const struct word_value *values, const char **why);

#endif
