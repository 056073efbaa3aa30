#include "fleet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "named.h"

static const char *
exit_text(struct fleet *f, const struct run_verdict *v)
{
	if (v->state != RS_EXITED && v->state != RS_KILLED && v->state != RS_LINGERING)
		return NULL;
	if (v->signal)
		return arena_printf(&f->arena, "sig%d", v->signal);
	return v->code < 0 ? NULL : arena_printf(&f->arena, "%d", v->code);
}

static const char *
number(struct fleet *f, int64_t n)
{
	return n < 0 ? NULL : arena_printf(&f->arena, "%" PRId64, n);
}

void
fleet_record(struct fleet *f, const struct fleet_item *it, char **v)
{
	const struct attempt *at = it->at;
	const struct run_verdict *rv = &it->verdict;
	char since[CLOCK_TEXT], sent[CLOCK_TEXT];
	const char *text[R_N] = {
		[R_ID] = at->id,
		[R_ATTEMPT] = number(f, at->n),
		[R_STATE] = run_state_name(rv->state),
		[R_SINCE] = arena_strdup(&f->arena, clock_format(rv->since, since)),
		[R_SIGNALS] = it->signs,
		[R_AGENT] = at->agent,
		[R_EXIT] = exit_text(f, rv),
		[R_PID] = rv->alive && rv->agent.pid > 0 ?
		    number(f, rv->agent.pid) : NULL,
		[R_PANE] = it->pane,
		[R_BRANCH] = at->branch,
		[R_AHEAD] = number(f, it->ahead),
		[R_DIRTY] = number(f, it->dirty),
		[R_PORTS] = at->port_lo ? arena_printf(&f->arena, "%" PRId64 "-%"
		    PRId64, at->port_lo, at->port_hi) : NULL,
		[R_WORKTREE] = at->worktree,
		[R_LAST] = number(f, rv->last),
		[R_TITLE] = at->title,
		[R_EVIDENCE] = rv->evidence,
		[R_REASON] = rv->reason,
		[R_TEXT] = rv->text,
		[R_MESSAGES] = it->messages ? number(f, (int64_t)it->messages) : NULL,
		[R_SENT] = it->sent ? arena_strdup(&f->arena,
		    clock_format(it->sent, sent)) : NULL,
	};

	for (size_t i = 0; i < R_N; i++)
		v[i] = (char *)text[i];
}

void
fleet_put(struct fleet *f, const struct fleet_item *it, struct rec_out *out)
{
	char *v[R_N];

	fleet_record(f, it, v);
	rec_put(out, v);
}

const char *
fleet_named(const struct fleet *f, const char *name, size_t *n)
{
	struct named m;

	named_begin(&m, name);
	for (size_t i = 0; i < f->n; i++) {
		const struct attempt *at = f->item[i].at;

		named_offer(&m, at->id, at->file, at->id);
	}
	*n = m.n;
	return named_end(&m);
}

int
fleet_needed(const size_t *col, size_t n_col)
{
	int ask = FLEET_JOURNAL;

	for (size_t i = 0; i < n_col; i++)
		if (col[i] == R_PANE)
			ask |= FLEET_TMUX;
		else if (col[i] == R_STATE || col[i] == R_SINCE || col[i] == R_SIGNALS ||
		    col[i] == R_EVIDENCE || col[i] == R_REASON || col[i] == R_TEXT)
			ask |= FLEET_SCREENS;
		else if (col[i] == R_AHEAD || col[i] == R_DIRTY)
			ask |= FLEET_GIT;
		else if (col[i] == R_MESSAGES || col[i] == R_SENT)
			ask |= FLEET_INBOXES;
	return ask;
}

void
fleet_parse_states(const char *list, bool set[RS_N])
{
	char *copy = xstrdup(list), *rest = copy, *word;

	while ((word = strsep(&rest, ","))) {
		struct buf valid = BUF_INIT;
		enum run_state s;

		for (int i = 0; i < RS_N; i++)
			buf_addf(&valid, "%s%s", i ? ", " : "",
			    run_state_name((enum run_state)i));
		if (run_state_parse(word, &s) < 0)
			die(EXIT_USAGE, "bad state '%s', valid: %s", word, valid.s);
		buf_release(&valid);
		set[s] = true;
	}
	free(copy);
}
