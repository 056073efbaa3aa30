#include "pack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "git.h"
#include "prefix.h"
#include "proc.h"
#include "tell.h"
#include "utf8.h"

enum { TASK_BYTES = 16 * 1024, TOOL_MS = 20000, LINES = 60 };

/* Each line as it may go to a terminal. */
static void
add_lines(struct buf *b, const char *text, size_t max)
{
	char *copy = xstrndup(text, strlen(text) < max ? strlen(text) : max);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (!rest && !*line)
			break;
		for (char *tab = line; (tab = strchr(tab, '\t'));)
			*tab = ' ';
		buf_addstr(b, "    ");
		utf8_add_safe(b, line, -1);
		buf_addch(b, '\n');
	}
	if (strlen(text) > max)
		buf_addstr(b, "    ...\n");
	free(copy);
}

static void
heading(struct buf *b, const char *text)
{
	buf_addf(b, "\n## %s\n\n", text);
}

const char *
pack_line(const char *id, enum sign_code c, const char *fact, const char *title,
    struct arena *a)
{
	struct buf b = BUF_INIT;
	char *raw = arena_printf(a, "%s: %s%s%s%s%s%s", id, sign_meaning(c),
	    fact ? ": " : "", fact ? fact : "", title ? " (" : "", title ? title : "",
	    title ? ")" : "");
	const char *s;

	utf8_add_safe(&b, raw, 300);
	s = arena_strdup(a, b.s);
	buf_release(&b);
	return s;
}

/* What one of our tools says of the task. */
static void
add_tool(struct buf *b, struct queue *q, const char *title, const char *const *argv)
{
	char *path = arena_printf(&q->arena, "%s/%s", prefix_bin(), argv[0]);
	const char *args[8] = { path };
	struct proc p = { .argv = args, .dir = q->repo.root, .timeout_ms = TOOL_MS,
	    .max_out = 1 << 20 };

	for (size_t i = 1; argv[i] && i < 7; i++)
		args[i] = argv[i];
	if (proc_run(&p) == 0 && p.out.len) {
		heading(b, title);
		add_lines(b, p.out.s, p.out.len);
	}
	proc_release(&p);
}

static void
add_changes(struct buf *b, struct queue *q, const struct attempt *at)
{
	const char *const args[] = { "diff", "--stat=100", "--no-ext-diff",
		"--no-textconv", "--no-color", at->base, "--", NULL };
	struct proc p = { 0 };

	if (!at->worktree || !at->base)
		return;
	if (git_run(&p, repo_path(&q->repo, at->worktree, &q->arena), args) == 0 && p.code == 0 && p.out.len) {
		heading(b, "What it changed, since the commit it began at");
		add_lines(b, p.out.s, TASK_BYTES);
	}
	proc_release(&p);
}

static void
add_attempts(struct buf *b, struct queue *q, const struct ledger *l)
{
	heading(b, "Attempts, the newest first");
	for (const struct attempt *at = l->newest; at; at = at->older) {
		struct run_verdict v;

		state_run(&q->world, at, &q->arena, &v);
		add_lines(b, arena_printf(&q->arena, "%s %s%s%s", run_state_name(v.state),
		    tell_attempt(at, &v, &q->arena), v.text ? ", says: " : "",
		    v.text ? v.text : ""), TASK_BYTES);
	}
}

/* Commands that may help, the likeliest first. */
static void
add_commands(struct buf *b, const char *id, enum sign_code c)
{
	static const char *const of[SN_N + 1][5] = {
		[SN_WAITING_FOR_INPUT] = { "jared-send %s 'ANSWER'", "jared-attach %s" },
		[SN_WORKER_GONE] = { "jared-mark unpark %s", "jared-log %s" },
		[SN_STALLED] = { "jared-attach %s", "jared-send %s 'TEXT'", "jared-kill %s" },
		[SN_UNRECONCILED] = { "jared-log %s", "jared-mark unpark %s",
		    "jared-task done %s" },
		[SN_PARKED] = { "jared-log %s", "jared-mark unpark %s" },
		[SN_DISPATCH_FAILED] = { "jared-dispatch %s", "jared-mark hold %s" },
		[SN_PICKUP_OVERDUE] = { "jared-heartbeat", "jared-dispatch %s" },
		[SN_BRANCH_CONFLICT] = { "jared-attach %s" },
		[SN_METADATA_DRIFT] = { "jared-reconcile", "jared-task show %s" },
		[SN_REGISTER_ORPHAN] = { "jared-reconcile" },
		[SN_ROOT_TASK_EDITED] = { "jared-send %s 'The task was edited: read it again'",
		    "jared-kill %s" },
		[SN_INVALID_TASK] = { "jared-task check" },
		[SN_BRAKE] = { "jared-watch --all", "jared-heartbeat resume" },
		[SN_N] = { "jared-attach %s", "jared-send %s 'TEXT'", "jared-log %s",
		    "jared-kill %s" },
	};

	heading(b, "Commands");
	for (size_t i = 0; i < 5 && of[c][i]; i++) {
		const char *at = strstr(of[c][i], "%s");

		buf_addstr(b, "    ");
		buf_add(b, of[c][i], at ? (size_t)(at - of[c][i]) : strlen(of[c][i]));
		if (at)
			buf_addf(b, "%s%s", id, at + 2);
		buf_addch(b, '\n');
	}
	if (*id != '@')
		buf_addf(b, "    jared-why %s\n", id);
}

void
pack_add(struct buf *b, struct queue *q, const char *id, enum sign_code c,
    const char *fact)
{
	const struct task *t = tasks_get(&q->tasks, id);
	const struct ledger *l = journal_task(&q->journal, id);
	const char *title = t ? t->title : l && l->newest ? l->newest->title : NULL;
	const char *const why[] = { "jared-why", "--", id, NULL };
	const char *const log[] = { "jared-log", "-c", "60", "--", id, NULL };
	struct buf text = BUF_INIT;

	buf_addstr(b, "# ");
	if (c == SN_N)
		utf8_add_safe(b, arena_printf(&q->arena, "%s%s%s", id, title ? ": " : "",
		    title ? title : ""), -1);
	else
		buf_addstr(b, pack_line(id, c, fact, title, &q->arena));
	buf_addf(b, "\n\n    repository %s\n", q->repo.root);
	if (t && t->file) {
		struct task_reader rd = { .repo = &q->repo, .layout = &q->layout,
		    .arena = &q->arena };

		if (task_read_whole(&rd, t->file, NULL, &text)) {
			heading(b, arena_printf(&q->arena, "The task, %s", t->file));
			add_lines(b, text.s, TASK_BYTES);
		}
		task_reader_release(&rd);
	}
	if (l && l->newest) {
		add_attempts(b, q, l);
		add_tool(b, q, "What its worker wrote last", log);
		add_changes(b, q, l->newest);
	}
	if (t)
		add_tool(b, q, "What each stage says", why);
	add_commands(b, id, c);
	buf_release(&text);
}
