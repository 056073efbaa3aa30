#include "runfiles.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "about.h"
#include "front.h"
#include "fs.h"
#include "json.h"
#include "prefix.h"
#include "run.h"
#include "runspec.h"
#include "setup.h"
#include "workerenv.h"

enum { TEMPLATE_MAX = 1 << 20 };

/* What all is filled in with. */
struct filling {
	struct dispatcher *d;
	const struct claim *c;
	const char *rundir, *prompt_file, *hooks, *gitdir, *session;
	const char *prompt;         /* whole */
	const char *why;            /* what is wrong, or NULL */
	const char **env;
};

const char *
claim_path(struct dispatcher *d, const char *path)
{
	return repo_path(&d->q->repo, path, &d->arena);
}

static const char *
prompt_template(struct dispatcher *d)
{
	char *path = prefix_data(d->q->repo.root, "prompts/default.md");
	struct buf b = BUF_INIT;
	const char *text = NULL;

	if (path && fs_read(AT_FDCWD, path, TEMPLATE_MAX, &b) == 0)
		text = arena_strndup(&d->arena, b.s, b.len);
	buf_release(&b);
	free(path);
	return text;
}

static const char *
or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static char *
number(struct dispatcher *d, int64_t n)
{
	return arena_printf(&d->arena, "%lld", (long long)n);
}

/* The front door as a worker calls it: agents start login shells, whose PATH is
 * the system's. */
static char *
front_door(struct dispatcher *d)
{
	const char *bin = prefix_bin();
	struct buf b = BUF_INIT;
	char *text;

	if (strcmp(bin, "/usr/local/bin") == 0 || strcmp(bin, "/usr/bin") == 0)
		return arena_strdup(&d->arena, "jared");
	for (const char *s = arena_printf(&d->arena, "%s/jared", bin); *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("/._-+,@", *s))
			buf_addch(&b, '\\');
		buf_addch(&b, *s);
	}
	text = arena_strdup(&d->arena, b.s);
	buf_release(&b);
	return text;
}

/* What {{name}} stands for in the prompt; NULL and *why if the template is
 * wrong. */
static char *
make_prompt(struct dispatcher *d, const struct claim *c, const char **why)
{
	const struct task *t = c->task;
	const char *template = prompt_template(d);
	struct front front;
	const char *body = c->text;

	if (!template) {
		*why = "prompts/default.md cannot be read";
		return NULL;
	}
	if (front_cut(c->text, c->text_len, &front) == FRONT_OK)
		body = c->text + front.body;
	const struct word_value values[] = {
		{ "id", t->id }, { "title", t->title ? t->title : t->id },
		{ "file", t->file }, { "body", body }, { "task", c->text },
		{ "worktree", claim_path(d, c->name.worktree) }, { "branch", c->name.branch },
		{ "base", d->onto }, { "root", d->q->repo.root },
		{ "attempt", number(d, c->n) }, { "port", number(d, c->port_lo) },
		{ "ports", arena_printf(&d->arena, "%lld-%lld",
		    (long long)c->port_lo, (long long)c->port_hi) },
		{ "priority", or_dash(t->priority) }, { "owner", or_dash(t->owner) },
		{ "workstream", or_dash(t->workstream) },
		{ "milestone", or_dash(t->milestone) }, { "jared", front_door(d) },
		{ "status_file", arena_printf(&d->arena, "%s/run/%s.%lld/report",
		    d->q->repo.state, t->id, (long long)c->n) },
		{ NULL, NULL },
	};
	return template_fill(&d->arena, template, values, why);
}

