/* Writing the index (index.h). */
#ifndef JARED_INDEXER_H
#define JARED_INDEXER_H

#include "index.h"

/* Replace it by n tasks, in order, of which those with a stat are kept, if that
 * tells more than x does.  since is the clock before the first of them was
 * read; resolved says that graph_resolve was there.  0, also when there was
 * nothing to write; or -1 with errno. */
enum index_with { INDEX_TASKS, INDEX_TASKS_AND_EDGES };
int index_write(const struct index *x, struct task *const *v, size_t n,
    enum index_with with, int statefd, uint64_t identity, int64_t since);

#endif
