/*
 * jared-escalate - tell of each signal once: a person, or an agent in its place
 *
 * For each signal of the last snapshot (STATE/signals) that was not told yet:
 * write the context pack, note that it is tried, run the command, note that it
 * was told (episode.h tells what a crash in between leaves behind).  A command
 * that fails is tried again later.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "episode.h"
#include "fs.h"
#include "lock.h"
#include "num.h"
#include "pack.h"
#include "proc.h"
#include "profile.h"
#include "signals.h"
#include "who.h"

enum { COMMAND_MS = 60000 };

static const char usage_text[] =
    "usage: jared-escalate [-FhjLnqV] [-C dir] [-o column,...]\n"
    "       jared-escalate -p [-C dir] task\n"
    "  -C, --directory DIR       work in the repository of DIR\n"
    "  -F, --force               also from inside a worker\n"
    "  -j, --json                write JSON Lines\n"
    "  -L, --list-columns        list the columns\n"
    "  -n, --dry-run             tell nobody, write what would be told\n"
    "  -o, --columns COLUMN,...  write these columns\n"
    "  -p, --pack                write the context pack of a task\n"
    "  -q, --quiet               write no records\n"
    "  -h, --help                print this\n"
    "  -V, --version             print the version\n";

static const struct option longopts[] = {
	{ "columns",      required_argument, NULL, 'o' },
	{ "directory",    required_argument, NULL, 'C' },
	{ "dry-run",      no_argument,       NULL, 'n' },
	{ "help",         no_argument,       NULL, 'h' },
	{ "force",        no_argument,       NULL, 'F' },
	{ "json",         no_argument,       NULL, 'j' },
	{ "list-columns", no_argument,       NULL, 'L' },
	{ "pack",         no_argument,       NULL, 'p' },
	{ "quiet",        no_argument,       NULL, 'q' },
	{ "version",      no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

enum { E_ID, E_CODE, E_HOW, E_RESULT, E_FACT, E_N };
static const struct rec_column columns[E_N] = {
	[E_ID]     = { .name = "id", .type = REC_WORD },
	[E_CODE]   = { .name = "code", .type = REC_WORD },
	[E_HOW]    = { .name = "how", .type = REC_WORD },
	[E_RESULT] = { .name = "result", .type = REC_WORD },
	[E_FACT]   = { .name = "fact", .type = REC_TEXT },
};
static const struct rec_kind rec_call = { .name = "call", .column = columns,
	.n = E_N, .n_v1 = E_N, .color_column = E_RESULT };

static struct {
	const char *dir, *columns;
	bool force, json, dry, pack, quiet;
} opt;

struct teller {
	struct queue q;
	struct episodes told;
	struct rec_out out;
	bool opened;
	int status;
};

static void
put(struct teller *t, char *const *g, enum episode_how how, const char *result)
{
	char *v[E_N] = { g[G_ID], g[G_CODE], (char *)(how == EP_NOTIFY ? "notify" :
	    "escalate"), (char *)result, g[G_FACT] };

	if (!opt.quiet || opt.dry)
		rec_put(&t->out, v);
}

/* The pack in a file, and its text; the file's path. */
static const char *
write_pack(struct teller *t, char *const *g, enum sign_code c, struct buf *text)
{
	struct queue *q = &t->q;
	const char *name = arena_printf(&q->arena, "%s.%s.md", *g[G_ID] == '@' ?
	    g[G_ID] + 1 : g[G_ID], g[G_CODE]);
	int dir;

	pack_add(text, q, g[G_ID], c, g[G_FACT]);
	if (fs_mkdirs(q->repo.statefd, "packs") < 0 ||
	    (dir = fs_open_dir(q->repo.statefd, "packs")) < 0 ||
	    fs_replace_fast(dir, name, text->s, text->len) < 0)
		die_errno(EXIT_FAIL, "cannot write the context pack");
	close(dir);
	return arena_printf(&q->arena, "%s/packs/%s", q->repo.state, name);
}

/* Its words with what they name; a command that names nothing is given the pack
 * as its last word. */
static const char **
fill(struct teller *t, const char **words, const struct word_value *values,
    const char *key)
{
	struct arena *a = &t->q.arena;
	const char **argv, *why;
	size_t n = 0;
	bool named = false;

	while (words[n])
		n++;
	argv = arena_alloc(a, (n + 2) * sizeof *argv);
	for (size_t i = 0; i < n; i++) {
		argv[i] = template_fill(a, words[i], values, &why);
		if (!argv[i])
			die(EXIT_FAIL, "%s: %s, valid: id code tier since attempt fact "
			    "title text pack", key, why);
		named |= strstr(words[i], "{{") != NULL;
	}
	if (!named)
		argv[n] = values[0].value;
	return argv;
}

static bool
run(struct teller *t, char *const *g, enum episode_how how, enum sign_code c)
{
	struct queue *q = &t->q;
	struct buf text = BUF_INIT;
	const char *key = how == EP_NOTIFY ? "notify" : "escalate";
	const char *line = pack_line(g[G_ID], c, g[G_FACT], g[G_TITLE], &q->arena);
	struct word_value values[] = {
		{ "pack", how == EP_NOTIFY ? line : write_pack(t, g, c, &text) },
		{ "id", g[G_ID] }, { "code", g[G_CODE] }, { "tier", g[G_TIER] },
		{ "since", g[G_SINCE] }, { "attempt", g[G_ATTEMPT] },
		{ "fact", g[G_FACT] }, { "title", g[G_TITLE] }, { "text", line },
		{ NULL, NULL },
	};
	struct proc p = { .argv = fill(t, how == EP_NOTIFY ? q->config.notify :
	    q->config.escalate, values, key), .dir = q->repo.root,
	    .timeout_ms = COMMAND_MS };
	bool ok;

	if (how == EP_NOTIFY)
		buf_addf(&text, "%s\n", line);
	p.in = text.s;
	p.in_len = text.len;
	ok = proc_run(&p) == 0;

	if (!ok)
		warn_errno("%s: cannot run '%s'", key, p.argv[0]);
	else if (p.code != 0)
		warn("%s: '%s' ended with %d: %s", key, p.argv[0], p.code, proc_complaint(&p));
	ok = ok && p.code == 0;
	proc_release(&p);
	buf_release(&text);
	return ok;
}

