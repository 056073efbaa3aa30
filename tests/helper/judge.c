/*
 * judge - what is said of workers, from files
 *
 * Standard input has a record for each:
 *     name agent mode title screen rundir statusdir session pid
 * title and screen are files, the others are as in evidence.h.  Prints name,
 * state, reason, source, text.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "evidence.h"
#include "fs.h"
#include "num.h"
#include "tsv.h"

enum { NAME, AGENT, MODE, TITLE, SCREEN, RUNDIR, STATUSDIR, SESSION, PID, N };

static struct arena arena;

static const char *
contents(const char *path)
{
	struct buf b = BUF_INIT;
	const char *s;

	if (!path)
		return NULL;
	if (fs_read(AT_FDCWD, path, 1 << 20, &b) < 0)
		die_errno(EXIT_FAIL, "cannot read '%s'", path);
	s = arena_strdup(&arena, b.s);
	buf_release(&b);
	return s;
}

static void
judge(char **f)
{
	struct run_about about = { .agent = f[AGENT], .mode = f[MODE],
	    .status_dir = f[STATUSDIR], .session = f[SESSION] };
	struct sight sight = { contents(f[TITLE]), contents(f[SCREEN]) };
	struct proc_id agent = { 0 };
	struct profile p;
	struct evidence e;
	const char *why;
	int64_t pid;
	int dir = fs_open_dir(AT_FDCWD, f[RUNDIR] ? f[RUNDIR] : ".");

	if (f[PID] && num_parse(f[PID], 1, INT32_MAX, &pid) == 0)
		(void)proc_identify((pid_t)pid, &agent);
	if (profile_try(&p, NULL, f[AGENT], &arena, &why) < 0)
		die(EXIT_FAIL, "%s", why);
	evidence_judge(dir, &p, &about, &agent, clock_now() - 60, &sight, &arena, &e);
	tsv_put(stdout, f[NAME], '\t');
	tsv_put(stdout, e.state, '\t');
	tsv_put(stdout, e.reason, '\t');
	tsv_put(stdout, e.source, '\t');
	tsv_put(stdout, e.text, '\n');
	profile_release(&p);
	close(dir);
}

int
main(int argc, char *argv[])
{
	struct tsv t;

	(void)argc;
	set_progname(argv[0]);
	tsv_init(&t, stdin, "standard input");
	while (tsv_read(&t)) {
		if (t.n != N)
			die(EXIT_FAIL, "%zu: %zu fields", t.line, t.n);
		judge(t.field);
	}
	tsv_release(&t);
	arena_release(&arena);
	finish(EXIT_OK);
}
