#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs.h"

enum { TABLE_MAX = 8 * 1024 * 1024, LISTEN = 0x0a };

/* SO_REUSEADDR, as servers do: what lingers in TIME_WAIT is in nobody's way. */
static bool
can_bind(int family, const struct sockaddr *to, socklen_t size)
{
	int on = 1, fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool can;

	/* Without that family nobody listens there. */
	if (fd < 0)
		return errno == EAFNOSUPPORT;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	can = bind(fd, to, size) == 0 || errno == EADDRNOTAVAIL;
	close(fd);
	return can;
}

/* The wildcard address collides with every address of its family. */
bool
ports_free(int64_t lo, int64_t n)
{
	for (int64_t port = lo; port < lo + n; port++) {
		struct sockaddr_in v4 = { .sin_family = AF_INET,
		    .sin_port = htons((uint16_t)port) };
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		    .sin6_port = htons((uint16_t)port) };

		if (!can_bind(AF_INET, (struct sockaddr *)&v4, sizeof v4) ||
		    !can_bind(AF_INET6, (struct sockaddr *)&v6, sizeof v6))
			return false;
	}
	return true;
}

/* One line a socket: proc(5), net/tcp. */
static void
read_listeners(const char *table, unsigned char *set)
{
	struct buf b = BUF_INIT;
	char *rest, *line;

	(void)fs_read(AT_FDCWD, table, TABLE_MAX, &b);
	for (rest = b.s; (line = strsep(&rest, "\n"));) {
		unsigned port, state;

		if (sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &port, &state) == 2 &&
		    state == LISTEN && port < PORTS_N)
			set[port] = 1;
	}
	buf_release(&b);
}

void
ports_listening(unsigned char set[PORTS_N])
{
	read_listeners("/proc/net/tcp", set);
	read_listeners("/proc/net/tcp6", set);
}
