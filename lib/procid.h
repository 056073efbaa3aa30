/*
 * Who a process is, whoever started it.  A pid alone names nobody: the start
 * time (field 22 of /proc/PID/stat, counted after the last ')', see proc(5))
 * tells a reused pid apart within one boot.
 */
#ifndef JARED_PROCID_H
#define JARED_PROCID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_id {
	pid_t pid;
	uint64_t start;          /* clock ticks since boot */
};

/* Fill id for a pid; 0, or -1 if there is no such process. */
int proc_identify(pid_t pid, struct proc_id *id);

/* True while that very process exists and is not a zombie. */
bool proc_lives(const struct proc_id *id);

/* A descriptor that polls as readable once that very process has ended, a
 * zombie included (pidfd_open(2)); -1 if it has already. */
int proc_watch(const struct proc_id *id);

/* Signal that very process, by pidfd after a second look at its start time
 * (pidfd_send_signal(2)).  0, or -1, ESRCH. */
int proc_signal(const struct proc_id *id, int sig);

/* Signal every descendant of ours but not ourselves, by one look at /proc and
 * then as proc_signal; how many were signalled (zombies are not). */
int proc_signal_descendants(int sig);

/* Milliseconds of processor time that the descendants of ours that live have
 * used, with those of their children that have ended.  Of the processes in that
 * group (0: none) only such children count. */
int64_t proc_descendants_cpu_ms(pid_t group);

/* True if some process that we may look at has each of these NAME=VALUE (the
 * array ends with NULL) in the environment it was started with
 * (/proc/PID/environ, see proc(5)). */
bool proc_env_carried(const char *const *assignment);

/* A process other than ours that has this very file open, or 0.  Of several,
 * any; those of other users are not seen. */
pid_t proc_holding(int fd);

/* The inode of our pid namespace, or 0. */
uint64_t proc_pidns(void);

#endif
