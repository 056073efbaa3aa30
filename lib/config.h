/*
 * Configuration: jared.yaml at the repository root, every key also JARED_<KEY>
 * in the environment (max_workers: JARED_MAX_WORKERS=4), which wins.  There a
 * list is words separated by spaces, a map is KEY=VALUE words, and an empty
 * variable is as none.  Where JARED_OWNER is not set, TASK_MANAGER_OWNER stands
 * for it, and TASK_MANAGER_ESCALATION likewise for JARED_ESCALATE; 0 there is no
 * command, 1 the one of the file.  The three keys port_* have no variable, because JARED_PORT_* is
 * what a worker is told.  A list of words is one command; setup may also be a
 * list of such lists.  Keys, defaults and meanings stand in jared(7).  An
 * unknown key or a bad value ends the process: EXIT_FAIL,
 * "jared.yaml:LINE: what, valid choices" or "JARED_KEY: what".
 */
#ifndef JARED_CONFIG_H
#define JARED_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"

struct config_cap { const char *column; int64_t n; };

struct yaml;

/* What was said of a key; the first of a key is the one that counts. */
struct config_said {
	const char *key;
	const struct yaml *value;
	const char *file;           /* "jared.yaml", or the variable's name */
	size_t line;                /* 0: a variable */
	const struct config_said *next;
};

struct config {
	const char *layout;         /* NULL: detect */
	const char *tasks_dir;      /* NULL: as the layout says */
	const char *base;           /* branch; NULL: the one the main checkout is on */
	const char *worktrees;      /* ".worktrees" */
	const char *branch_prefix;  /* "jared" */
	const char *agent;          /* profile name; "claude" */
	const char *mode;           /* "interactive", "headless"; NULL: as the profile says */
	const char **command;       /* NULL-terminated, for profile sh; NULL: not set */
	int64_t max_workers;        /* 4 */
	struct config_cap *max_by;  /* n_max_by of them */
	size_t n_max_by;
	int64_t attempts;           /* 3 */
	bool retry_fresh;           /* retry: resume | fresh */
	int64_t backoff_base;       /* 10 s */
	int64_t backoff_max;        /* 300 s */
	int64_t start_timeout;      /* 20 s */
	int64_t stall_after;        /* 600 s */
	int64_t brake_after;        /* 5 */
	int64_t brake_for;          /* 600 s, and longer when it did not help */
	int64_t pickup_overdue;     /* 1800 s; 0: never */
	const char **escalate;      /* NULL-terminated; NULL: nobody is called */
	const char **notify;        /* the same */
	int64_t escalate_limit;     /* 20 calls of each in an hour */
	int64_t port_base;          /* 8100 */
	int64_t port_step;          /* 100 */
	const char **port_names;    /* NULL-terminated; NULL: none */
	bool keep_leftovers;
	int64_t done_linger;        /* 60 s */
	int64_t trash_days;         /* 14 */
	const char *owner;
	const char **pass_env;      /* names of variables the agent is given besides the usual ones */
	const char ***setup;        /* commands, NULL-terminated, each NULL-terminated; NULL: none */
	const char **copy, **link;  /* patterns of paths below the root; NULL: none */
	const struct config_said *said;
};

/* root: where jared.yaml is looked for (it need not exist). */
void config_load(struct config *c, const char *root, struct arena *a);

/* The key of that number, in order of names, and its default as it would be
 * written, or NULL for none.  NULL: there are no more. */
const char *config_key(size_t i, const char **text, struct arena *a);

/* "JARED_PORT_WEB": what a worker finds the port of that name in. */
char *config_port_variable(const char *name, struct arena *a);

#endif
