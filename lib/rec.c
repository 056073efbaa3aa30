#include "rec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"
#include "num.h"
#include "state.h"

static bool
is_id(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= TASK_ID_MAX && !s[n] && s[0] != '-';
}

static bool
is_task_state(const char *s)
{
	enum task_state t;

	return task_state_parse(s, &t) == 0;
}

static bool
is_run_state(const char *s)
{
	enum run_state t;

	return run_state_parse(s, &t) == 0;
}

static bool
is_stage(const char *s)
{
	static const char *const stages[] = { "state", "owner", "count", "cap",
		"cap-by", "path" };

	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (strcmp(s, stages[i]) == 0)
			return true;
	return false;
}

static const struct rec_column queue_columns[Q_N] = {
	[Q_ID]         = { "id", REC_WORD, REC_ALWAYS, true, is_id },
	[Q_STATE]      = { "state", REC_WORD, REC_ALWAYS, true, is_task_state },
	[Q_PRIORITY]   = { "priority", REC_WORD, REC_ALWAYS, false, NULL },
	[Q_STATUS]     = { "status", REC_WORD, REC_WIDE, false, NULL },
	[Q_WORKSTREAM] = { "workstream", REC_WORD, REC_WIDE, false, NULL },
	[Q_MILESTONE]  = { "milestone", REC_WORD, REC_WIDE, false, NULL },
	[Q_OWNER]      = { "owner", REC_WORD, REC_SPARE, false, NULL },
	[Q_AGE]        = { "age", REC_SECONDS, REC_SPARE, false, NULL },
	[Q_UNBLOCKS]   = { "unblocks", REC_INT, REC_SPARE, false, NULL },
	[Q_WAITS]      = { "waits", REC_LIST, REC_ALWAYS, false, NULL },
	[Q_ATTEMPT]    = { "attempt", REC_INT, REC_SPARE, false, NULL },
	[Q_PATHS]      = { "paths", REC_LIST, REC_WIDE, false, NULL },
	[Q_FILE]       = { "file", REC_TEXT, REC_WIDE, false, NULL },
	[Q_HASH]       = { "hash", REC_WORD, REC_WIDE, false, NULL },
	[Q_TITLE]      = { "title", REC_TEXT, REC_ALWAYS, false, NULL },
	[Q_OWNER_RAW]  = { "owner_raw", REC_TEXT, REC_JSON, false, NULL },
};

static const struct rec_column run_columns[R_N] = {
	[R_ID]       = { "id", REC_WORD, REC_ALWAYS, true, is_id },
	[R_ATTEMPT]  = { "attempt", REC_INT, REC_ALWAYS, true, NULL },
	[R_STATE]    = { "state", REC_WORD, REC_ALWAYS, true, is_run_state },
	[R_SINCE]    = { "since", REC_TIME, REC_ALWAYS, false, NULL },
	[R_SIGNALS]  = { "signals", REC_LIST, REC_ALWAYS, false, NULL },
	[R_AGENT]    = { "agent", REC_WORD, REC_SPARE, false, NULL },
	[R_EXIT]     = { "exit", REC_WORD, REC_ALWAYS, false, NULL },
	[R_PID]      = { "pid", REC_INT, REC_WIDE, false, NULL },
	[R_PANE]     = { "pane", REC_WORD, REC_WIDE, false, NULL },
	[R_BRANCH]   = { "branch", REC_WORD, REC_WIDE, false, NULL },
	[R_AHEAD]    = { "ahead", REC_INT, REC_ALWAYS, false, NULL },
	[R_DIRTY]    = { "dirty", REC_INT, REC_ALWAYS, false, NULL },
	[R_PR]       = { "pr", REC_WORD, REC_WIDE, false, NULL },
	[R_CI]       = { "ci", REC_WORD, REC_WIDE, false, NULL },
	[R_PORTS]    = { "ports", REC_WORD, REC_SPARE, false, NULL },
	[R_WORKTREE] = { "worktree", REC_TEXT, REC_WIDE, false, NULL },
	[R_LAST]     = { "last", REC_SECONDS, REC_SPARE, false, NULL },
	[R_TITLE]    = { "title", REC_TEXT, REC_ALWAYS, false, NULL },
	[R_EVIDENCE] = { "evidence", REC_WORD, REC_JSON, false, NULL },
	[R_REASON]   = { "reason", REC_WORD, REC_JSON, false, NULL },
	[R_TEXT]     = { "text", REC_TEXT, REC_JSON, false, NULL },
	[R_MESSAGES] = { "messages", REC_INT, REC_JSON, false, NULL },
	[R_SENT]     = { "sent", REC_TIME, REC_JSON, false, NULL },
};

