/*
 * Who is in a directory?  Found by what /proc/PID says of each process: its
 * working directory, its root, its program, its open files; see proc(5).
 */
#ifndef JARED_BENEATH_H
#define JARED_BENEATH_H

#include <stddef.h>
#include <sys/types.h>

enum { BENEATH_NOBODY = 0, BENEATH_UNKNOWN = -1 };

/* For each of n directories (real paths): a process other than ours that has it
 * or something below it in use; BENEATH_NOBODY; or BENEATH_UNKNOWN, when /proc
 * cannot be read.  One look at all processes.  Those of other users, which only
 * they and root can look into, are passed over. */
void beneath(const char *const *dir, size_t n, pid_t *who);

#endif