/* A random (version 4) UUID, RFC 9562, to name the agent's session. */
static char *
session_uuid(struct dispatcher *d)
{
	unsigned char u[16];

	if (getrandom(u, sizeof u, 0) != sizeof u)
		die_errno(EXIT_FAIL, "cannot get random bytes");
	u[6] = (u[6] & 0x0f) | 0x40;
	u[8] = (u[8] & 0x3f) | 0x80;
	return arena_printf(&d->arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4], u[5], u[6],
	    u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

static bool
headless(const struct dispatcher *d)
{
	const char *mode = d->q->config.mode ? d->q->config.mode : d->profile.mode;

	return strcmp(mode, "headless") == 0;
}

/* A word for sh, as it stands in a string of JSON (or of TOML). */
static void
add_shell_word(struct buf *b, const char *word)
{
	struct buf quoted = BUF_INIT, json = BUF_INIT;

	buf_addch(&quoted, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_addstr(&quoted, "'\\''");
		else
			buf_addch(&quoted, *word);
	buf_addch(&quoted, '\'');
	json_add(&json, quoted.s);
	buf_add(b, json.s + 1, json.len - 2);
	buf_release(&quoted);
	buf_release(&json);
}

/* The command that an agent's hook runs. */
static char *
hook_command(struct filling *f)
{
	char *program = arena_printf(&f->d->arena, "%s/jared-hook", prefix_libexec());
	struct buf b = BUF_INIT;
	char *text;

	add_shell_word(&b, program);
	buf_addch(&b, ' ');
	add_shell_word(&b, f->rundir);
	text = arena_strdup(&f->d->arena, b.s);
	buf_release(&b);
	return text;
}

/* How the prompt goes into an argument: too long a one is left in its file. */
static const char *
prompt_word(struct filling *f)
{
	if (strlen(f->prompt) <= PROFILE_ARG_MAX)
		return f->prompt;
	return arena_printf(&f->d->arena,
	    "Read the file %s and do the task that it describes.", f->prompt_file);
}

/* Fill text; with later set, prompt and session are left to be filled in. */
enum when { NOW, LATER };

static char *
filled(struct filling *f, const char *text, enum when when)
{
	struct dispatcher *d = f->d;
	const struct word_value values[] = {
		{ "prompt", when == NOW ? prompt_word(f) : "{{prompt}}" },
		{ "prompt_file", when == NOW ? f->prompt_file : "{{prompt_file}}" },
		{ "session", when == NOW ? f->session : "{{session}}" },
		{ "hooks", f->hooks }, { "hook", hook_command(f) },
		{ "worktree", claim_path(d, f->c->name.worktree) },
		{ "gitdir", f->gitdir }, { "commondir", d->q->repo.common },
		{ "rundir", f->rundir }, { "jared", front_door(d) },
		{ "name", arena_printf(&d->arena, "%s.%lld", f->c->task->id,
		    (long long)f->c->n) },
		{ "id", f->c->task->id }, { "attempt", number(d, f->c->n) },
		{ NULL, NULL },
	};
	char *s = template_fill(&d->arena, text, values, &f->why);

	return s ? s : arena_strdup(&d->arena, "");
}

/* Words of the profile, filled in; NULL if there are none. */
static const char **
filled_words(struct filling *f, const char **words, enum when when)
{
	size_t n = 0;
	const char **v;

	while (words && words[n])
		n++;
	if (n == 0)
		return NULL;
	v = arena_alloc(&f->d->arena, (n + 1) * sizeof *v);
	for (size_t i = 0; i < n && !f->why; i++)
		v[i] = filled(f, words[i], when);
	return v;
}

/* --- hooks --- */

/* The profile's file of hooks, if it has one: DIR/hooks.json. */
static int
write_hooks(struct filling *f, int dir)
{
	struct dispatcher *d = f->d;
	const char *file = d->profile.hooks, *ending;
	struct buf b = BUF_INIT;
	char *path, *text = NULL;
	int r = -1;

	if (!file)
		return 0;
	path = prefix_data(d->q->repo.root, arena_printf(&d->arena, "hooks/%s", file));
	ending = strrchr(file, '.');
	f->hooks = arena_printf(&d->arena, "%s/hooks%s", f->rundir, ending ? ending : "");
	if (!path || fs_read(AT_FDCWD, path, TEMPLATE_MAX, &b) < 0)
		f->why = arena_printf(&d->arena, "hooks/%s cannot be read", file);
	else
		text = filled(f, b.s, NOW);
	if (text && !f->why)
		r = fs_replace(dir, strrchr(f->hooks, '/') + 1, text, strlen(text));
	buf_release(&b);
	free(path);
	return r;
}

/* --- about --- */

static const char *
variable(const char **env, const char *name, size_t n)
{
	for (; *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=' && (*env)[n + 1])
			return *env + n + 1;
	return NULL;
}

/* The first of "$NAME/rest" whose variable the worker has. */
static const char *
status_dir(struct filling *f)
{
	for (const char **v = f->d->profile.status_dir; v && *v; v++) {
		size_t n = **v == '$' ? strcspn(*v + 1, "/") : 0;
		const char *value = n ? variable(f->env, *v + 1, n) : "";

		if (value)
			return arena_printf(&f->d->arena, "%s%s", value,
			    *v + (n ? n + 1 : 0));
	}
	return NULL;
}

static bool
mentions(const char **words, const char *what)
{
	for (; words && *words; words++)
		if (strstr(*words, what))
			return true;
	return false;
}

/* --- all of them --- */

static int
write_all(struct filling *f, int dir)
{
	struct dispatcher *d = f->d;
	const struct profile *p = &d->profile;
	const char **words = headless(d) ? p->headless : p->interactive;
	const char *mode = headless(d) ? "headless" : "interactive";
	struct run_spec s = {
		.worktree = claim_path(d, f->c->name.worktree),
		.branch = arena_printf(&d->arena, "refs/heads/%s", f->c->name.branch),
		.common = d->q->repo.common,
		.prompt_stdin = !p->prompt_arg[headless(d)],
		.keep_leftovers = d->q->config.keep_leftovers,
		.start_timeout = d->q->config.start_timeout,
		.root = d->q->repo.root, .agent = p->name, .mode = mode,
		.stall_after = d->q->config.stall_after,
		.done_linger = d->q->config.done_linger,
	};

	if (d->setup_hash && !setup_done(f->gitdir, d->setup_hash)) {
		s.setup = d->q->config.setup;
		s.setup_dir = f->gitdir;
		s.setup_hash = d->setup_hash;
	}
	if (mentions(words, "{{session}}"))
		s.session = f->session = session_uuid(d);
	if (write_hooks(f, dir) < 0)
		return -1;
	s.argv = filled_words(f, words, NOW);
	s.resume = filled_words(f, p->resume, LATER);
	s.env = f->env = worker_env(d, f->c, filled_words(f, p->env, NOW));
	if (f->why)
		return -1;
	if (!s.argv) {
		f->why = arena_printf(&d->arena, "agent '%s' has no %s mode", p->name, mode);
		return -1;
	}
	const struct run_about about = {
		.root = s.root, .agent = s.agent, .mode = mode,
		.session = s.session, .worktree = s.worktree, .branch = s.branch,
		.resume = !s.resume || !headless(d) ? NULL :
		    profile_has_prompt(s.resume) ? "arg" : "stdin",
		.hooks = f->hooks, .status_dir = status_dir(f),
	};
	if (fs_replace(dir, "prompt.md", f->prompt, strlen(f->prompt)) < 0 ||
	    run_exit_prepare(dir) < 0 || run_about_write(dir, &about) < 0)
		return -1;
	return run_spec_write(dir, &s);
}

int
runfiles_write(struct dispatcher *d, struct claim *c, const char *gitdir)
{
	struct filling f = { .d = d, .c = c, .gitdir = gitdir,
		.rundir = arena_printf(&d->arena, "%s/run/%s.%lld", d->q->repo.state,
		    c->task->id, (long long)c->n) };
	int dir, err, r = -1;

	f.prompt_file = arena_printf(&d->arena, "%s/prompt.md", f.rundir);
	f.prompt = make_prompt(d, c, &f.why);
	dir = f.why ? -1 : run_dir(d->q->repo.statefd, c->task->id, c->n, true);
	if (dir >= 0)
		r = write_all(&f, dir);
	err = errno;
	if (f.why)
		claim_refuse(d, c, EXIT_FAIL, "template", f.why);
	else if (r < 0)
		claim_refuse(d, c, EXIT_FAIL, "disk", arena_printf(&d->arena,
		    "cannot write the run directory: %s", strerror(err)));
	if (dir >= 0)
		close(dir);
	return r;
}
