#include "fault.h"

#ifdef JARED_FAULT

#include <fcntl.h>
#include <stdlib.h>

#include "clock.h"
#include "fs.h"
#include "mem.h"
#include "num.h"

static int faultfd = -1;

void
fault_init(const char *state)
{
	char *dir = xasprintf("%s/fault", state);

	faultfd = fs_open_dir(AT_FDCWD, dir);
	free(dir);
}

static bool
look(const char *name, struct buf *b)
{
	return faultfd >= 0 && fs_read(faultfd, name, 64, b) == 0;
}

bool
fault_is(const char *name)
{
	struct buf b = BUF_INIT;
	bool on = look(name, &b);

	buf_release(&b);
	return on;
}

void
fault_point(const char *name)
{
	struct buf b = BUF_INIT;
	int64_t ms;

	if (look(name, &b)) {
		if (b.len > 0 && b.s[b.len - 1] == '\n')
			buf_setlen(&b, b.len - 1);
		if (num_parse(b.s, 0, 600000, &ms) == 0)
			clock_sleep_ms((int)ms);
	}
	buf_release(&b);
}

#endif
