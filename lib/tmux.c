#include "tmux.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "fs.h"
#include "num.h"
#include "prefix.h"
#include "server.h"

enum { ANSWER_MS = 15000, TRIES = 8, FIRST_NAP_MS = 10 };

extern char **environ;

int
tmux_init(struct tmux *t, const char *state, int statefd, bool create,
    struct arena *a, const char **why)
{
	char *conf;

	*t = (struct tmux){ .statefd = statefd };
	t->socket = server_socket(state, create, a, why);
	/* Never from the repository: a configuration can run programs. */
	conf = prefix_data(NULL, "tmux.conf");
	/* Absolute, because the client runs elsewhere. */
	t->conf = conf ? fs_realpath(conf) : NULL;
	free(conf);
	if (t->socket && !t->conf)
		*why = "tmux.conf is not installed";
	return t->socket && t->conf ? 0 : -1;
}

void
tmux_release(struct tmux *t)
{
	free(t->socket);
	free(t->conf);
}

void
tmux_quote(struct buf *out, const char *word)
{
	size_t n = strlen(word);

	if (n && word[n - 1] == ';') {
		buf_add(out, word, n - 1);
		buf_addstr(out, "\\;");
	} else {
		buf_addstr(out, word);
	}
}

/* What the server and all that it starts may know: the first client's
 * environment stays in it for as long as it lives. */
static bool
is_passed(const char *var)
{
	static const char *const name[] = { "PATH=", "HOME=", "USER=",
		"LOGNAME=", "SHELL=", "LANG=", "LANGUAGE=", "LC_", "TZ=" };

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (strncmp(var, name[i], strlen(name[i])) == 0)
			return true;
	return false;
}

static const char **
server_env(void)
{
	size_t all = 0, n = 0;

	while (environ && environ[all])
		all++;
	const char **env = xrealloc_array(NULL, all + 1, sizeof *env);
	for (size_t i = 0; i < all; i++)
		if (is_passed(environ[i]))
			env[n++] = environ[i];
	env[n] = NULL;
	return env;
}

enum start { MAY_START, NO_START };

/* Run the client with p's input; as proc_run.  In "/", so that the server pins no directory. */
static int
ask(const struct tmux *t, enum start start, const char *const *args,
    struct proc *p)
{
	const char *common[] = { "tmux", "-u", "-S", t->socket, "-f", t->conf, "-N" };
	size_t n_common = sizeof common / sizeof *common - (start == MAY_START);
	const char **env = server_env();
	size_t n = 0;
	int r, err;

	while (args[n])
		n++;
	const char **argv = xrealloc_array(NULL, n_common + n + 1, sizeof *argv);
	memcpy(argv, common, n_common * sizeof *argv);
	memcpy(argv + n_common, args, (n + 1) * sizeof *argv);
	p->argv = argv;
	p->env = env;
	p->dir = "/";
	p->timeout_ms = ANSWER_MS;
	r = proc_run(p);
	err = errno;
	free(argv);
	free(env);
	p->argv = p->env = NULL;
	errno = err;
	return r;
}

int
tmux_server(int statefd, struct proc_id *id)
{
	return server_read(statefd, id);
}

/* What a client says when the server went away under it. */
static bool
is_passing(const char *complaint)
{
	static const char *const text[] = { "no server running",
		"error connecting", "lost server", "server exited" };

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (strncmp(complaint, text[i], strlen(text[i])) == 0)
			return true;
	return false;
}

/* One try: 0 started; 1 the server went away, try again; -1 with *why. */
static int
try_new_session(const struct tmux *t, const char *const *args, struct arena *a,
    const char **why)
{
	struct proc_id id;
	struct proc p = { .in = NULL };
	bool lives = server_read(t->statefd, &id) == 0 && proc_lives(&id);
	int r = -1, err = 0;

	if (lives && !server_listens(t->socket) &&
	    server_revive(t->socket, &id) < 0) {
		*why = arena_printf(a, "the tmux server (pid %jd) lives but does "
		    "not make its socket '%s' again", (intmax_t)id.pid, t->socket);
		errno = EIO;
		return -1;
	}
	/* With -N a client can never start a second server beside it. */
	if (ask(t, lives ? NO_START : MAY_START, args, &p) < 0) {
		err = errno;
		*why = arena_printf(a, "cannot run tmux: %s", strerror(err));
	} else if (p.code == 0) {
		server_record(t->statefd, (pid_t)strtol(p.out.s, NULL, 10));
		r = 0;
	} else {
		const char *said = proc_complaint(&p);

		r = is_passing(said) ? 1 : -1;
		err = strncmp(said, "duplicate session", 17) == 0 ? EEXIST : EIO;
		*why = arena_printf(a, "tmux: %s", said);
	}
	proc_release(&p);
	errno = err;
	return r;
}

int
tmux_new_session(struct tmux *t, const char *name, const char *const *argv,
    struct arena *a, const char **why)
{
	static const char *const fixed[] = { "new-session", "-d", "-P", "-F",
		"#{pid}", "-x", "200", "-y", "50", "-s" };
	const size_t n_fixed = sizeof fixed / sizeof *fixed;
	size_t n = 0;
	int r = 1;

	while (argv[n])
		n++;
	const char **args = arena_alloc(a, (n_fixed + n + 3) * sizeof *args);
	memcpy(args, fixed, sizeof fixed);
	args[n_fixed] = name;
	args[n_fixed + 1] = "--";
	for (size_t i = 0; i < n; i++) {
		struct buf b = BUF_INIT;

		tmux_quote(&b, argv[i]);
		args[n_fixed + 2 + i] = arena_strdup(a, b.s);
		buf_release(&b);
	}
	for (int i = 0, nap = FIRST_NAP_MS; r == 1 && i < TRIES; i++, nap *= 2) {
		if (i) {
			server_bury(t->socket);
			clock_sleep_ms(nap);
		}
		r = try_new_session(t, args, a, why);
	}
	return r == 0 ? 0 : -1;
}

