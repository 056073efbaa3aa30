/* Without arguments: checks of tmux_quote.  With them the functions of tmux as
 * commands, for tmux.bats: socket, new, panes, kill, server; then a state
 * directory. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs.h"
#include "tmux.h"

static struct arena arena;
static struct tmux tmux;

static void
quoted(const char *word, const char *want)
{
	struct buf b = BUF_INIT;

	tmux_quote(&b, word);
	CHECK_STR(b.s, want);
	buf_release(&b);
}

static int
check_quote(void)
{
	quoted("", "");
	quoted("a b", "a b");
	quoted("a;b", "a;b");
	quoted(";", "\\;");
	quoted("a;", "a\\;");
	quoted("a\\;", "a\\\\;");
	quoted("a;;", "a;\\;");
	quoted("#(x) $(y) {z} ~", "#(x) $(y) {z} ~");
	return failed;
}

static int
new_session(char **arg)
{
	const char *why = NULL;

	if (tmux_new_session(&tmux, arg[0], (const char *const *)(arg + 1), &arena,
	    &why) == 0)
		return EXIT_OK;
	die(EXIT_NONE, "%s: %s", errno == EEXIST ? "exists" :
	    errno == ETIMEDOUT ? "unknown" : "failed", why);
}

static int
panes(void)
{
	struct tmux_pane *p = NULL;
	const char *why = NULL;
	int n = tmux_look(&tmux, &arena, &p, NULL, 0, &why);

	if (n < 0)
		die(EXIT_NONE, "%s", why);
	for (int i = 0; i < n; i++)
		printf("%s %s %s %s\n", p[i].session, p[i].id,
		    p[i].dead ? "dead" : "alive", p[i].title);
	return EXIT_OK;
}

static int
server(int fd)
{
	struct proc_id id;

	if (tmux_server(fd, &id) < 0)
		return EXIT_NONE;
	printf("%ld\n", (long)id.pid);
	return EXIT_OK;
}

static int
command(const char *verb, char **arg, int n, int fd)
{
	if (strcmp(verb, "socket") == 0)
		return puts(tmux.socket) < 0 ? EXIT_FAIL : EXIT_OK;
	if (strcmp(verb, "new") == 0 && n > 2)
		return new_session(arg);
	if (strcmp(verb, "panes") == 0)
		return panes();
	if (strcmp(verb, "kill") == 0 && n == 1)
		return tmux_kill_session(&tmux, arg[0]) < 0 ? EXIT_NONE : EXIT_OK;
	if (strcmp(verb, "server") == 0)
		return server(fd);
	return EXIT_USAGE;
}

int
main(int argc, char *argv[])
{
	const char *why;
	int fd, status;

	set_progname(argv[0]);
	if (argc < 3)
		return check_quote();
	fd = fs_open_dir(AT_FDCWD, argv[2]);
	if (tmux_init(&tmux, argv[2], fd, strcmp(argv[1], "new") == 0, &arena, &why) < 0)
		die(EXIT_FAIL, "%s", why);
	status = command(argv[1], argv + 3, argc - 3, fd);
	tmux_release(&tmux);
	arena_release(&arena);
	close(fd);
	finish(status);
}
