/*
 * The status file that an agent keeps of itself.  The one format that is known
 * is Claude Code's, DIR/PID.json, with "status" idle, busy or waiting.  It stays
 * behind when its writer is killed, so its pid and start time are checked.
 */
#ifndef JARED_AGENTFILE_H
#define JARED_AGENTFILE_H

#include <stdint.h>

#include "mem.h"
#include "procid.h"

struct agentfile {
	const char *state;          /* "working", "waiting", "idle" */
	const char *reason;         /* of waiting, or NULL */
	int64_t since;              /* wall seconds; 0: not told */
};

/* The file of that session in dir, written by that agent or a child of it that
 * lives: 0, or -1. */
int agentfile_read(const char *dir, const struct proc_id *agent, const char *session,
    struct agentfile *out, struct arena *a);

#endif
