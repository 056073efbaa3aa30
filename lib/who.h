/* Whose doing it is: the name that goes into records of what a person (or a
 * worker) asked for. */
#ifndef JARED_WHO_H
#define JARED_WHO_H

#include <stdbool.h>

/* "t1.2" inside a worker, else the login name, else "uid0".  Static storage. */
const char *who(void);

/* Are we inside a worker (JARED_ATTEMPT is set)? */
bool who_is_worker(void);

/* What starts, ends, removes or decides is not for a worker to do: inside one
 * this ends the process with EXIT_NONE, unless it is forced. */
void who_refuse_worker(bool forced);

#endif
