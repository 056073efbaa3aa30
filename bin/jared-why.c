/*
 * jared-why - tell what each stage says of a task
 *
 * The verdicts are those of the stages themselves: the queue's classifier, the
 * picking of the whole queue, and a dry run of jared-dispatch, which is a
 * program of its own because it ends where nothing can be started.  Nothing is
 * written.  With -t all that is known is a snapshot.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "dryrun.h"
#include "look.h"
#include "pick.h"
#include "queue.h"
#include "snap.h"
#include "tell.h"

static const char usage_text[] =
    "usage: jared-why [-hjLV] [-C dir] [-o column,...] [-t time] task ...\n"
    "       jared-why -q [-C dir] task ...\n"
    "  -C, --directory DIR       work in the repository of DIR\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -q, --quiet               only exit: 0 if a worker has it, else 1\n"
    "  -t, --at TIME             as it was then, from a snapshot\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "at",           required_argument, NULL, 't' },
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

enum { W_ID, W_STAGE, W_CODE, W_FACT, W_TITLE, W_N };
static const struct rec_column why_column[W_N] = {
	[W_ID]    = { .name = "id", .type = REC_WORD },
	[W_STAGE] = { .name = "stage", .type = REC_WORD },
	[W_CODE]  = { .name = "code", .type = REC_WORD },
	[W_FACT]  = { .name = "fact", .type = REC_TEXT },
	[W_TITLE] = { .name = "title", .type = REC_TEXT, .show = REC_WIDE },
};
static const struct rec_kind rec_why = { .name = "why", .column = why_column,
	.n = W_N, .n_v1 = W_N, .color_column = W_CODE };

static struct {
	const char *dir, *columns, *at;
	bool json, quiet;
} opt;

/* One task, and where its verdicts go. */
struct answer {
	const char *id, *title;
	struct arena *arena;
	struct rec_out *out;
};

static void
say(const struct answer *w, const char *stage, const char *code, const char *fact)
{
	char *v[W_N] = { [W_ID] = (char *)w->id, [W_STAGE] = (char *)stage,
	    [W_CODE] = (char *)code, [W_FACT] = (char *)fact,
	    [W_TITLE] = (char *)w->title };

	rec_put(w->out, v);
}

static void
say_dependencies(const struct answer *w, const struct world *world,
    const struct task *t)
{
	struct buf why = BUF_INIT;

	for (size_t i = 0; i < t->n_dep; i++) {
		const struct task *dep = t->dep_task ? t->dep_task[i] : NULL;
		enum task_state s;

		if (!dep) {
			say(w, "dep", t->dep_ambiguous && t->dep_ambiguous[i] ?
			    "ambiguous" : "missing", t->dep[i]);
			continue;
		}
		s = state_task(world, dep, &why);
		say(w, "dep", task_state_name(s),
		    tell_task(dep->id, why.len ?
		    arena_strdup(w->arena, why.s) : "", w->arena));
	}
	buf_release(&why);
}

/* What was sent to it and was not taken. */
static void
say_left(const struct answer *w, const struct world *world, const struct attempt *at)
{
	struct follow_left left;

	follow_left(world->repo, at, INBOX_WHOLE, &left, w->arena);
	if (left.n || left.bad)
		say(w, "message", left.n ? left.state : "damaged",
		    tell_left(at, &left, w->arena));
}

/* All of them, the newest first. */
static void
say_attempts(const struct answer *w, const struct world *world,
    const struct ledger *l)
{
	for (const struct attempt *at = l ? l->newest : NULL; at; at = at->older) {
		struct run_verdict v;
		struct look look = { .at = at, .verdict = &v };
		const char *why = NULL;

		state_run(world, at, w->arena, &v);
		if (v.live && look_at(&look, 1, world, LOOK_SCREENS, w->arena, &why) < 0)
			warn("panes are unknown: %s", why);
		say(w, "attempt", run_state_name(v.state),
		    tell_attempt(at, &v, w->arena));
		say_left(w, world, at);
	}
}

/* What became of id when all of the queue was picked from. */
static void
say_pick(const struct answer *w, const struct pick *p)
{
	const struct pick_item *it = pick_get(p, w->id);

	if (it)
		say(w, "pick", it->stage ? it->code : "ok", it->fact);
}

/* --- now --- */

