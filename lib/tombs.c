#include "tombs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs.h"
#include "hash.h"
#include "server.h"
#include "state.h"
#include "tmux.h"

static const char memory[] = "tombs";
static const char format[] = "#{session_name}\t#{session_attached}\t#{pane_dead}\t"
    "#{pane_start_command}";

/* Over, and not what somebody would look at: the journal's word alone. */
static bool
is_past(const struct world *w, const struct attempt *at)
{
	if (!at->session || at->state == AT_CLAIMED || at->state == AT_RUNNING)
		return false;
	return ledger_landed(at->task) || at != at->task->newest ||
	    state_closed(w, at->id);
}

/* May its session be in this server? */
static bool
is_there(const struct attempt *at, const struct proc_id *server)
{
	return at->server.pid == 0 || (at->server.pid == server->pid &&
	    at->server.start == server->start);
}

/* Tells one set of sessions that could be debris from another. */
static uint64_t
sum_of(const struct world *w, const struct proc_id *server)
{
	struct buf b = BUF_INIT;
	uint64_t sum;

	buf_addf(&b, "%ld %" PRIu64, (long)server->pid, server->start);
	for (const struct ledger *l = w->journal->first; l; l = l->next)
		for (const struct attempt *at = l->newest; at; at = at->older)
			if (is_there(at, server) && is_past(w, at))
				buf_addf(&b, "\n%s", at->session);
	sum = hash_fnv(b.s, b.len);
	buf_release(&b);
	return sum;
}

static bool
remembers(const struct world *w, uint64_t sum)
{
	struct buf b = BUF_INIT;
	char now[24];
	bool same;

	snprintf(now, sizeof now, "%016" PRIx64 "\n", sum);
	same = fs_read(w->repo->statefd, memory, sizeof now, &b) == 0 &&
	    strcmp(b.s, now) == 0;
	buf_release(&b);
	return same;
}

/* One pane, as tmux tells it. */
struct pane { char *session, *attached, *dead, *command; };

static bool
parse(char *line, struct pane *out)
{
	out->session = strsep(&line, "\t");
	out->attached = strsep(&line, "\t");
	out->dead = strsep(&line, "\t");
	out->command = line;
	return line != NULL;
}

/* Was our supervisor of that attempt started there?  tmux puts between quotes
 * what needs them, and what needs more is not worth to be taken apart. */
static bool
is_ours(const struct world *w, const struct tomb *t, const char *command)
{
	static const char *const quote[] = { "", "\"" };
	size_t len = strlen(command);
	bool ours = false;

	for (int program = 0; program < 2; program++)
		for (int state = 0; state < 2; state++) {
			char *end = xasprintf("/jared-run%s %s%s%s %s %" PRId64,
			    quote[program], quote[state], w->repo->state, quote[state],
			    t->id, t->n);
			size_t n = strlen(end);

			ours |= len > n && strcmp(command + len - n, end) == 0;
			free(end);
		}
	return ours;
}

/* What to think of the session that pane[i], the first of it, is in. */
static void
judge(struct tombs *t, const struct world *w, const struct pane *pane, size_t n,
    size_t i, struct arena *a)
{
	struct tomb tomb = { .session = pane[i].session };
	bool ours = false, dead = true;
	char id[TASK_ID_MAX + 1];

	if (strncmp(tomb.session, "jared-", 6) != 0 ||
	    taskid_split(tomb.session + 6, '-', id, &tomb.n) < 0 || tomb.n == 0)
		return;
	tomb.id = arena_strdup(a, id);
	tomb.at = journal_attempt(w->journal, tomb.id, tomb.n);
	if (tomb.at && (!is_past(w, tomb.at) || strcmp(tomb.at->session, tomb.session) != 0))
		return;
	for (; i < n; i++)
		if (strcmp(pane[i].session, tomb.session) == 0) {
			ours |= is_ours(w, &tomb, pane[i].command);
			dead &= strcmp(pane[i].dead, "1") == 0 &&
			    strcmp(pane[i].attached, "0") == 0;
		}
	if (ours && dead)
		t->v[t->n++] = tomb;
	else if (ours)
		t->live = true;
}

void
tombs_find(struct tombs *t, const struct world *w, struct journal *j, struct arena *a)
{
	struct proc_id server;
	struct pane *pane = NULL, one;
	size_t n = 0, cap = 0;
	struct tmux tmux;
	const char *why, *all;
	char *text, *line;

	*t = (struct tombs){ 0 };
	if (server_read(w->repo->statefd, &server) < 0 || !proc_lives(&server))
		return;
	t->sum = sum_of(w, &server);
	if (remembers(w, t->sum))
		return;
	all = tmux_init(&tmux, w->repo->state, w->repo->statefd, false, a, &why) == 0 ?
	    tmux_list(&tmux, format, a) : NULL;
	tmux_release(&tmux);
	/* A session may be younger than what was read of the journal. */
	if (!all || journal_refresh(j) < 0)
		return;
	text = arena_strdup(a, all);
	while ((line = strsep(&text, "\n")))
		if (parse(line, &one)) {
			GROW(pane, n, cap);
			pane[n++] = one;
		}
	t->asked = true;
	t->sum = sum_of(w, &server);
	t->v = arena_alloc(a, (n + 1) * sizeof *t->v);
	for (size_t i = 0; i < n; i++) {
		size_t first = 0;

		while (strcmp(pane[first].session, pane[i].session) != 0)
			first++;
		if (first == i)
			judge(t, w, pane, n, i, a);
	}
	free(pane);
}

bool
tombs_end(const struct world *w, const char *session, struct arena *a)
{
	struct tmux t;
	const char *why;
	bool ended = tmux_init(&t, w->repo->state, w->repo->statefd, false, a, &why) == 0 &&
	    tmux_kill_session(&t, session) == 0;

	tmux_release(&t);
	return ended;
}

void
tombs_remember(const struct tombs *t, const struct world *w)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%016" PRIx64 "\n", t->sum);

	if (t->asked && !t->live)
		(void)fs_replace_fast(w->repo->statefd, memory, text, (size_t)n);
}
