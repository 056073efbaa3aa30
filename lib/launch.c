#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front.h"
#include "fs.h"
#include "lock.h"
#include "prefix.h"
#include "run.h"
#include "runspec.h"
#include "settle.h"
#include "setup.h"
#include "workerenv.h"

enum { GIT_WAIT_MS = 120000, ADD_TIMEOUT_MS = 600000, TEMPLATE_MAX = 1 << 20 };

/* --- step 2: the worktree --- */

static char *
absolute(struct dispatcher *d, const char *path)
{
	return *path == '/' ? arena_strdup(&d->arena, path) :
	    arena_printf(&d->arena, "%s/%s", d->q->repo.root, path);
}

/* The worktrees directory must not show up as untracked; under lock/git. */
static int
exclude_worktrees(struct dispatcher *d)
{
	const char *dir = d->q->config.worktrees;
	struct buf b = BUF_INIT;
	char *line;
	int fd, r = 0;

	if (*dir == '/')
		return 0;
	line = arena_printf(&d->arena, "/%s/\n", dir);
	if (fs_read(d->q->repo.commonfd, "info/exclude", 1 << 20, &b) < 0 &&
	    errno != ENOENT)
		r = -1;
	if (r == 0 && strstr(b.s, line) == NULL) {
		bool torn = b.len && b.s[b.len - 1] != '\n';

		(void)mkdirat(d->q->repo.commonfd, "info", 0777);
		fd = openat(d->q->repo.commonfd, "info/exclude",
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		line = torn ? arena_printf(&d->arena, "\n%s", line) : line;
		r = fd < 0 || lseek(fd, 0, SEEK_END) < 0 ? -1 :
		    fs_write_all(fd, line, strlen(line));
		if (fd >= 0)
			close(fd);
	}
	buf_release(&b);
	return r;
}

static int
add_worktree(struct dispatcher *d, struct claim *c)
{
	char *reason = arena_printf(&d->arena, "jared:%s:%lld", c->task->id,
	    (long long)c->n);
	/* Writing files is the cost of a big checkout; git does it by threads
	 * only where there are many. */
	const char *const args[] = { "-c", "checkout.workers=8", "worktree", "add",
		"--quiet", "--no-track", "--lock", "--reason", reason, "-b",
		c->name.branch, "--", absolute(d, c->name.worktree), c->name.base, NULL };
	struct proc p = { .timeout_ms = ADD_TIMEOUT_MS, .out = BUF_INIT, .err = BUF_INIT };
	int r = git_run(&p, d->q->repo.root, args);

	if (r < 0 || p.code != 0) {
		const char *what = r < 0 ? strerror(errno) : proc_complaint(&p);

		claim_refuse(d, c, r < 0 && errno == ETIMEDOUT ? EXIT_RETRY : EXIT_FAIL,
		    "worktree", arena_printf(&d->arena, "git worktree add: %s", what));
		r = -1;
	}
	proc_release(&p);
	return r;
}

/* The git directory of a worktree, from its .git file, if that is one of the
 * repository's and the two point at each other; NULL if something was tampered
 * with. */
static char *
worktree_gitdir(struct dispatcher *d, const char *worktree)
{
	/* The way there may lead through a link; git writes the real path. */
	char *real = fs_realpath(worktree), *gitdir = NULL;
	char *dot = arena_printf(&d->arena, "%s/.git", real ? real : worktree);
	char *ours = arena_printf(&d->arena, "gitdir: %s/worktrees/", d->q->repo.common);
	size_t len = strlen(ours);
	struct buf b = BUF_INIT, back = BUF_INIT;

	if (fs_read(AT_FDCWD, dot, 8192, &b) == 0 && strncmp(b.s, ours, len) == 0 &&
	    b.s[len] != '.' && !strchr(b.s + len, '/')) {
		b.s[strcspn(b.s, "\r\n")] = '\0';
		gitdir = arena_strdup(&d->arena, b.s + strlen("gitdir: "));
		char *file = arena_printf(&d->arena, "%s/gitdir", gitdir);

		if (fs_read(AT_FDCWD, file, 8192, &back) < 0)
			gitdir = NULL;
		back.s[strcspn(back.s, "\r\n")] = '\0';
		if (gitdir && strcmp(back.s, dot) != 0)
			gitdir = NULL;
	}
	buf_release(&b);
	buf_release(&back);
	free(real);
	return gitdir;
}

static int
lock_git(struct dispatcher *d)
{
	int dir = fs_open_dir(d->q->repo.statefd, "lock");
	int lock = dir < 0 ? -1 : lock_take(dir, "git", GIT_WAIT_MS);

	if (dir >= 0)
		close(dir);
	return lock;
}

static int
make_worktree(struct dispatcher *d, struct claim *c)
{
	int lock, r;

	if (c->resume)
		return 0;
	lock = lock_git(d);
	if (lock < 0) {
		claim_refuse(d, c, EXIT_RETRY, "git-lock", "held for too long");
		return -1;
	}
	if (settle_debris(&d->q->world, &d->q->journal) < 0 ||
	    exclude_worktrees(d) < 0)
		warn_errno("cannot tidy git's directory");
	r = add_worktree(d, c);
	close(lock);
	return r;
}

static void
tidy(struct dispatcher *d, const char *const *args)
{
	struct proc p = { 0 };

	(void)git_run(&p, d->q->repo.root, args);
	proc_release(&p);
}

/* The attempt was released: nothing has run in its worktree, and nothing will.
 * A fault that lasts would leave one more at each beat.  git itself refuses to
 * remove what is not as it was made. */
static void
unmake_worktree(struct dispatcher *d, const struct claim *c)
{
	const struct attempt *at = journal_attempt(&d->q->journal, c->task->id, c->n);
	const char *path = absolute(d, c->name.worktree);
	const char *ref = arena_printf(&d->arena, "refs/heads/%s", c->name.branch);
	const char *const unlock[] = { "worktree", "unlock", "--", path, NULL };
	const char *const discard[] = { "worktree", "remove", "--", path, NULL };
	const char *const drop[] = { "update-ref", "-d", ref, c->name.base, NULL };
	char oid[GIT_OID];
	int lock;

	if (c->resume || !at || at->state != AT_RELEASED ||
	    git_ref_read(d->q->repo.commonfd, ref, oid) < 0)
		return;
	lock = lock_git(d);
	if (lock < 0)
		return;
	tidy(d, unlock);
	tidy(d, discard);
	if (!naming_taken(&d->q->world, c->name.worktree))
		tidy(d, drop);
	close(lock);
}

/* --- step 3: prompt, spec, exit record --- */

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
		{ "worktree", absolute(d, c->name.worktree) }, { "branch", c->name.branch },
		{ "base", d->onto }, { "root", d->q->repo.root },
		{ "attempt", number(d, c->n) }, { "port", number(d, c->port_lo) },
		{ "ports", arena_printf(&d->arena, "%lld-%lld",
		    (long long)c->port_lo, (long long)c->port_hi) },
		{ "priority", or_dash(t->priority) }, { "owner", or_dash(t->owner) },
		{ "workstream", or_dash(t->workstream) },
		{ "milestone", or_dash(t->milestone) },
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

static size_t
count(const char **list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* The agent's argv from the profile's words; NULL and *why. */
static const char **
make_argv(struct dispatcher *d, const struct claim *c, const char *prompt,
    const char *gitdir, const char **why)
{
	const char **words = headless(d) ? d->profile.headless : d->profile.interactive;
	char *file = arena_printf(&d->arena, "%s/run/%s.%lld/prompt.md",
	    d->q->repo.state, c->task->id, (long long)c->n);
	size_t n = count(words);
	const char **argv = arena_alloc(&d->arena, (n + 1) * sizeof *argv);

	if (n == 0) {
		*why = arena_printf(&d->arena, "agent '%s' has no %s mode",
		    d->profile.name, headless(d) ? "headless" : "interactive");
		return NULL;
	}
	if (strlen(prompt) > PROFILE_ARG_MAX)
		prompt = arena_printf(&d->arena,
		    "Read the file %s and do the task that it describes.", file);
	const struct word_value values[] = {
		{ "prompt", prompt }, { "prompt_file", file },
		{ "session", session_uuid(d) }, { "hooks", "" },
		{ "worktree", absolute(d, c->name.worktree) }, { "gitdir", gitdir },
		{ "commondir", d->q->repo.common },
		{ "name", arena_printf(&d->arena, "%s.%lld", c->task->id, (long long)c->n) },
		{ "id", c->task->id }, { "attempt", number(d, c->n) },
		{ NULL, NULL },
	};
	for (size_t i = 0; i < n; i++) {
		argv[i] = template_fill(&d->arena, words[i], values, why);
		if (!argv[i])
			return NULL;
	}
	return argv;
}

static int
write_run(struct dispatcher *d, struct claim *c, const char *gitdir)
{
	const char *why = "cannot be filled";
	char *prompt = make_prompt(d, c, &why);
	struct run_spec s = {
		.worktree = absolute(d, c->name.worktree),
		.branch = arena_printf(&d->arena, "refs/heads/%s", c->name.branch),
		.common = d->q->repo.common,
		.prompt_stdin = !d->profile.prompt_arg[headless(d)],
		.keep_leftovers = d->q->config.keep_leftovers,
		.start_timeout = d->q->config.start_timeout,
	};
	int dir, r = -1;

	if (d->setup_hash && !setup_done(gitdir, d->setup_hash)) {
		s.setup = d->q->config.setup;
		s.setup_dir = gitdir;
		s.setup_hash = d->setup_hash;
	}
	s.argv = prompt ? make_argv(d, c, prompt, gitdir, &why) : NULL;
	if (!s.argv) {
		claim_refuse(d, c, EXIT_FAIL, "template", why);
		return -1;
	}
	s.env = worker_env(d, c);
	dir = run_dir(d->q->repo.statefd, c->task->id, c->n, true);
	if (dir >= 0 && fs_replace(dir, "prompt.md", prompt, strlen(prompt)) == 0 &&
	    run_exit_prepare(dir) == 0 && run_spec_write(dir, &s) == 0)
		r = 0;
	if (r < 0)
		claim_refuse(d, c, EXIT_FAIL, "disk", arena_printf(&d->arena,
		    "cannot write the run directory: %s", strerror(errno)));
	if (dir >= 0)
		close(dir);
	return r;
}

/* --- step 4: the session --- */

static void
start_session(struct dispatcher *d, struct claim *c)
{
	const char *why = NULL;
	const char *const argv[] = {
		arena_printf(&d->arena, "%s/jared-run", prefix_libexec()),
		d->q->repo.state, c->task->id, number(d, c->n), NULL,
	};

	/* A session of this name can only be ours: attempts are unique. */
	if (tmux_new_session(&d->tmux, c->name.session, argv, &d->arena, &why) == 0 ||
	    errno == EEXIST) {
		c->waiting = true;
	} else if (errno == ETIMEDOUT) {
		c->status = EXIT_RETRY;
		c->code = "tmux";
		c->fact = "did not answer in time; the next beat will know";
	} else {
		claim_refuse(d, c, EXIT_FAIL, "tmux", why ? why : strerror(errno));
	}
}

void
launch(struct dispatcher *d, struct claim *c)
{
	char *gitdir;

	if (make_worktree(d, c) < 0)
		return;
	gitdir = worktree_gitdir(d, absolute(d, c->name.worktree));
	if (!gitdir)
		claim_refuse(d, c, EXIT_FAIL, "tampered", arena_printf(&d->arena,
		    "%s/.git does not point where it should", c->name.worktree));
	else if (write_run(d, c, gitdir) == 0)
		start_session(d, c);
	if (c->code)
		unmake_worktree(d, c);
}
