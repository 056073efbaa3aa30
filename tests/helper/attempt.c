/*
 * attempt - make and change attempts by hand, for tests of what comes after
 *
 *   attempt [-k] [-p] [-r] [-t SECONDS] [-S SECONDS] [-i SECONDS] [-g ROOT:AGENT]
 *       [-e NAME=VALUE]... STATE ID N WORKTREE COMMON BRANCH [ARG...]
 *                                 claim it and write its spec; -k keeps leftovers,
 *                                 -p gives the prompt on standard input, -S sets
 *                                 stall_after; -i makes it interactive and sets
 *                                 done_linger, -g names its profile, -r makes it
 *                                 headless and runs the same again for a message
 *   attempt -a EVENT STATE ID N   append a bare record
 *   attempt -s STATE ID N         print its state, code, signal, cause, tip, report
 *   attempt -x STATE ID N         print its exit record: code, signal, cause, report
 *   attempt -l STATE ID           is the task's alive lock held?  0 yes, 1 no
 *   attempt -w STATE ID           hold it until killed
 *   attempt -z LEFT STATE pad     claims, after which the journal has LEFT
 *                                 bytes to go to a multiple of 4096
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "journal.h"
#include "num.h"
#include "run.h"
#include "runspec.h"

static struct journal j;
static int statefd;

static void
append(const char *id, int64_t n, const char *name, const struct journal_kv *kv,
    size_t n_kv)
{
	if (journal_lock(&j) != EXIT_OK)
		exit(EXIT_FAIL);
	for (int e = 0; e < EV_N; e++)
		if (strcmp(event_name((enum event)e), name) == 0 &&
		    journal_append(&j, id, n, (enum event)e, kv, n_kv) < 0)
			die_errno(EXIT_FAIL, "cannot append %s", name);
	journal_unlock(&j);
}

static void
make(const char *id, int64_t n, struct run_spec *spec)
{
	struct journal_kv kv[] = {
		{ "base", "0123456789012345678901234567890123456789" },
		{ "branch", spec->branch }, { "worktree", spec->worktree },
	};
	int dir = run_dir(statefd, id, n, true);

	if (dir < 0 || run_exit_prepare(dir) < 0 || run_spec_write(dir, spec) < 0)
		die_errno(EXIT_FAIL, "cannot write the run directory");
	append(id, n, "claim", kv, sizeof kv / sizeof *kv);
}

static int
show(const char *id, int64_t n)
{
	static const char *const word[] = { "claimed", "running", "exited",
	    "released", "interrupted" };
	const struct attempt *at = journal_attempt(&j, id, n);

	if (!at)
		return EXIT_NONE;
	printf("%s %d %d %s %s %s\n", word[at->state], at->code, at->signal,
	    at->cause ? at->cause : "-", at->tip ? at->tip : "-",
	    at->report ? at->report : "-");
	return EXIT_OK;
}

static int
show_exit(const char *id, int64_t n)
{
	int dir = run_dir(statefd, id, n, false);
	struct exit_record e;

	if (dir < 0 || run_exit_read(dir, &e) < 0)
		return EXIT_NONE;
	printf("%d %d %s %s\n", e.code, e.signal, e.cause, *e.report ? e.report : "-");
	return EXIT_OK;
}

static void
hold(const char *id)
{
	struct arena a = { 0 };

	if (lock_take(run_base(statefd, true), run_alive_name(&a, id), 0) < 0)
		die_errno(EXIT_FAIL, "cannot hold it");
	for (;;)
		pause();
}

static void
pad(int64_t left)
{
	char title[4097] = "x";
	struct journal_kv kv = { "title", title };
	size_t before, record;

	append("pad1", 1, "claim", NULL, 0);
	before = j.size;
	append("pad2", 1, "claim", &kv, 1);
	record = j.size - before;
	size_t more = (2 * 4096 - (size_t)left - (j.size + record) % 4096) % 4096;
	memset(title, 'x', more + 1);
	append("pad3", 1, "claim", &kv, 1);
}

static void
open_state(const char *path)
{
	statefd = fs_open_dir(AT_FDCWD, path);
	if (statefd < 0 || fs_mkdirs(statefd, "lock") < 0 ||
	    fs_mkdirs(statefd, "journal") < 0 || fs_mkdirs(statefd, "run") < 0 ||
	    journal_open(&j, statefd) < 0)
		die_errno(EXIT_FAIL, "cannot open '%s'", path);
}

int
main(int argc, char **argv)
{
	const char *env[64] = { NULL }, *event = NULL;
	struct run_spec spec = { .env = env, .start_timeout = 20 };
	size_t n_env = 0;
	int64_t n = 1, left = 0;
	int c, mode = 0;

	set_progname(argv[0]);
	while ((c = getopt(argc, argv, "+a:e:g:i:klprsS:t:wxz:")) != -1)
		switch (c) {
		case 'a': event = optarg; break;
		case 'e': env[n_env++] = optarg; break;
		case 'g':
			spec.root = strsep(&optarg, ":");
			spec.agent = optarg;
			break;
		case 'i':
			spec.mode = "interactive";
			num_parse(optarg, 0, 1000, &spec.done_linger);
			break;
		case 'S': num_parse(optarg, 0, 1000, &spec.stall_after); break;
		case 'k': spec.keep_leftovers = true; break;
		case 'p': spec.prompt_stdin = true; break;
		case 'r': spec.mode = "headless"; break;
		case 't': num_parse(optarg, 0, 1000, &spec.start_timeout); break;
		case 'z': num_parse(optarg, 0, 4000, &left); break;
		case 's': case 'x': case 'l': case 'w': mode = c; break;
		default: return EXIT_USAGE;
		}
	argv += optind;
	argc -= optind;
	if (argc < 2 || n_env > 62 || (argc > 2 && num_parse(argv[2], 1, 1000, &n) < 0))
		return EXIT_USAGE;
	open_state(argv[0]);
	if (mode == 'l')
		return run_alive(statefd, argv[1]) == LOCK_FREE;
	if (mode == 'w')
		hold(argv[1]);
	if (mode)
		finish(mode == 's' ? show(argv[1], n) : show_exit(argv[1], n));
	if (event) {
		append(argv[1], n, event, NULL, 0);
		return EXIT_OK;
	}
	if (left) {
		pad(left);
		return EXIT_OK;
	}
	if (argc < 7)
		return EXIT_USAGE;
	spec.worktree = argv[3];
	spec.common = argv[4];
	spec.branch = argv[5];
	spec.argv = (const char **)argv + 6;
	spec.resume = spec.mode && strcmp(spec.mode, "headless") == 0 ? spec.argv : NULL;
	make(argv[1], n, &spec);
	return EXIT_OK;
}
