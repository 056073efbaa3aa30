#include "agentfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "json.h"
#include "num.h"

enum { FILE_MAX = 64 * 1024, ENTRIES = 4096 };

static const struct { const char *word, *state; } states[] = {
	{ "idle", "idle" }, { "busy", "working" }, { "waiting", "waiting" },
};

static const struct { const char *word, *reason; } reasons[] = {
	{ "permission prompt", "permission" }, { "input needed", "question" },
	{ "dialog open", "dialog" }, { "worker request", "permission" },
	{ "sandbox request", "permission" },
};

static int64_t
number(const struct json_object *o, const char *key)
{
	const struct json_member *m = json_get(o, key);
	int64_t n = 0;

	if (m && m->text)
		(void)num_parse(m->text, 0, INT64_MAX, &n);
	return n;
}

/* Written by a process that lives, of that session? */
static bool
is_theirs(const struct json_object *o, pid_t pid, const char *session)
{
	const char *id = json_text(o, "sessionId");
	struct proc_id writer = { pid, (uint64_t)number(o, "procStart") };

	if (number(o, "pid") != pid || !proc_lives(&writer))
		return false;
	return !session || (id && strcmp(id, session) == 0);
}

static int
understand(const struct json_object *o, struct agentfile *out)
{
	const char *status = json_text(o, "status"), *why = json_text(o, "waitingFor");

	*out = (struct agentfile){ .since = number(o, "statusUpdatedAt") / 1000 };
	for (size_t i = 0; status && i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].word, status) == 0)
			out->state = states[i].state;
	for (size_t i = 0; why && i < sizeof reasons / sizeof *reasons; i++)
		if (strcmp(reasons[i].word, why) == 0)
			out->reason = reasons[i].reason;
	return out->state ? 0 : -1;
}

static int
read_one(int dir, pid_t pid, const char *session, struct agentfile *out,
    struct arena *a)
{
	char *name = arena_printf(a, "%ld.json", (long)pid);
	struct json_object o;
	struct buf b = BUF_INIT;
	int r = -1;

	if (fs_read(dir, name, FILE_MAX, &b) == 0 && json_skim(b.s, a, &o) == 0 &&
	    is_theirs(&o, pid, session))
		r = understand(&o, out);
	buf_release(&b);
	return r;
}

/* The agent may be a wrapper of who writes the file. */
static int
search(int dir, const char *session, struct agentfile *out, struct arena *a)
{
	int copy = fcntl(dir, F_DUPFD_CLOEXEC, 0), r = -1;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!d && copy >= 0)
		close(copy);
	for (int n = 0; d && r < 0 && n < ENTRIES && (e = readdir(d)); n++) {
		size_t len = strspn(e->d_name, "0123456789");
		int64_t pid;

		if (strcmp(e->d_name + len, ".json") != 0)
			continue;
		e->d_name[len] = '\0';
		if (num_parse(e->d_name, 1, INT32_MAX, &pid) == 0)
			r = read_one(dir, (pid_t)pid, session, out, a);
	}
	if (d)
		closedir(d);
	return r;
}

int
agentfile_read(const char *path, const struct proc_id *agent, const char *session,
    struct agentfile *out, struct arena *a)
{
	int dir = fs_open_dir(AT_FDCWD, path), r = -1;

	if (dir < 0)
		return -1;
	if (agent->pid > 0)
		r = read_one(dir, agent->pid, session, out, a);
	if (r < 0 && session)
		r = search(dir, session, out, a);
	close(dir);
	return r;
}