static const struct rec_column reject_columns[J_N] = {
	[J_ID]    = { "id", REC_WORD, REC_ALWAYS, true, is_id },
	[J_STAGE] = { "stage", REC_WORD, REC_ALWAYS, true, is_stage },
	[J_CODE]  = { "code", REC_WORD, REC_ALWAYS, true, NULL },
	[J_FACT]  = { "fact", REC_TEXT, REC_ALWAYS, false, NULL },
	[J_TITLE] = { "title", REC_TEXT, REC_ALWAYS, false, NULL },
};

static const struct rec_column clean_columns[K_N] = {
	[K_ID]       = { "id", REC_WORD, REC_ALWAYS, true, is_id },
	[K_ATTEMPT]  = { "attempt", REC_INT, REC_ALWAYS, true, NULL },
	[K_ACTION]   = { "action", REC_WORD, REC_ALWAYS, true, NULL },
	[K_PROOF]    = { "proof", REC_WORD, REC_ALWAYS, false, NULL },
	[K_CODE]     = { "code", REC_WORD, REC_ALWAYS, false, NULL },
	[K_FACT]     = { "fact", REC_TEXT, REC_ALWAYS, false, NULL },
	[K_OID]      = { "oid", REC_WORD, REC_WIDE, false, NULL },
	[K_BRANCH]   = { "branch", REC_WORD, REC_SPARE, false, NULL },
	[K_WORKTREE] = { "worktree", REC_TEXT, REC_SPARE, false, NULL },
	[K_BYTES]    = { "bytes", REC_INT, REC_SPARE, false, NULL },
	[K_ARCHIVE]  = { "archive", REC_WORD, REC_WIDE, false, NULL },
	[K_TRASH]    = { "trash", REC_TEXT, REC_WIDE, false, NULL },
	[K_TITLE]    = { "title", REC_TEXT, REC_ALWAYS, false, NULL },
};

static const struct rec_column tree_columns[TR_N] = {
	[TR_ID]       = { "id", REC_WORD, REC_ALWAYS, true, is_id },
	[TR_STATE]    = { "state", REC_WORD, REC_ALWAYS, true, NULL },
	[TR_BRANCH]   = { "branch", REC_WORD, REC_ALWAYS, true, NULL },
	[TR_PORTS]    = { "ports", REC_WORD, REC_ALWAYS, true, NULL },
	[TR_NAMES]    = { "names", REC_LIST, REC_SPARE, false, NULL },
	[TR_SINCE]    = { "since", REC_TIME, REC_SPARE, true, NULL },
	[TR_WORKTREE] = { "worktree", REC_TEXT, REC_ALWAYS, true, NULL },
};

static const struct rec_column change_columns[C_N] = {
	[C_ID]    = { "id", REC_WORD, REC_ALWAYS, true, is_id },
	[C_KIND]  = { "kind", REC_WORD, REC_ALWAYS, true, NULL },
	[C_FIELD] = { "field", REC_WORD, REC_ALWAYS, false, NULL },
	[C_FROM]  = { "from", REC_TEXT, REC_ALWAYS, false, NULL },
	[C_TO]    = { "to", REC_TEXT, REC_ALWAYS, false, NULL },
	[C_TIME]  = { "time", REC_TIME, REC_SPARE, true, NULL },
	[C_TITLE] = { "title", REC_TEXT, REC_ALWAYS, false, NULL },
};

