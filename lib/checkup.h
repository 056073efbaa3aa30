/*
 * Findings: what jared-doctor looked at, how it is, and what to do about it.
 * Nothing is written, and nothing is believed that can be tried.
 */
#ifndef JARED_CHECKUP_H
#define JARED_CHECKUP_H

#include <stdbool.h>

#include "queue.h"
#include "rec.h"

/* ok; warn: it works, and somebody should look; bad: it does not work;
 * absent: it is not there and need not be. */
enum finding_result { FINDING_OK, FINDING_ABSENT, FINDING_WARN, FINDING_BAD };

struct finding {
	const char *check;          /* "program.git" */
	enum finding_result result;
	const char *fact, *source, *remedy;     /* or NULL */
};

struct checkup {
	struct finding *v;          /* n */
	size_t n, cap;
	struct arena arena;
};

/* check result fact source remedy */
extern const struct rec_kind rec_finding;

void finding_add(struct checkup *c, const char *check, enum finding_result r,
    const char *fact, const char *remedy);

/* Each of these adds findings.  Programs need no repository. */
void checkup_programs(struct checkup *c);
/* Can the tools read what they read?  By running them.  False: the
 * configuration cannot be loaded, and what is below must not be called. */
bool checkup_tools(struct checkup *c, const char *dir);
void checkup_settings(struct checkup *c, const struct queue *q);
void checkup_state(struct checkup *c, struct queue *q);
/* login: also ask each agent that is there whether it is logged in. */
void checkup_agents(struct checkup *c, const struct queue *q, bool login);

/* As records; as text for people (checkup_text): all, or only what is not
 * well. */
void checkup_put(const struct checkup *c, struct rec_out *out, bool all);
void checkup_text(const struct checkup *c, bool all);

/* EXIT_OK; EXIT_NONE: something should be looked at; EXIT_FAIL: something does
 * not work. */
int checkup_status(const struct checkup *c);
void checkup_release(struct checkup *c);

#endif