static const char pane_format[] = "#{session_name}\t#{pane_id}\t#{pane_pid}\t"
    "#{pane_dead}\t#{pane_title}";

/* Cut "session id pid dead title" in place; -1 if it is no such line. */
static int
parse_pane(char *line, struct tmux_pane *out)
{
	char *field[4];
	int64_t pid;

	for (int i = 0; i < 4; i++)
		if (!(field[i] = strsep(&line, "\t")) || !line)
			return -1;
	if (field[1][0] != '%' || num_parse(field[2], 1, INT32_MAX, &pid) < 0)
		return -1;
	*out = (struct tmux_pane){ .session = field[0], .id = field[1],
	    .pid = (pid_t)pid, .dead = field[3][0] == '1', .title = line };
	return 0;
}

static int
parse_panes(char *text, struct arena *a, struct tmux_pane **out)
{
	size_t lines = 0;
	int n = 0;
	char *line;

	for (const char *s = text; (s = strchr(s, '\n')); s++)
		lines++;
	*out = arena_alloc(a, (lines + 1) * sizeof **out);
	while ((line = strsep(&text, "\n")))
		n += parse_pane(line, *out + n) == 0;
	return n;
}

static bool
is_target(const char *s)
{
	size_t n = strspn(s, "%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-");

	return n > 0 && !s[n];
}

/* What the client is to do: a line for each, so that one that fails spoils no
 * other.  Each screen comes behind a mark that nobody can have foreseen, since
 * what stands on a screen is the agent's to choose. */
static void
add_commands(struct buf *b, const char *mark, const struct tmux_shot *shot, size_t n)
{
	buf_addf(b, "list-panes -a -F \"%s\"\n", pane_format);
	for (size_t i = 0; i < n; i++) {
		if (!is_target(shot[i].target))
			continue;
		buf_addf(b, "display-message -p \"%s%zu\"\n", mark, i);
		if (*shot[i].target == '%')
			buf_addf(b, "capture-pane -p -t \"%s\"\n", shot[i].target);
		else
			buf_addf(b, "capture-pane -p -t \"=%s:\"\n", shot[i].target);
	}
}

/* Cut text at the marks: the screens; what is before them is left. */
static void
cut_screens(char *text, const char *mark, struct tmux_shot *shot, size_t n)
{
	char *at = strstr(text, mark), *next;
	int64_t i;

	if (at)
		*at = '\0';
	for (; at; at = next) {
		char *number = at + strlen(mark), *body = strchr(number, '\n');

		next = NULL;
		if (!body)
			break;
		*body++ = '\0';
		next = strstr(body, mark);
		if (next)
			*next = '\0';
		/* An empty screen has its lines; without a pane there are none. */
		if (*body && num_parse(number, 0, INT32_MAX, &i) == 0 && (size_t)i < n)
			shot[i].screen = body;
	}
}

static char *
new_mark(struct arena *a)
{
	uint64_t r[2] = { 0 };

	if (getrandom(r, sizeof r, 0) != sizeof r)
		die_errno(EXIT_FAIL, "cannot get random bytes");
	return arena_printf(a, "%016" PRIx64 "%016" PRIx64 ":", r[0], r[1]);
}

int
tmux_look(struct tmux *t, struct arena *a, struct tmux_pane **out,
    struct tmux_shot *shot, size_t n_shot, const char **why)
{
	const char *const args[] = { "source-file", "-", NULL };
	const char *mark = new_mark(a);
	struct buf commands = BUF_INIT;
	struct proc_id id;
	struct proc p = { .in = NULL };
	char *text;
	int n = -1;

	*out = NULL;
	if (!server_listens(t->socket)) {
		if (server_read(t->statefd, &id) < 0 || !proc_lives(&id))
			return 0;
		*why = "the tmux server lives but its socket is gone";
		return -1;
	}
	add_commands(&commands, mark, shot, n_shot);
	p.in = commands.s;
	p.in_len = commands.len;
	if (ask(t, NO_START, args, &p) < 0) {
		*why = arena_printf(a, "cannot run tmux: %s", strerror(errno));
	} else if (p.out.len || p.code == 0) {
		text = arena_strdup(a, p.out.s);
		cut_screens(text, mark, shot, n_shot);
		n = parse_panes(text, a, out);
	/* A server without a session has no target for any command. */
	} else if (is_passing(proc_complaint(&p)) ||
	    strstr(proc_complaint(&p), "no current target")) {
		n = 0;
	} else {
		*why = arena_printf(a, "tmux: %s", proc_complaint(&p));
	}
	buf_release(&commands);
	proc_release(&p);
	return n;
}

const char *
tmux_list(struct tmux *t, const char *format, struct arena *a)
{
	const char *const args[] = { "list-panes", "-a", "-F", format, NULL };
	struct proc p = { .in = NULL };
	const char *text = NULL;

	if (server_listens(t->socket) && ask(t, NO_START, args, &p) == 0 && p.code == 0)
		text = arena_strdup(a, p.out.s);
	proc_release(&p);
	return text;
}

int
tmux_kill_session(struct tmux *t, const char *name)
{
	/* '=' is an exact match: without it task-1 would also name task-10. */
	char *target = xasprintf("=%s:", name);
	const char *const args[] = { "kill-session", "-t", target, NULL };
	struct proc p = { .in = NULL };
	int r = ask(t, NO_START, args, &p);

	if (r == 0 && p.code != 0)
		r = -1;
	proc_release(&p);
	free(target);
	return r;
}
