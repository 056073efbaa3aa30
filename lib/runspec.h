/*
 * The spec of a run: where and what jared-run is to start, in the file "spec"
 * of the run directory, lines "key =value".  0600, because it holds variables
 * of the environment; jared-run removes it once it was read.
 */
#ifndef JARED_RUNSPEC_H
#define JARED_RUNSPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"

struct run_spec {
	const char *worktree;
	const char *branch;         /* full reference name, to read the tip at the end */
	const char *common;         /* git's common directory */
	const char **argv;          /* NULL-terminated */
	const char **env;           /* NAME=VALUE, NULL-terminated: the whole environment */
	const char ***setup;        /* commands to run before it; NULL: none */
	const char *setup_dir, *setup_hash;     /* where to note that they were run, see setup.h */
	bool prompt_stdin;          /* prompt.md on standard input; else the terminal */
	const char *prompt_name;    /* in place of prompt.md; not in the file */
	bool keep_leftovers;
	int64_t start_timeout;      /* seconds to wait for alive */
	const char *root;           /* the repository; its .jared/ may hold the profile */
	const char *agent;          /* the profile's name, for profile_try */
	const char *mode;           /* "interactive" or "headless" */
	const char *session;        /* the agent's session, chosen by us; NULL: it chooses */
	const char **resume;        /* argv of the headless command that goes on with the
	                             * session; {{prompt}}, {{prompt_file}} and {{session}}
	                             * are still to be filled, and without one of the
	                             * first two the message is its input; NULL: none */
	int64_t stall_after;        /* seconds without progress; 0: never */
	int64_t done_linger;        /* seconds */
};

/* Durable; 0 or -1. */
int run_spec_write(int dirfd, const struct run_spec *s);
int run_spec_read(int dirfd, struct run_spec *s, struct arena *a);

/* When nobody will read it any more.  0 or -1. */
int run_spec_remove(int dirfd);

#endif