static const struct rec_column message_columns[M_N] = {
	[M_ID]      = { "id", REC_WORD, REC_ALWAYS, true, is_id },
	[M_ATTEMPT] = { "attempt", REC_INT, REC_ALWAYS, true, NULL },
	[M_MESSAGE] = { "message", REC_INT, REC_ALWAYS, false, NULL },
	[M_STATE]   = { "state", REC_WORD, REC_ALWAYS, true, NULL },
	[M_SINCE]   = { "since", REC_TIME, REC_ALWAYS, false, NULL },
	[M_WHEN]    = { "when", REC_WORD, REC_SPARE, false, NULL },
	[M_SENT]    = { "sent", REC_TIME, REC_WIDE, false, NULL },
	[M_BY]      = { "by", REC_TEXT, REC_SPARE, false, NULL },
	[M_BYTES]   = { "bytes", REC_INT, REC_SPARE, false, NULL },
	[M_WHY]     = { "why", REC_WORD, REC_ALWAYS, false, NULL },
	[M_TEXT]    = { "text", REC_TEXT, REC_ALWAYS, false, NULL },
};

const struct rec_kind
rec_queue = { "queue", queue_columns, Q_N, Q_OWNER_RAW, Q_STATE },
rec_run = { "run", run_columns, R_N, R_EVIDENCE, R_STATE },
rec_reject = { "reject", reject_columns, J_N, J_N, J_STAGE },
rec_clean = { "clean", clean_columns, K_N, K_N, K_ACTION },
rec_tree = { "worktree", tree_columns, TR_N, TR_N, TR_STATE },
rec_change = { "change", change_columns, C_N, C_N, C_KIND },
rec_message = { "message", message_columns, M_N, M_N, M_STATE };

int
rec_column(const struct rec_kind *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->column[i].name, name) == 0)
			return (int)i;
	return -1;
}

void
rec_list_columns(const struct rec_kind *k, FILE *f)
{
	for (size_t i = 0; i < k->n; i++)
		fprintf(f, "%s\n", k->column[i].name);
}

static void
bad_column(const struct rec_kind *k, const char *name)
{
	struct buf valid = BUF_INIT;

	for (size_t i = 0; i < k->n; i++)
		buf_addf(&valid, "%s%s", i ? ", " : "", k->column[i].name);
	die(EXIT_USAGE, "no column '%s', valid: %s", name, valid.s);
}

static void
choose_columns(struct rec_out *o, const char *list)
{
	char *copy = xstrdup(list), *rest = copy, *name;

	while ((name = strsep(&rest, ","))) {
		int c = rec_column(o->kind, name);

		if (c < 0)
			bad_column(o->kind, name);
		if (o->n_col == REC_MAXCOL)
			die(EXIT_USAGE, "more than %d columns", REC_MAXCOL);
		o->col[o->n_col++] = (size_t)c;
	}
	free(copy);
}

const char *
rec_columns(const struct rec_kind *k, const char *list)
{
	choose_columns(&(struct rec_out){ .kind = k }, list);
	return list;
}

static void
all_columns(struct rec_out *o)
{
	for (size_t i = 0; i < o->kind->n; i++) {
		enum rec_show show = o->kind->column[i].show;

		if (o->json || show == REC_ALWAYS || show == REC_SPARE ||
		    (show == REC_WIDE && !o->table))
			o->col[o->n_col++] = i;
	}
}

static void
table_columns(struct rec_out *o)
{
	table_init(&o->rows, o->f);
	o->rows.keep = o->all;
	for (size_t i = 0; i < o->n_col; i++) {
		const struct rec_column *c = &o->kind->column[o->col[i]];

		o->rows.col[o->rows.n_col++] = (struct table_column){
			.name = c->name,
			.right = c->type == REC_INT || c->type == REC_SECONDS ||
			    c->type == REC_TIME,
			.color = o->col[i] == o->kind->color_column,
			.text = o->col[i] != o->kind->color_column &&
			    (c->type == REC_WORD || c->type == REC_TEXT ||
			    c->type == REC_LIST),
			.spare = c->show == REC_SPARE,
		};
	}
}

