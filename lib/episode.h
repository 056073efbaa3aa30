/*
 * Episodes: of which signals somebody has been told.
 *
 * STATE/told, a line for each task and code: "id code tried notified called",
 * when somebody was last tried to be told (RFC 3339), and the `since` of the
 * signal of which notify and escalate told last.  A signal with another since is
 * another episode.  A first line counts the calls within an hour.
 *
 * Before a command runs the file says that it was tried, and after it did well
 * that it was told, durably each.  Whoever is killed in between tells once more,
 * but not before AGAIN seconds; nothing is lost.
 */
#ifndef JARED_EPISODE_H
#define JARED_EPISODE_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"

enum episode_how { EP_NOTIFY, EP_ESCALATE, EP_N };
enum { EPISODE_AGAIN = 300, EPISODE_HOUR = 3600, EPISODE_KEPT = 30 * 86400 };

struct episode {
	const char *id, *code;
	int64_t tried[EP_N];        /* 0: never */
	int64_t told[EP_N];         /* the since of what was told last; 0: nothing */
	bool seen;                  /* it is there now */
};

struct episodes {
	struct episode *v;          /* n */
	size_t n, cap;
	int64_t hour;               /* which hour is counted */
	int64_t calls[EP_N];
	int statefd;
	struct arena arena;
};

/* What is there; a file that cannot be understood is none, with a warning. */
void episodes_read(struct episodes *e, int statefd);
void episodes_release(struct episodes *e);

/* The entry of that task and code; it is added if need be. */
struct episode *episode_of(struct episodes *e, const char *id, const char *code);

/* May it be told now?  NULL, or why not: "told", "soon" (too little time after
 * the last try), "limit". */
const char *episode_keeps(const struct episodes *e, const struct episode *ep,
    enum episode_how how, int64_t since, int64_t now, int64_t limit);

/* It is about to be tried; it was told.  Durable; 0, or -1 with errno. */
int episode_try(struct episodes *e, struct episode *ep, enum episode_how how,
    int64_t now);
int episode_tell(struct episodes *e, struct episode *ep, enum episode_how how,
    int64_t since);

/* Forget what is over and was told EPISODE_KEPT seconds ago: what comes and goes
 * with the same since, as a limit may make it do, is told once. */
int episodes_prune(struct episodes *e, int64_t now);

#endif
