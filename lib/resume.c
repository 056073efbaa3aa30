#include "resume.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "fs.h"
#include "hooklog.h"
#include "profile.h"

const char *
resume_unfit(const char *how, size_t len)
{
	return how && strcmp(how, "arg") == 0 && len > RESUME_ARG_MAX ?
	    "argument" : NULL;
}

/* The session to go on with: the one that was chosen for it, or the one that
 * it told its hooks. */
static const char *
session(int rundir, const struct run_spec *spec, struct arena *a)
{
	struct hooklog h;

	if (spec->session)
		return spec->session;
	return hooklog_read(rundir, &h, a) == 0 ? h.session : NULL;
}

static bool
mentions(const char **words, const char *what)
{
	for (; *words; words++)
		if (strstr(*words, what))
			return true;
	return false;
}

/* The path of the file, as the agent can open it. */
static char *
message_path(int rundir, struct arena *a)
{
	char *fd = arena_printf(a, "/proc/self/fd/%d", rundir), *dir = fs_realpath(fd);
	char *path = arena_printf(a, "%s/message.md", dir ? dir : ".");

	free(dir);
	return path;
}

/* What runs spec's agent for m, into out.  NULL, or what stands against it. */
static const char *
prepare(int rundir, const struct run_spec *spec, const struct message *m,
    struct run_spec *out, struct arena *a)
{
	const char *why, *id = session(rundir, spec, a);
	const struct word_value values[] = {
		{ "prompt", m->text }, { "prompt_file", message_path(rundir, a) },
		{ "session", id }, { NULL, NULL },
	};
	size_t n = 0;

	if (mentions(spec->resume, "{{session}}") && !id)
		return "session";
	if (mentions(spec->resume, "{{prompt}}") && resume_unfit("arg", m->len))
		return "argument";
	if (fs_replace(rundir, "message.md", m->text, m->len) < 0)
		return "disk";
	*out = *spec;
	out->setup = NULL;
	out->prompt_name = "message.md";
	out->prompt_stdin = !profile_has_prompt(spec->resume);
	while (spec->resume[n])
		n++;
	out->argv = arena_alloc(a, (n + 1) * sizeof *out->argv);
	for (size_t i = 0; i < n; i++) {
		out->argv[i] = template_fill(a, spec->resume[i], values, &why);
		if (!out->argv[i])
			return "profile";
	}
	return NULL;
}

static bool
append(struct journal *j, const char *id, int64_t n, const struct message *m,
    int64_t run, struct arena *a)
{
	const struct journal_kv kv[] = {
		{ "message", arena_printf(a, "%lld", (long long)m->number) },
		{ "run", arena_printf(a, "%lld", (long long)run) },
	};

	return journal_append(j, id, n, EV_RESUMED, kv, sizeof kv / sizeof *kv) == 0;
}

bool
resume_take(struct journal *j, const char *id, int64_t n, int rundir,
    const struct run_spec *spec, int64_t run, struct message *m,
    struct run_spec *out, struct arena *a)
{
	while (inbox_next(rundir, m, a) > 0) {
		const char *why = prepare(rundir, spec, m, out, a);

		/* What cannot be known to be in hand is not handed over. */
		if (!why && inbox_set(rundir, m, MESSAGE_TYPING, "resumed") < 0)
			return false;
		FAULT_POINT("resumed");
		if (!why && append(j, id, n, m, run, a))
			return true;
		warn("%s.%lld: message %lld: %s", id, (long long)n,
		    (long long)m->number, why ? why : "the journal cannot be written");
		if (inbox_set(rundir, m, MESSAGE_REFUSED, why ? why : "failed") < 0 || !why)
			return false;
	}
	return false;
}