static void
tell(struct teller *t, char *const *g, enum episode_how how)
{
	struct queue *q = &t->q;
	const char **words = how == EP_NOTIFY ? q->config.notify : q->config.escalate;
	struct episode *ep = episode_of(&t->told, g[G_ID], g[G_CODE]);
	enum sign_code c = SN_N;
	const char *why;
	int64_t since = 0;
	bool ok;

	(void)clock_parse(g[G_SINCE], &since);
	(void)sign_parse(g[G_CODE], &c);
	if (!words || (how == EP_ESCALATE && strcmp(g[G_TIER], "1") == 0))
		return;
	why = episode_keeps(&t->told, ep, how, since, q->world.now,
	    q->config.escalate_limit);
	if (why || opt.dry) {
		if (!why || strcmp(why, "told") != 0)
			put(t, g, how, why ? why : "would");
		return;
	}
	if (episode_try(&t->told, ep, how, q->world.now) < 0)
		die_errno(EXIT_FAIL, "cannot write '%s/told'", q->repo.state);
	ok = run(t, g, how, c);
	if (ok && episode_tell(&t->told, ep, how, since) < 0)
		die_errno(EXIT_FAIL, "cannot write '%s/told'", q->repo.state);
	t->status = worse(t->status, ok ? EXIT_OK : EXIT_RETRY);
	put(t, g, how, ok ? "told" : "failed");
}

/* The signals in the order of the codes, which is that of their urgency. */
static void
tell_all(struct teller *t, char ***v, size_t n)
{
	for (int c = 0; c < SN_N; c++)
		for (size_t i = 0; i < n; i++)
			if (strcmp(v[i][G_CODE], sign_name((enum sign_code)c)) == 0) {
				tell(t, v[i], EP_NOTIFY);
				tell(t, v[i], EP_ESCALATE);
			}
}

static int
escalate(void)
{
	struct teller t = { .status = EXIT_OK };
	char ***v = NULL, *path;
	size_t n = 0, cap = 0;
	struct rec_in in;
	FILE *f;

	queue_open(&t.q, opt.dir, opt.dry ? REPO_GIT : REPO_STATE);
	rec_out_init(&t.out, &rec_call, stdout, opt.json, opt.columns);
	if (!opt.dry && lock_take(t.q.repo.statefd, "lock/escalate", 0) < 0)
		die_errno(errno == EAGAIN ? EXIT_RETRY : EXIT_FAIL,
		    "cannot take lock/escalate");
	episodes_read(&t.told, t.q.repo.statefd);
	path = xasprintf("%s/signals", t.q.repo.state);
	f = fopen(path, "re");
	if (!f && errno != ENOENT)
		die_errno(EXIT_FAIL, "cannot read '%s'", path);
	if (f) {
		rec_in_init(&in, &rec_signal, f, path);
		while (rec_read(&in)) {
			GROW(v, n, cap);
			v[n] = arena_alloc(&t.q.arena, G_N * sizeof(char *));
			for (size_t i = 0; i < G_N; i++)
				v[n][i] = in.v[i] ? arena_strdup(&t.q.arena, in.v[i]) : NULL;
			n++;
		}
		rec_in_release(&in);
		fclose(f);
	}
	tell_all(&t, v, n);
	if (!opt.dry && episodes_prune(&t.told, t.q.world.now) < 0)
		die_errno(EXIT_FAIL, "cannot write 'told'");
	rec_out_end(&t.out);
	free(v);
	free(path);
	episodes_release(&t.told);
	queue_release(&t.q);
	return t.status;
}

static int
pack(const char *name)
{
	struct buf b = BUF_INIT;
	const struct task *t;
	struct queue q;

	queue_open(&q, opt.dir, REPO_GIT);
	t = tasks_operand(&q.tasks, name);
	if (!t)
		return EXIT_NONE;
	pack_add(&b, &q, t->id, SN_N, NULL);
	fwrite(b.s, 1, b.len, stdout);
	buf_release(&b);
	queue_release(&q);
	return EXIT_OK;
}

int
main(int argc, char *argv[])
{
	int c;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:FLVhjno:pq", longopts, NULL)) != -1)
		switch (c) {
		case 'C': opt.dir = optarg; break;
		case 'F': opt.force = true; break;
		case 'L': rec_list_columns(&rec_call, stdout); finish(EXIT_OK);
		case 'V': version();
		case 'h': usage(EXIT_OK, usage_text);
		case 'j': opt.json = true; break;
		case 'n': opt.dry = true; break;
		case 'o': opt.columns = rec_columns(&rec_call, optarg); break;
		case 'p': opt.pack = true; break;
		case 'q': opt.quiet = true; break;
		default: usage(EXIT_USAGE, usage_text);
		}
	check_operands(argv, optind);
	if (argc - optind != opt.pack || (opt.pack && (opt.dry || opt.json)))
		usage(EXIT_USAGE, usage_text);
	who_refuse_worker(opt.force || opt.pack || opt.dry);
	finish(opt.pack ? pack(argv[optind]) : escalate());
}
