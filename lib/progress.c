#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"

void
progress_begin(struct progress *p, const char *what)
{
	*p = (struct progress){ .what = what,
	    .begun = isatty(2) ? clock_boot_ms() : 0 };
}

void
progress_step(struct progress *p, size_t done, size_t total, const char *id)
{
	char line[80];
	int n;

	if (!p->begun || clock_boot_ms() - p->begun < 1000)
		return;
	n = snprintf(line, sizeof line, "%s: %zu of %zu%s%.40s", p->what, done,
	    total, id ? ", " : "", id ? id : "");
	if (n < 0)
		return;
	fprintf(stderr, "\r%-*s", (int)p->shown, line);
	p->shown = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r%*s\r", (int)p->shown, "");
	p->shown = 0;
}
