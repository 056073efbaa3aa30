/* TARGET FILE|DIR...: run a fuzz target over files, and fail if one of them
 * takes more than 50 ms of CPU. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>

#include "fs.h"
#include "mem.h"

enum { LIMIT_MS = 50, TRIES = 3 };

static int slow;
static size_t n_file;

static double
run(const struct buf *b)
{
	struct timespec t[2];

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
	LLVMFuzzerTestOneInput((const uint8_t *)b->s, b->len);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
	return (double)(t[1].tv_sec - t[0].tv_sec) * 1e3 +
	    (double)(t[1].tv_nsec - t[0].tv_nsec) / 1e6;
}

static void
replay(const char *path)
{
	struct buf b = BUF_INIT;
	double best = 1e9;

	if (fs_read(AT_FDCWD, path, 1 << 26, &b) < 0)
		die_errno(EXIT_FAIL, "cannot read '%s'", path);
	for (int i = 0; i < TRIES && best > LIMIT_MS; i++) {
		double ms = run(&b);

		best = ms < best ? ms : best;
	}
	n_file++;
	if (best > LIMIT_MS) {
		slow = 1;
		fprintf(stderr, "%s: %.1f ms\n", path, best);
	}
	buf_release(&b);
}

static void
replay_dir(const char *path, DIR *d)
{
	const struct dirent *e;

	while ((e = readdir(d))) {
		char *file = xasprintf("%s/%s", path, e->d_name);

		if (*e->d_name != '.')
			replay(file);
		free(file);
	}
	closedir(d);
}

int
main(int argc, char **argv)
{
	set_progname(argv[0]);
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		if (d)
			replay_dir(argv[i], d);
		else
			replay(argv[i]);
	}
	printf("%zu files\n", n_file);
	return slow;
}
