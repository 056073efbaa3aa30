#include "tmux.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "hash.h"
#include "num.h"
#include "prefix.h"

enum { ANSWER_MS = 15000, REVIVE_MS = 2000, TRIES = 8, FIRST_NAP_MS = 10 };

extern char **environ;

/* The directory must be ours alone: whoever may write there could put a server
 * of his own in our place. */
static const char *
check_dir(const char *dir, bool create, struct arena *a)
{
	const char *why = NULL;
	struct stat st;
	int fd;

	if (create && mkdir(dir, 0700) < 0 && errno != EEXIST)
		return arena_printf(a, "cannot make '%s': %s", dir, strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && !create ? NULL :
		    arena_printf(a, "cannot open '%s': %s", dir,
		    errno == ENOTDIR || errno == ELOOP ? "not a directory" :
		    strerror(errno));
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 077))
		why = arena_printf(a, "'%s' must belong to us and to nobody else "
		    "(owner %ju, mode %03o)", dir, (uintmax_t)st.st_uid,
		    (unsigned)(st.st_mode & 0777));
	close(fd);
	return why;
}

static char *
default_socket(const char *state)
{
	char *real = fs_realpath(state), *path;

	if (!real)
		return NULL;
	path = xasprintf("/tmp/jared-%ju/%016" PRIx64, (uintmax_t)geteuid(),
	    hash_fnv(real, strlen(real)));
	free(real);
	return path;
}

static const char *
check_socket(const char *path, bool create, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	if (path[0] != '/' || slash == path)
		return arena_printf(a, "socket '%s' is not an absolute path in a "
		    "directory of its own", path);
	if (strlen(path) >= sizeof ((struct sockaddr_un *)0)->sun_path)
		return arena_printf(a, "socket path '%s' is too long", path);
	return check_dir(arena_strndup(a, path, (size_t)(slash - path)), create, a);
}

int
tmux_init(struct tmux *t, const char *state, int statefd, bool create,
    struct arena *a, const char **why)
{
	const char *given = getenv("JARED_TMUX_SOCKET");

	*t = (struct tmux){ .statefd = statefd };
	t->socket = given && *given ? xstrdup(given) : default_socket(state);
	/* Never from the repository: a configuration can run programs. */
	t->conf = prefix_data(NULL, "tmux.conf");
	if (!t->socket)
		*why = arena_printf(a, "cannot resolve '%s': %s", state,
		    strerror(errno));
	else if (!t->conf)
		*why = "tmux.conf is not installed";
	else
		*why = check_socket(t->socket, create, a);
	return *why ? -1 : 0;
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

/* Run the client; as proc_run.  In "/", so that the server pins no directory. */
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
	*p = (struct proc){ .argv = argv, .env = env, .dir = "/",
	    .timeout_ms = ANSWER_MS };
	r = proc_run(p);
	err = errno;
	free(argv);
	free(env);
	p->argv = p->env = NULL;
	errno = err;
	return r;
}

/* True if somebody listens at the socket. */
static bool
is_served(const struct tmux *t)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served;

	if (fd < 0)
		return false;
	memcpy(to.sun_path, t->socket, strlen(t->socket) + 1);
	served = connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ||
	    errno == EAGAIN;
	close(fd);
	return served;
}

int
tmux_server(int statefd, struct proc_id *id)
{
	struct buf b = BUF_INIT;
	uintmax_t start;
	intmax_t pid;
	int r = -1;

	if (statefd >= 0 && fs_read(statefd, "server", 100, &b) == 0 &&
	    sscanf(b.s, "%jd %ju", &pid, &start) == 2 && pid > 0) {
		*id = (struct proc_id){ (pid_t)pid, (uint64_t)start };
		r = 0;
	}
	buf_release(&b);
	return r;
}

/* The answer is the server's pid. */
static void
record_server(const struct tmux *t, const char *answer)
{
	struct proc_id id, old;
	struct buf b = BUF_INIT;
	int64_t pid;
	char *end = xstrndup(answer, strcspn(answer, "\n"));

	if (num_parse(end, 1, INT32_MAX, &pid) == 0 &&
	    proc_identify((pid_t)pid, &id) == 0 &&
	    (tmux_server(t->statefd, &old) < 0 || old.pid != id.pid ||
	    old.start != id.start)) {
		buf_addf(&b, "%jd %ju\n", (intmax_t)id.pid, (uintmax_t)id.start);
		if (fs_replace(t->statefd, "server", b.s, b.len) < 0)
			warn_errno("cannot record the tmux server");
	}
	buf_release(&b);
	free(end);
}

/* The recorded server lives but nobody answers: its socket was removed, or it
 * is just ending.  0: served again, or gone. */
static int
revive(const struct tmux *t, const struct proc_id *id)
{
	int64_t end = clock_boot_ms() + REVIVE_MS;

	(void)proc_signal(id, SIGUSR1);
	while (!is_served(t) && proc_lives(id)) {
		if (clock_boot_ms() > end)
			return -1;
		clock_sleep_ms(5);
	}
	return 0;
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
	struct proc p;
	bool lives = tmux_server(t->statefd, &id) == 0 && proc_lives(&id);
	int r = -1, err = 0;

	if (lives && !is_served(t) && revive(t, &id) < 0) {
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
		record_server(t, p.out.s);
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
		if (i)
			clock_sleep_ms(nap);
		r = try_new_session(t, args, a, why);
	}
	return r == 0 ? 0 : -1;
}

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

int
tmux_panes(struct tmux *t, struct arena *a, struct tmux_pane **out,
    const char **why)
{
	static const char *const args[] = { "list-panes", "-a", "-F",
		"#{session_name}\t#{pane_id}\t#{pane_pid}\t#{pane_dead}\t#{pane_title}",
		NULL };
	struct proc_id id;
	struct proc p;
	int n = -1;

	*out = NULL;
	if (!is_served(t)) {
		if (tmux_server(t->statefd, &id) < 0 || !proc_lives(&id))
			return 0;
		*why = "the tmux server lives but its socket is gone";
		return -1;
	}
	if (ask(t, NO_START, args, &p) < 0)
		*why = arena_printf(a, "cannot run tmux: %s", strerror(errno));
	else if (p.code == 0)
		n = parse_panes(arena_strdup(a, p.out.s), a, out);
	else if (is_passing(proc_complaint(&p)))
		n = 0;
	else
		*why = arena_printf(a, "tmux: %s", proc_complaint(&p));
	proc_release(&p);
	return n;
}

int
tmux_kill_session(struct tmux *t, const char *name)
{
	/* '=' is an exact match: without it task-1 would also name task-10. */
	char *target = xasprintf("=%s:", name);
	const char *const args[] = { "kill-session", "-t", target, NULL };
	struct proc p;
	int r = ask(t, NO_START, args, &p);

	if (r == 0 && p.code != 0)
		r = -1;
	proc_release(&p);
	free(target);
	return r;
}
