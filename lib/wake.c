#include "wake.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"

void
wake_init(struct wake *w)
{
	*w = (struct wake){ .inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK) };
}

void
wake_dir(struct wake *w, const char *path, enum wake_on on)
{
	uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR;
	int wd;

	if (w->inotify < 0)
		return;
	wd = inotify_add_watch(w->inotify, path,
	    on == WAKE_WRITTEN ? mask | IN_MODIFY : mask);
	if (wd > w->newest) {
		w->newest = wd;
		w->grown = true;
	}
}

void
wake_process(struct wake *w, const struct proc_id *id)
{
	int fd = id->pid > 0 ? pidfd_open(id->pid, 0) : -1;

	if (fd < 0)
		return;
	/* A zombie is readable for ever: nothing more will come from it. */
	if (!proc_lives(id)) {
		close(fd);
		return;
	}
	GROW(w->end, w->n, w->cap);
	w->end[w->n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

void
wake_forget(struct wake *w)
{
	for (size_t i = 0; i < w->n; i++)
		close(w->end[i].fd);
	w->n = 0;
}

void
wake_release(struct wake *w)
{
	wake_forget(w);
	free(w->end);
	if (w->inotify >= 0)
		close(w->inotify);
}

static void
drain(int fd)
{
	char events[4096];

	while (fd >= 0 && read(fd, events, sizeof events) > 0)
		continue;
}

int
wake_wait(struct wake *w, int ms, int settle_ms, int out_fd)
{
	struct pollfd *v = xrealloc_array(NULL, w->n + 2, sizeof *v);
	bool gone = false;
	int r;

	v[0] = (struct pollfd){ .fd = out_fd };
	v[1] = (struct pollfd){ .fd = w->inotify, .events = POLLIN };
	for (size_t i = 0; i < w->n; i++)
		v[i + 2] = w->end[i];
	r = poll(v, w->n + 2, w->grown ? 0 : ms);
	w->grown = false;
	if (r > 0) {
		gone = v[0].revents != 0;
		if (!gone)
			clock_sleep_ms(settle_ms);
		drain(w->inotify);
	}
	free(v);
	return gone ? -1 : 0;
}
