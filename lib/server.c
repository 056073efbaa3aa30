#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
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

enum { REVIVE_MS = 2000, DROP_MS = 200 };

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

static char *
default_socket(const char *state)
{
	char *real = fs_realpath(state), *path;

	/* One that is still to be made has no server yet. */
	if (!real && errno == ENOENT)
		real = xstrdup(state);
	if (!real)
		return NULL;
	path = xasprintf("/tmp/jared-%ju/%016" PRIx64, (uintmax_t)geteuid(),
	    hash_fnv(real, strlen(real)));
	free(real);
	return path;
}

char *
server_socket(const char *state, bool create, struct arena *a, const char **why)
{
	const char *given = getenv("JARED_TMUX_SOCKET");
	char *path = given && *given ? xstrdup(given) : default_socket(state);

	*why = path ? check_socket(path, create, a) :
	    arena_printf(a, "cannot resolve '%s': %s", state, strerror(errno));
	if (!*why)
		return path;
	free(path);
	return NULL;
}

int
server_read(int statefd, struct proc_id *id)
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

void
server_record(int statefd, pid_t pid)
{
	struct proc_id id, old;
	struct buf b = BUF_INIT;

	if (proc_identify(pid, &id) < 0 || (server_read(statefd, &old) == 0 &&
	    old.pid == id.pid && old.start == id.start))
		return;
	buf_addf(&b, "%jd %ju\n", (intmax_t)id.pid, (uintmax_t)id.start);
	if (fs_replace(statefd, "server", b.s, b.len) < 0)
		warn_errno("cannot record the tmux server");
	buf_release(&b);
}

/* A connection, or -1; EAGAIN if there are too many. */
static int
dial(const char *socket_path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	memcpy(to.sun_path, socket_path, strlen(socket_path) + 1);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	int err = errno;
	close(fd);
	errno = err;
	return -1;
}

bool
server_listens(const char *socket)
{
	int fd = dial(socket);

	if (fd < 0)
		return errno == EAGAIN;
	close(fd);
	return true;
}

int
server_revive(const char *socket, const struct proc_id *id)
{
	int64_t end = clock_boot_ms() + REVIVE_MS;

	(void)proc_signal(id, SIGUSR1);
	while (!server_listens(socket) && proc_lives(id)) {
		if (clock_boot_ms() > end)
			return -1;
		clock_sleep_ms(5);
	}
	return 0;
}

void
server_bury(const char *socket)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	struct proc_id id;
	int fd = dial(socket);
	char byte;

	if (fd < 0)
		return;
	/* One that works waits for the client to speak first. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	    proc_identify(peer.pid, &id) == 0 &&
	    poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, DROP_MS) > 0 &&
	    recv(fd, &byte, 1, MSG_PEEK) == 0 && proc_signal(&id, SIGTERM) == 0)
		warn("the tmux server (pid %jd) was stuck on its way out and is "
		    "told to end again", (intmax_t)id.pid);
	close(fd);
}
