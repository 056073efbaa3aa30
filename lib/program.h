/* Programs by name, as the kernel would find them. */
#ifndef JARED_PROGRAM_H
#define JARED_PROGRAM_H

#include "mem.h"

/* The path of an executable file: name itself if it has a '/', else the first
 * along PATH; NULL: there is none.  Memory from a. */
char *program_find(const char *name, struct arena *a);

#endif
