#include "dryrun.h"

#include <string.h>

#include "prefix.h"
#include "proc.h"
#include "tsv.h"

/* What follows prefix in the first line that begins with it; NULL: none does. */
static char *
line_after(struct arena *a, const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	for (const char *s = text; s && *s; s = strchr(s, '\n'), s += s != NULL)
		if (strncmp(s, prefix, n) == 0)
			return arena_strndup(a, s + n, strcspn(s + n, "\n"));
	return NULL;
}

static const char *
describe(struct arena *a, char *record)
{
	char *v[TSV_MAXFIELD];
	const char *why;

	if (!record || tsv_split(record, v, TSV_MAXFIELD, &why) != 4)
		return NULL;
	return arena_printf(a, "attempt %s, branch %s, worktree %s, ports %s",
	    v[0], v[1], v[2], v[3]);
}

/* Its message is "TOOL: ID: CODE: FACT", or "TOOL: what is wrong for all". */
static void
read_refusal(const struct proc *p, const char *id, struct arena *a,
    const char **code, const char **fact)
{
	char *line = line_after(a, p->err.s, arena_printf(a, "jared-dispatch: %s: ", id));
	char *cut;

	if (!line) {
		*code = p->code == EXIT_RETRY ? "retry" : "broken";
		*fact = line_after(a, p->err.s, "jared-dispatch: ");
		return;
	}
	cut = strstr(line, ": ");
	if (cut)
		*cut = '\0';
	*code = line;
	*fact = cut ? cut + 2 : NULL;
}

void
dryrun(const struct repo *r, const struct task *t, struct arena *a,
    const char **code, const char **fact)
{
	const char *program = arena_printf(a, "%s/jared-dispatch", prefix_bin());
	/* Forced, because inside a worker it does no harm either. */
	const char *argv[] = { program, "-nF", "-C", r->root, "-o",
		"attempt,branch,worktree,ports", "--", t->file, NULL };
	struct proc p = { .argv = argv };

	if (proc_run(&p) < 0)
		die_errno(EXIT_FAIL, "cannot run '%s'", program);
	*code = "ok";
	*fact = p.code == EXIT_OK ? describe(a, line_after(a, p.out.s, "")) : NULL;
	if (!*fact)
		read_refusal(&p, t->id, a, code, fact);
	proc_release(&p);
}