void
rec_out_init(struct rec_out *o, const struct rec_kind *k, FILE *f, bool json,
    const char *columns)
{
	*o = (struct rec_out){ .kind = k, .f = f, .json = json,
	    .table = !json && isatty(fileno(f)), .all = columns, .line = BUF_INIT };
	if (columns)
		choose_columns(o, columns);
	else
		all_columns(o);
	if (o->table)
		table_columns(o);
}

static void
add_json_list(struct buf *b, const char *list)
{
	int n = 0;

	buf_addch(b, '[');
	while (list && *list) {
		size_t len = strcspn(list, ",");
		char *item = xstrndup(list, len);

		if (len > 0) {
			if (n++)
				buf_addch(b, ',');
			json_add(b, item);
		}
		free(item);
		list += len + (list[len] == ',');
	}
	buf_addch(b, ']');
}

static void
add_json_value(struct buf *b, enum rec_type type, const char *v)
{
	int64_t n;

	if (type == REC_LIST)
		add_json_list(b, v);
	else if (v && (type == REC_INT || type == REC_SECONDS) &&
	    num_parse(v, 0, INT64_MAX, &n) == 0)
		buf_addf(b, "%" PRId64, n);
	else
		json_add(b, v && *v ? v : NULL);
}

static void
add_json(struct buf *b, const struct rec_out *o, char *const *v)
{
	buf_addch(b, '{');
	for (size_t i = 0; i < o->n_col; i++) {
		const struct rec_column *c = &o->kind->column[o->col[i]];

		if (i)
			buf_addch(b, ',');
		json_add(b, c->name);
		buf_addch(b, ':');
		add_json_value(b, c->type, v[o->col[i]]);
	}
	buf_addstr(b, "}\n");
}

/* 14:05:09 in the zone of whoever looks, unless it is a day ago. */
static void
add_time(struct buf *b, int64_t t, bool clock)
{
	int64_t age = clock_now() - t;
	time_t when = (time_t)t;
	char text[CLOCK_TEXT];
	struct tm tm;

	if (clock && age < 24 * 3600 && localtime_r(&when, &tm))
		buf_addf(b, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	else
		buf_addstr(b, clock_age(age, text));
}

static void
add_row(struct rec_out *o, char *const *v)
{
	for (size_t i = 0; i < o->n_col; i++) {
		enum rec_type type = o->kind->column[o->col[i]].type;
		const char *text = v[o->col[i]];
		char age[CLOCK_TEXT];
		int64_t n;

		buf_reset(&o->line);
		if (text && type == REC_SECONDS &&
		    num_parse(text, 0, INT64_MAX, &n) == 0)
			buf_addstr(&o->line, clock_age(n, age));
		else if (text && type == REC_TIME && clock_parse(text, &n) == 0)
			add_time(&o->line, n, o->clock);
		else if (text)
			buf_addstr(&o->line, text);
		table_add(&o->rows, o->line.len ? o->line.s : NULL);
	}
}

static void
add_tsv(struct buf *b, const size_t *col, size_t n, char *const *v)
{
	for (size_t i = 0; i < n; i++)
		tsv_add(b, v[col ? col[i] : i], i + 1 < n ? '\t' : '\n');
}

void
rec_add_tsv(struct buf *b, const struct rec_kind *k, char *const *v)
{
	add_tsv(b, NULL, k->n_v1, v);
}

void
rec_put(struct rec_out *o, char *const *v)
{
	o->n_rec++;
	if (o->table) {
		add_row(o, v);
		return;
	}
	buf_reset(&o->line);
	if (o->json)
		add_json(&o->line, o, v);
	else
		add_tsv(&o->line, o->col, o->n_col, v);
	fwrite_unlocked(o->line.s, 1, o->line.len, o->f);
}

void
rec_flush(struct rec_out *o)
{
	if (o->table)
		table_print(&o->rows, true);
	fflush(o->f);
}

void
rec_out_end(struct rec_out *o)
{
	if (o->table) {
		table_print(&o->rows, o->all || o->rows.headed);
		table_release(&o->rows);
	}
	buf_release(&o->line);
}
