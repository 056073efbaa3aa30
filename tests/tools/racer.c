/*
 * racer FILE ROUNDS COMMAND... - a person saves FILE while COMMAND runs
 *
 * Each round starts the command, and at a random moment of its life writes the
 * file: in place, truncated or not, by renaming a new file over it, or by moving
 * it away and creating it again.  Every save has its number in it.  When the
 * command is over, the file must hold that save; whether with what the command
 * changed is counted.  Nothing else may be left in its directory.
 */
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { TRUNCATE, OVERWRITE, RENAME, MOVE_AWAY, N_WAYS };

static char text[512], got[4096];

static void
fail(const char *what)
{
	perror(what);
	exit(2);
}

static void
put(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || ftruncate(fd, (off_t)strlen(text)) < 0)
		fail(path);
	close(fd);
}

static void
save(const char *path, int way, int number)
{
	char other[4096];

	snprintf(text, sizeof text, "---\ntitle: x\nstatus: ready\npriority: p9\n---\n"
	    "save %08d\n", number);
	snprintf(other, sizeof other, "%s.new", path);
	switch (way) {
	case TRUNCATE:
		put(path, O_CREAT | O_TRUNC);
		break;
	case OVERWRITE:
		put(path, O_CREAT);
		break;
	case RENAME:
		put(other, O_CREAT | O_TRUNC);
		if (rename(other, path) < 0)
			fail(other);
		break;
	default:
		if (rename(path, other) < 0)
			fail(path);
		put(path, O_CREAT | O_EXCL);
		unlink(other);
	}
}

static void
sleep_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

static long
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
check(const char *path, int number)
{
	char dir[4096], *slash, want[32];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(got, 1, sizeof got - 1, f) : 0;
	const struct dirent *e;
	DIR *d;

	got[n] = '\0';
	if (f)
		fclose(f);
	snprintf(want, sizeof want, "save %08d\n", number);
	if (!strstr(got, want)) {
		fprintf(stderr, "save %d is lost:\n%s", number, got);
		exit(1);
	}
	snprintf(dir, sizeof dir, "%s", path);
	slash = strrchr(dir, '/');
	*slash = '\0';
	d = opendir(dir);
	while (d && (e = readdir(d)))
		if (strncmp(e->d_name, ".jared", 6) == 0) {
			fprintf(stderr, "left after save %d: %s\n", number, e->d_name);
			exit(1);
		}
	if (d)
		closedir(d);
}

/* How long the command takes when nobody is in its way. */
static long
duration(char **command)
{
	long best = 1000000, start;
	pid_t pid;

	for (int i = 0; i < 10; i++) {
		start = now_us();
		if (posix_spawnp(&pid, *command, NULL, NULL, command, environ) != 0)
			fail(*command);
		waitpid(pid, NULL, 0);
		if (now_us() - start < best)
			best = now_us() - start;
	}
	return best;
}

int
main(int argc, char **argv)
{
	int rounds = argc > 3 ? atoi(argv[2]) : 0, status, done[N_WAYS][2] = { { 0 } };
	long took;

	srandom((unsigned)now_us());
	if (rounds == 0)
		return 2;
	save(argv[1], RENAME, 0);
	took = duration(argv + 3);
	for (int i = 0; i < rounds; i++) {
		int way = i % N_WAYS;
		pid_t pid;

		save(argv[1], RENAME, 0);
		if (posix_spawnp(&pid, argv[3], NULL, NULL, argv + 3, environ) != 0)
			return 2;
		sleep_us(random() % took);
		save(argv[1], way, i + 1);
		waitpid(pid, &status, 0);
		check(argv[1], i + 1);
		done[way][strcmp(got, text) != 0]++;
		if (!WIFEXITED(status))
			return 2;
	}
	for (int way = 0; way < N_WAYS; way++)
		printf("way %d: %d as saved, %d edited after the save\n", way,
		    done[way][0], done[way][1]);
	return 0;
}
