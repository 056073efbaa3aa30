#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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
