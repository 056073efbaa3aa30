/*
 * jared-init - set a repository up for Jared, and say what was found
 *
 * Writes jared.yaml where there is none, in one step: a crash leaves no part
 * of it.  Whoever finds one, written a moment ago or by hand, leaves it alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plain.h"
#include "fs.h"
#include "githook.h"
#include "prefix.h"
#include "queue.h"

static const char usage_text[] =
    "usage: jared-init [-hknV] [-C dir]\n"
    "  -C, --directory DIR  the repository at DIR\n"
    "  -k, --hooks          also a git hook that reconciles after each merge\n"
    "  -n, --dry-run        write nothing, print what would be written\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n";

static const struct option longopts[] = {
	{ "directory", required_argument, NULL, 'C' },
	{ "dry-run",   no_argument,       NULL, 'n' },
	{ "help",      no_argument,       NULL, 'h' },
	{ "hooks",     no_argument,       NULL, 'k' },
	{ "version",   no_argument,       NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char file[] = "jared.yaml";

/* What there is. */
struct found {
	struct queue q;
	bool fits;                  /* the layout does, is configured, or has tasks */
	const char *agents;         /* those on PATH, comma-joined; NULL: none */
	const char *agent;          /* the one of them to configure */
	size_t n[TS_N];             /* tasks by state */
};

static void
add_word(const char **list, struct arena *a, const char *word)
{
	*list = *list ? arena_printf(a, "%s, %s", *list, word) : word;
}

static bool
on_path(const char *program)
{
	char *path = xstrdup(getenv("PATH") ? getenv("PATH") : ""), *rest = path;
	const char *dir;
	bool r = strchr(program, '/') && access(program, X_OK) == 0;

	while (!r && (dir = strsep(&rest, ":"))) {
		char *name = xasprintf("%s/%s", *dir ? dir : ".", program);

		r = access(name, X_OK) == 0;
		free(name);
	}
	free(path);
	return r;
}

/* The program that a profile runs; NULL where the configuration tells it. */
static const char *
program_of(const char *agent, const char *root, struct arena *a)
{
	char *name = xasprintf("agents/%s.yaml", agent);
	char *path = prefix_data(root, name);
	const struct yaml *doc = path ? plain_load(path, path, a, NULL) : NULL;
	const char **argv = yaml_words(yaml_get(doc, "headless"), a);

	if (!argv)
		argv = yaml_words(yaml_get(doc, "interactive"), a);
	free(name);
	free(path);
	return argv ? argv[0] : NULL;
}

static void
find_agents(struct found *f)
{
	struct queue *q = &f->q;
	struct arena *a = &q->arena;

	for (const char **v = prefix_names(q->repo.root, "agents", a); *v; v++) {
		const char *program = program_of(*v, q->repo.root, a);

		if (!program || !on_path(program))
			continue;
		add_word(&f->agents, a, *v);
		if (!f->agent || strcmp(*v, q->config.agent) == 0)
			f->agent = *v;
	}
}

static void
find(struct found *f, const char *dir)
{
	queue_open(&f->q, dir, REPO_ANY);
	queue_for(&f->q, NULL);
	queue_classify(&f->q);
	f->fits = f->q.config.layout || f->q.tasks.n ||
	    layout_fits(&f->q.layout, f->q.repo.root);
	for (size_t i = 0; i < f->q.n; i++)
		f->n[f->q.item[i].state]++;
	find_agents(f);
}

/* --- saying it --- */

static void
say(const char *what, const char *text)
{
	printf("%-8s%s\n", what, text);
}

static void
say_text(const char *text)
{
	for (const char *lf; (lf = strchr(text, '\n')); text = lf + 1)
		printf("%8s%.*s\n", "", (int)(lf - text), text);
}

static const char *
patterns(const struct layout *l, struct arena *a)
{
	const char *s = NULL;

	for (size_t i = 0; l->files[i]; i++)
		add_word(&s, a, l->files[i]);
	return s;
}

