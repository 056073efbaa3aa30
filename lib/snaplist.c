#include "snaplist.h"

#include <stdio.h>

#include "clock.h"
#include "snap.h"

enum { L_NAME, L_TIME, L_SEQ, L_TASKS, L_RUNS, L_N };

static const struct rec_column columns[L_N] = {
	[L_NAME]  = { .name = "name", .type = REC_WORD },
	[L_TIME]  = { .name = "time", .type = REC_TIME },
	[L_SEQ]   = { .name = "seq", .type = REC_INT },
	[L_TASKS] = { .name = "tasks", .type = REC_INT },
	[L_RUNS]  = { .name = "runs", .type = REC_INT },
};

const struct rec_kind rec_snapshot = { .name = "snapshot",
	.column = columns, .n = L_N, .n_v1 = L_N, .color_column = -1 };

static void
put(const struct snapdir *d, const struct snap_name *name, struct rec_out *out)
{
	char time[CLOCK_TEXT], seq[24], tasks[24], runs[24];
	char *v[L_N] = { (char *)name->text, clock_format(name->time, time), seq };
	struct snap s;
	const char *why;

	snprintf(seq, sizeof seq, "%lld", (long long)name->seq);
	if (snap_read(&s, d->fd, name, SNAP_HEAD, &why) == 0) {
		snprintf(tasks, sizeof tasks, "%lld", (long long)s.tasks);
		snprintf(runs, sizeof runs, "%lld", (long long)s.runs);
		v[L_TASKS] = tasks;
		v[L_RUNS] = runs;
		snap_release(&s);
	} else {
		warn("snapshot %s: %s", name->text, why);
	}
	rec_put(out, v);
}

void
snaplist_put(const struct snapdir *d, struct rec_out *out)
{
	for (size_t i = 0; i < d->n; i++)
		put(d, &d->v[i], out);
}
