/*
 * People and roles: whose task is it?
 *
 * A file DIR/<person>.md is a person, DIR/roles/<role>.md a role, where DIR is
 * the layout's `team` (tasks/team).  Each is known by its `slug` or else its
 * stem, and by stem, `name`, `aliases`, `email` and `github`, without regard to
 * case and a first '@'.  A role leads to its `filled_by`, else its `owner`,
 * person or role in turn.  jared-tasks(5) has the rules.
 *
 * A name that means nobody here, or more than one, stays as it is written.
 */
#ifndef JARED_TEAM_H
#define JARED_TEAM_H

#include "tasks.h"

struct team_member {
	const char *slug;
	const char *file;           /* below the root */
	bool role;
	const char *leads_to;       /* of a role, as written; NULL: to nobody */
	size_t line;                /* of that */
	const char *error;          /* NULL, or file:line: what is wrong */
};

struct team {
	struct team_member *v;      /* n: people by file, then roles */
	size_t n, cap;
	struct team_name *name;     /* all they are called, n_name, in order */
	size_t n_name, cap_name;
	const char *dir;            /* where they are, below the root */
	struct arena *arena;
};

/* Read the files.  None is an empty team; one that cannot be understood is a
 * member with its stem for a name. */
void team_load(struct team *t, const struct repo *r, const struct layout *l,
    struct arena *a);
void team_release(struct team *t);

/* Who is called that?  A person before a role; NULL and *n_match 0 or more. */
const struct team_member *team_find(const struct team *t, const char *name,
    size_t *n_match);

/* The person that a name leads to, or the role that nobody fills, by slug; or
 * the name as it is. */
const char *team_resolve(const struct team *t, const char *name);

/* All slugs, for a message: "alice, bob, lead". */
const char *team_valid(const struct team *t, struct arena *a);

/* The person of each task. */
void team_route(const struct team *t, struct tasks *ts);

/* Whose tasks are to be started: what an option asked for, or else the
 * configuration: "me" is the configured owner, or else $USER, or else $LOGNAME
 * (none of them ends the process: EXIT_USAGE); "any", and neither, is NULL,
 * everybody. */
const char *team_self(const struct team *t, const char *asked,
    const struct config *c);

/* May self start what is person's?  NULL is nobody's and everybody. */
bool team_may_start(const char *self, const char *person);

#endif
