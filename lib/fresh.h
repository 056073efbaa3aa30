/*
 * When was anything below a directory last changed?  Looked for in pieces,
 * because the tree may be large and whoever asks has other things to do.
 *
 * Links are not followed, other file systems and git's own directory are left
 * out.  That something was removed shows in its directory.
 */
#ifndef JARED_FRESH_H
#define JARED_FRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fresh {                      /* zero-initialised: nothing to look at */
	char **dir;                 /* those still to be read, n of them */
	size_t n, cap;
	dev_t dev;
	int64_t newest;             /* wall ms of the newest change seen; 0: none */
};

void fresh_begin(struct fresh *f, const char *path);

/* Look at some more; false when all was seen. */
bool fresh_look(struct fresh *f);

/* Stop; newest stays. */
void fresh_end(struct fresh *f);

#endif
