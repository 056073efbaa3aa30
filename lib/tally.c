#include "tally.h"

#include <stdio.h>
#include <string.h>

enum { T_KIND, T_STATE, T_TASKS, T_N };

static const struct rec_column columns[T_N] = {
	[T_KIND]  = { .name = "kind", .type = REC_WORD },
	[T_STATE] = { .name = "state", .type = REC_WORD },
	[T_TASKS] = { .name = "tasks", .type = REC_INT },
};

const struct rec_kind rec_tally = { .name = "tally", .column = columns,
	.n = T_N, .n_v1 = T_N, .color_column = T_STATE };

static void
put(const struct rec_kind *kind, const struct snap_set *set, size_t column,
    const char *state, struct rec_out *out)
{
	char tasks[24];
	char *v[T_N] = { (char *)kind->name, (char *)state, tasks };
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->v[i][column] && strcmp(set->v[i][column], state) == 0;
	snprintf(tasks, sizeof tasks, "%zu", n);
	if (n)
		rec_put(out, v);
}

void
tally_put(const struct snap *s, struct rec_out *out)
{
	for (int i = 0; i < TS_N; i++)
		put(&rec_queue, &s->queue, Q_STATE,
		    task_state_name((enum task_state)i), out);
	for (int i = 0; i < RS_N; i++)
		put(&rec_run, &s->run, R_STATE, run_state_name((enum run_state)i), out);
}
