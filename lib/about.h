/*
 * The file "about" of a run directory: what is known of an attempt before its
 * start and needed for as long as it runs, lines "key value".  Written once by
 * the dispatcher; no secrets; the spec beside it is removed at the start.
 */
#ifndef JARED_ABOUT_H
#define JARED_ABOUT_H

#include "mem.h"

struct run_about {
	const char *root;           /* the repository; its .jared/ may hold the profile */
	const char *agent;          /* the profile's name */
	const char *mode;           /* "interactive" or "headless" */
	const char *session;        /* the agent's session, chosen by us; NULL: it chooses */
	const char *worktree;       /* absolute */
	const char *branch;         /* full reference name */
	const char *hooks;          /* the file of hooks it was given; NULL: none */
	const char *resume;         /* how a later run gets its message, "arg" or "stdin"; NULL: there
	                             * can be none */
	const char *status_dir;     /* where the agent keeps its status file; NULL: it has none */
};

/* Durable; 0 or -1. */
int run_about_write(int dirfd, const struct run_about *s);
int run_about_read(int dirfd, struct run_about *s, struct arena *a);

#endif
