/*
 * Planted faults, for the crash tests only: without JARED_FAULT (make FAULT=1)
 * all of this is nothing.  A fault is on while the file STATE/fault/NAME
 * exists.  At a fault point the number in that file is slept in milliseconds.
 */
#ifndef JARED_FAULT_H
#define JARED_FAULT_H

#include <stdbool.h>

#ifdef JARED_FAULT

/* Where to look; before this call every fault is off. */
void fault_init(const char *state);
bool fault_is(const char *name);
void fault_point(const char *name);
#define FAULT_POINT(name) fault_point(name)

#else

static inline void fault_init(const char *state) { (void)state; }
static inline bool fault_is(const char *name) { (void)name; return false; }
#define FAULT_POINT(name) ((void)0)

#endif
#endif
