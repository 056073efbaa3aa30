#include "term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "num.h"

static int
from_env(const char *name, int least, int other)
{
	const char *text = getenv(name);
	int64_t n;

	return text && num_parse(text, least, 10000, &n) == 0 ? (int)n : other;
}

void
term_ask(struct term *t, FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize ws = { 0 };

	if (ioctl(fileno(f), TIOCGWINSZ, &ws) < 0)
		ws = (struct winsize){ 0 };
	t->cols = ws.ws_col > 0 ? ws.ws_col : from_env("COLUMNS", 20, 80);
	t->rows = ws.ws_row > 0 ? ws.ws_row : from_env("LINES", 2, 24);
	t->color = !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

const char *
term_color(const char *word)
{
	static const struct { const char *sgr, *words; } color[] = {
		{ "32", " ready working review ok remove removed restore restored " },
		{ "36", " claimed running starting idle " },
		{ "33", " waiting backoff stalled lingering orphan exited warn " },
		{ "31", " invalid parked killed interrupted unknown bad " },
		{ "2", " held draft done landed cancelled released kept purge purged absent " },
	};
	char key[32];

	snprintf(key, sizeof key, " %s ", word);
	for (size_t i = 0; i < sizeof color / sizeof *color; i++)
		if (strstr(color[i].words, key))
			return color[i].sgr;
	return NULL;
}