static void
say_layouts(struct found *f)
{
	struct queue *q = &f->q;
	struct layout other;

	say("layout", f->fits ? arena_printf(&q->arena, "%s: %s", q->layout.name,
	    patterns(&q->layout, &q->arena)) : "none fits so far");
	for (const char **v = prefix_names(q->repo.root, "layouts", &q->arena); *v; v++)
		if (strcmp(*v, q->layout.name) != 0 &&
		    layout_named(&other, *v, q->repo.root, &q->config, &q->arena) &&
		    !other.fallback && layout_fits(&other, q->repo.root))
			say("", arena_printf(&q->arena, "%s would fit too: %s", *v,
			    patterns(&other, &q->arena)));
}

static void
say_tasks(struct found *f)
{
	struct arena *a = &f->q.arena;
	const char *s = NULL;

	for (int i = 0; i < TS_N; i++)
		if (f->n[i])
			add_word(&s, a, arena_printf(a, "%zu %s", f->n[i],
			    task_state_name((enum task_state)i)));
	say("tasks", s ? arena_printf(a, "%zu: %s", f->q.n, s) : "none");
}

static void
say_team(struct found *f)
{
	const struct team *t = &f->q.team;
	size_t roles = 0;

	say("owner", f->q.self ? f->q.self : "tasks of everybody are started; "
	    "'owner' in jared.yaml, or JARED_OWNER, says whose");
	for (size_t i = 0; i < t->n; i++) {
		roles += t->v[i].role;
		if (t->v[i].error)
			warn("%s", t->v[i].error);
	}
	if (t->n)
		say("team", arena_printf(&f->q.arena, "%zu people and %zu roles in %s",
		    t->n - roles, roles, t->dir));
}

static void
say_next(const struct found *f)
{
	if (!f->q.n)
		say("next", "jared-task new 'What is to be done'");
	else if (f->n[TS_INVALID])
		say("next", "jared-queue -s invalid -o id,waits");
	else if (f->n[TS_READY])
		say("next", "jared-queue | jared-pick | jared-dispatch --dry-run");
	else
		say("next", "jared-queue");
}

/* --- writing it --- */

static const char *
configuration(struct found *f)
{
	return arena_printf(&f->q.arena,
	    "# Jared's configuration.  jared(7) tells every key and its default.\n"
	    "%slayout: %s\n"
	    "%sagent: %s\n"
	    "# max_workers: 4\n"
	    "# owner: me\n",
	    f->fits ? "" : "# ", f->q.layout.name,
	    f->agent ? "" : "# ", f->agent ? f->agent : f->q.config.agent);
}

static int
init(const char *dir, bool dry, bool hooks)
{
	static struct found f;
	const char *text;
	bool there;

	find(&f, dir);
	text = configuration(&f);
	say_layouts(&f);
	say_tasks(&f);
	say_team(&f);
	say("agents", f.agents ? f.agents : "none on PATH; 'agent: sh' runs "
	    "any 'command'");
	if (!f.q.repo.common)
		say("git", "no repository; jared-dispatch needs one");
	there = faccessat(f.q.repo.rootfd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (!there && !dry && fs_create(f.q.repo.rootfd, file, 0666, text, strlen(text)) < 0) {
		if (errno != EEXIST)
			die_errno(EXIT_FAIL, "cannot write '%s'", file);
		there = true;
	}
	say("file", there ? "jared.yaml is there already and was left alone" :
	    dry ? "jared.yaml would be written:" : "jared.yaml was written");
	if (dry && !there)
		say_text(text);
	if (hooks && f.q.repo.common)
		say("hooks", githook_install(&f.q.repo, dry, &f.q.arena));
	say_next(&f);
	queue_release(&f.q);
	return EXIT_OK;
}

int
main(int argc, char *argv[])
{
	const char *dir = NULL;
	bool dry = false, hooks = false;
	int c;

	set_progname(argv[0]);
	while ((c = getopt_long(argc, argv, "+C:hknV", longopts, NULL)) != -1)
		switch (c) {
		case 'C': dir = optarg; break;
		case 'h': usage(EXIT_OK, usage_text);
		case 'k': hooks = true; break;
		case 'n': dry = true; break;
		case 'V': version();
		default: usage(EXIT_USAGE, usage_text);
		}
	if (optind != argc)
		usage(EXIT_USAGE, usage_text);
	finish(init(dir, dry, hooks));
}
