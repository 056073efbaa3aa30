/*
 * Does anything go forward?  A clock that runs while an agent is watched and
 * makes no progress; at the limit the file "quiet" is there, until the next
 * progress.  Output is none (a hung service keeps the spinner turning), and
 * silence is no lack of it.  Progress is:
 *
 *   what the caller tells: another state was reported, somebody typed
 *   a line of a hook, a word of the worker, growth of the agent's transcript
 *   a new commit of its branch; anything changed in its worktree
 *   five percent of a processor, used by what descends from it
 *
 * The clock stands during suspend (CLOCK_MONOTONIC), and what was not watched,
 * because the supervisor was stopped or came to its turn late, is not counted.
 * It looks eight times within the limit, in the worktree only at the end of it.
 */
#ifndef JARED_PACE_H
#define JARED_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fresh.h"
#include "git.h"
#include "runspec.h"

struct pace_marks {                 /* what grows with progress; compared as bytes */
	char tip[GIT_OID];
	int64_t hooks, report, transcript;
};

struct pace {                       /* zero-initialised: it does not run */
	const struct run_spec *spec;
	int dir;                    /* the run directory */
	int64_t limit;              /* ms; 0: it does not run */
	bool stands;                /* the agent is idle, or waits: nothing need go forward */
	bool told;                  /* the file is there */
	bool news;                  /* look at once */
	int64_t turn, next;         /* this turn and the next look; CLOCK_MONOTONIC ms */
	int64_t quiet;              /* watched since the last progress, ms */
	int64_t since;              /* when that was; wall ms */
	int64_t span;               /* watched since the last look */
	int64_t walked;             /* quiet when the worktree was last looked through */
	int64_t cpu;
	struct pace_marks marks;
	struct fresh fresh;
};

/* spec must outlive it. */
void pace_begin(struct pace *p, int dir, const struct run_spec *spec);
void pace_end(struct pace *p);

/* There was progress; let it stand or run; from the last turn to now nobody
 * watched. */
void pace_moved(struct pace *p);
void pace_stand(struct pace *p, bool stands);
void pace_missed(struct pace *p);

/* Something happened in the run directory: look at once. */
void pace_news(struct pace *p);

/* When to call pace_turn at the latest, as clock_boot_ms; 0: any time.  It may
 * be called at any time; ui: the group of processes whose own use of the
 * processor is no work because they draw on the terminal; 0: none. */
int64_t pace_due(const struct pace *p);
void pace_turn(struct pace *p, pid_t ui);

#endif