static void
explain(struct queue *q, const struct pick *p, const struct task *t,
    const struct ledger *l, struct rec_out *out)
{
	const struct answer w = { t ? t->id : l->newest->id,
	    t ? t->title : l->newest->title, &q->arena, out };
	const char *code, *fact;

	if (t)
		say(&w, "file", t->error ? "invalid" : status_word_name(t->word),
		    tell_file(t, w.arena));
	else
		say(&w, "file", "gone", l->newest->file);
	if (l && l->intent != IN_NONE)
		say(&w, "mark", intent_name(l->intent), tell_mark(l, w.arena));
	if (t)
		say_dependencies(&w, &q->world, t);
	say_attempts(&w, &q->world, l);
	if (!t)
		return;
	for (size_t i = 0; i < q->n; i++)
		if (q->item[i].task == t)
			say(&w, "queue", task_state_name(q->item[i].state),
			    *q->item[i].waits ? q->item[i].waits : NULL);
	say_pick(&w, p);
	dryrun(&q->repo, t, &q->arena, &code, &fact);
	say(&w, "dispatch", code, fact);
}

static int
now(char **name, struct rec_out *out)
{
	struct queue q;
	struct pick p;
	int status = EXIT_OK;

	queue_open(&q, opt.dir, REPO_ANY);
	queue_for(&q, NULL);
	queue_classify(&q);
	queue_pick(&q, &p);
	for (; *name; name++) {
		const struct ledger *l;
		const struct task *t = queue_operand(&q, *name, &l);

		if (t || l)
			explain(&q, &p, t, l, out);
		else
			status = EXIT_NONE;
	}
	pick_release(&p);
	queue_release(&q);
	return status;
}

static int
active(char **name)
{
	struct queue q;
	int status = EXIT_OK;

	queue_open(&q, opt.dir, REPO_ANY);
	for (; *name; name++)
		if (!queue_is_active(&q, *name))
			status = EXIT_NONE;
	queue_release(&q);
	return status;
}

/* --- then --- */

/* The reasons "dep:ws-b=running" tell of each dependency that was not there. */
static void
say_dependencies_then(const struct answer *w, const char *waits)
{
	char *list = arena_strdup(w->arena, waits ? waits : ""), *one, *eq;

	while ((one = strsep(&list, ",")))
		if (strncmp(one, "dep:", 4) == 0 && (eq = strchr(one, '='))) {
			*eq = '\0';
			say(w, "dep", eq + 1, one + 4);
		}
}

static void
explain_then(struct snap *s, const struct pick *p, char *const *v,
    struct rec_out *out)
{
	const struct answer w = { v[Q_ID], v[Q_TITLE], &s->arena, out };

	say_dependencies_then(&w, v[Q_WAITS]);
	for (size_t i = 0; i < s->run.n; i++)
		if (strcmp(s->run.v[i][R_ID], w.id) == 0)
			say(&w, "attempt", s->run.v[i][R_STATE],
			    tell_run(s->run.v[i], w.arena));
	say(&w, "queue", v[Q_STATE], v[Q_WAITS]);
	say_pick(&w, p);
}

static int
then(char **name, struct rec_out *out)
{
	struct snapdir d;
	struct snap s;
	struct repo r;
	struct pick p;
	int status;

	repo_open(&r, opt.dir, REPO_ANY);
	snapdir_open(&d, r.statefd);
	status = snap_named(&s, &d, opt.at);
	if (status == EXIT_OK) {
		snap_pick(&s, &r, &p);
		for (; *name; name++) {
			char **v = snap_task(&s, *name);

			if (v)
				explain_then(&s, &p, v, out);
			else
				status = EXIT_NONE;
		}
		pick_release(&p);
	}
	snap_release(&s);
	snapdir_release(&d);
	repo_close(&r);
	return status;
}

int
main(int argc, char *argv[])
{
	struct rec_out out;
	int c, status;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:hjLo:qt:V", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': opt.json = true; break;
		case 'L': rec_list_columns(&rec_why, stdout); finish(EXIT_OK);
		case 'o': opt.columns = optarg; break;
		case 'q': opt.quiet = true; break;
		case 't': opt.at = optarg; break;
		case 'V': version();
		default: usage(EXIT_USAGE, usage_text);
		}
	if (optind == argc || (opt.quiet && (opt.at || opt.json || opt.columns)))
		usage(EXIT_USAGE, usage_text);
	if (opt.quiet)
		finish(active(argv + optind));
	rec_out_init(&out, &rec_why, stdout, opt.json, opt.columns);
	status = opt.at ? then(argv + optind, &out) : now(argv + optind, &out);
	rec_out_end(&out);
	finish(status);
}
