#include "exits.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "git.h"

void
exits_look(int rundir, const struct run_spec *spec, struct exit_record *e)
{
	struct arena a = { 0 };
	const char *word, *text;
	int common = fs_open_dir(AT_FDCWD, spec->common);

	if (common < 0 || git_ref_read(common, spec->branch, e->tip) < 0)
		*e->tip = '\0';
	if (common >= 0)
		close(common);
	if (run_report_read(rundir, &word, &text, &a) == 0)
		snprintf(e->report, sizeof e->report, "%s", word);
	e->time = clock_now();
	arena_release(&a);
}

int
exits_append(struct journal *j, const char *id, int64_t n,
    const struct exit_record *e, bool later)
{
	const int64_t v[] = { e->code, e->signal, e->utime_ms, e->stime_ms, e->maxrss_kb };
	char text[5][24], at[CLOCK_TEXT];

	for (int i = 0; i < 5; i++)
		snprintf(text[i], sizeof text[i], "%lld", (long long)v[i]);
	const struct journal_kv kv[] = {
		{ "code", e->code >= 0 ? text[0] : NULL },
		{ "signal", e->signal ? text[1] : NULL },
		{ "cause", e->cause }, { "tip", e->tip }, { "report", e->report },
		{ "utime", text[2] }, { "stime", text[3] }, { "maxrss", text[4] },
		{ "at", later ? clock_format(e->time, at) : NULL },
	};
	return journal_append(j, id, n, EV_EXITED, kv, sizeof kv / sizeof *kv);
}
