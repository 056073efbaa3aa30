/* With a hook log: read every beginning of it; what it says must be what its
 * whole lines say. */
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "hooklog.h"

static void
put(int dir, const char *text, size_t n)
{
	int fd = openat(dir, "hooks", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && fs_write_all(fd, text, n) == 0);
	close(fd);
}

static void
beginnings(int dir, const char *text, size_t len)
{
	struct hooklog whole = { .state = NULL };
	struct arena a = { 0 }, kept = { 0 };
	int fd;

	put(dir, "", 0);
	fd = openat(dir, "hooks", O_WRONLY | O_CLOEXEC);
	for (size_t n = 0; n <= len; n++) {
		struct hooklog h;

		CHECK(n == 0 || write(fd, text + n - 1, 1) == 1);
		(void)hooklog_read(dir, &h, &a);
		if (n && text[n - 1] == '\n') {
			arena_reset(&kept);
			whole = h;
			whole.state = h.state ? arena_strdup(&kept, h.state) : NULL;
			whole.reason = h.reason ? arena_strdup(&kept, h.reason) : NULL;
			whole.session = h.session ? arena_strdup(&kept, h.session) : NULL;
		}
		CHECK_STR(h.state, whole.state);
		CHECK_STR(h.reason, whole.reason);
		CHECK_STR(h.session, whole.session);
		CHECK(h.since == whole.since);
		arena_reset(&a);
	}
	close(fd);
	printf("%zu beginnings, at the end: %s\n", len + 1, whole.state);
	arena_release(&a);
	arena_release(&kept);
}

/* A line longer than what is read, and garbage, are passed over. */
static void
garbage(int dir)
{
	static const char line[] = "2026-11-22T10:00:00Z\tStop\tidle\tdone\ts\t-\t-\n";
	struct buf b = BUF_INIT;
	struct arena a = { 0 };
	struct hooklog h;

	buf_addstr(&b, line);
	buf_addstr(&b, "what\nis\tthis\n\n2026-11-22T10:00:01Z\tX\twaiting\n");
	put(dir, b.s, b.len);
	CHECK(hooklog_read(dir, &h, &a) == 0);
	CHECK_STR(h.state, "idle");
	for (int i = 0; i < 100000; i++)
		buf_addch(&b, 'x');
	put(dir, b.s, b.len);
	CHECK(hooklog_read(dir, &h, &a) < 0);
	buf_addch(&b, '\n');
	buf_addstr(&b, line);
	put(dir, b.s, b.len);
	CHECK(hooklog_read(dir, &h, &a) == 0);
	CHECK_STR(h.state, "idle");
	CHECK(h.since == 1795341600);
	arena_release(&a);
	buf_release(&b);
}

int
main(int argc, char *argv[])
{
	char name[] = "hooklog.XXXXXX";
	struct buf b = BUF_INIT;
	int dir;

	set_progname(argv[0]);
	CHECK(mkdtemp(name) != NULL);
	dir = fs_open_dir(AT_FDCWD, name);
	garbage(dir);
	if (argc > 1 && fs_read(AT_FDCWD, argv[1], 1 << 20, &b) == 0)
		beginnings(dir, b.s, b.len);
	buf_release(&b);
	unlinkat(dir, "hooks", 0);
	rmdir(name);
	close(dir);
	return failed;
}
