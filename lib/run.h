/*
 * The run directory of an attempt, STATE/run/ID.N/, and the two locks beside
 * it.  The dispatcher fills it, jared-run lives in it, watchers read it.
 *
 *   prompt.md   what the worker was asked
 *   spec        where and what to run (below); 0600; removed by jared-run once
 *               it was read, because it holds variables of the environment
 *   about       what watchers need of the spec (about.h); 0600; it stays
 *   log         what the agent wrote on its terminal, the newest 8 MB or so
 *   hooks       what the agent's own hooks told (hooklog.h)
 *   status      one line "state reason since source text", replaced whole
 *   quiet       "since limit", there while nothing went forward for so long
 *   report      the worker's own words, $JARED_STATUS: the last line counts
 *   exit        allocated before the start, so that a full disk cannot lose it
 *   agent       pid and start time of the agent
 *
 * ID.alive is held by whoever of the task lives: by jared-run, and inherited
 * by the agent.  ID.N.disp is held while a dispatcher works on attempt N.
 */
#ifndef JARED_RUN_H
#define JARED_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "lock.h"
#include "mem.h"
#include "proc.h"

enum { RUN_ALIVE_FD = 63, RUN_EXIT_SIZE = 4096 };

/* Descriptor of STATE/run, or of STATE/run/ID.N; -1 with errno. */
int run_base(int statefd, bool create);
int run_dir(int statefd, const char *id, int64_t n, bool create);

/* "ID.alive", "ID.N.disp" and "ID.N", in the arena. */
char *run_alive_name(struct arena *a, const char *id);
char *run_disp_name(struct arena *a, const char *id, int64_t n);
char *run_name(struct arena *a, const char *id, int64_t n);

/* Probes; with statefd -1 there is no state yet and all is free. */
enum lock_state run_alive(int statefd, const char *id);
enum lock_state run_disp(int statefd, const char *id, int64_t n);

struct exit_record {
	int64_t run;                /* counts the runs of one attempt, from 1 */
	int code, signal;           /* code -1 if by signal */
	char cause[16];             /* "exit", "closed", "stopped", "done", "failed" (not started), "setup" */
	int64_t time;               /* wall seconds */
	int64_t utime_ms, stime_ms, maxrss_kb;
	char tip[65];               /* "" unknown */
	char report[32];            /* "" none */
};

int run_exit_prepare(int dirfd);                             /* fs_preallocate; there already: fine */
int run_exit_write(int dirfd, const struct exit_record *e);  /* into the allocated bytes, fsync */
/* 0 if a whole record is there (its crc is right), else -1. */
int run_exit_read(int dirfd, struct exit_record *e);

struct run_status {
	const char *state, *reason, *source, *text;  /* reason and text may be NULL */
	int64_t since;              /* wall seconds */
};

int run_status_write(int dirfd, const struct run_status *s);
int run_status_read(int dirfd, struct run_status *s, struct arena *a);

/* Since when (wall seconds) there was no progress, which is then longer ago than
 * limit seconds of watching.  Read: 0, or -1 if there is progress. */
int run_quiet_write(int dirfd, int64_t since, int64_t limit);
int run_quiet_read(int dirfd, int64_t *since, int64_t *limit);
void run_quiet_end(int dirfd);

/* The last line of the worker's report: its first word, and the rest or NULL.
 * -1 if there is none. */
int run_report_read(int dirfd, const char **word, const char **text, struct arena *a);

int run_agent_write(int dirfd, const struct proc_id *id);
int run_agent_read(int dirfd, struct proc_id *id);

/* When a file of the run directory was last written, wall milliseconds, or -1. */
int64_t run_written_ms(int dirfd, const char *name);

/* Seconds since the log was last written, or -1. */
int64_t run_log_age(int dirfd);

#endif
