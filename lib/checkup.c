#include "checkup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front.h"
#include "num.h"
#include "prefix.h"
#include "proc.h"
#include "profile.h"
#include "program.h"
#include "term.h"
#include "utf8.h"

enum { ASK_MS = 10000, QUEUE_MS = 60000 };

enum { F_CHECK, F_RESULT, F_FACT, F_SOURCE, F_REMEDY, F_N };
static const struct rec_column columns[F_N] = {
	[F_CHECK]  = { .name = "check", .type = REC_WORD },
	[F_RESULT] = { .name = "result", .type = REC_WORD },
	[F_FACT]   = { .name = "fact", .type = REC_TEXT },
	[F_SOURCE] = { .name = "source", .type = REC_TEXT },
	[F_REMEDY] = { .name = "remedy", .type = REC_TEXT },
};
const struct rec_kind rec_finding = { .name = "finding", .column = columns,
	.n = F_N, .n_v1 = F_N, .color_column = F_RESULT };

static const char *const result_names[] = {
	[FINDING_OK] = "ok", [FINDING_ABSENT] = "absent", [FINDING_WARN] = "warn",
	[FINDING_BAD] = "bad",
};

void
finding_add(struct checkup *c, const char *check, enum finding_result r,
    const char *fact, const char *remedy)
{
	GROW(c->v, c->n, c->cap);
	c->v[c->n++] = (struct finding){ arena_strdup(&c->arena, check), r,
	    fact ? arena_strdup(&c->arena, fact) : NULL, NULL,
	    remedy && r >= FINDING_WARN ? arena_strdup(&c->arena, remedy) : NULL };
}

/* --- programs --- */

/* The first "12.3" in a text, as 1203; 0: there is none. */
static int64_t
version_of(const char *text)
{
	char *end;
	long major, minor = 0;

	text += strcspn(text, "0123456789");
	if (!*text)
		return 0;
	major = strtol(text, &end, 10);
	if (*end == '.' && end[1] >= '0' && end[1] <= '9')
		minor = strtol(end + 1, NULL, 10);
	return major * 100 + minor;
}

static void
check_program(struct checkup *c, const char *name, const char *flag,
    int64_t least, enum finding_result lack, const char *use)
{
	const char *const argv[] = { name, flag, NULL };
	struct proc p = { .argv = argv, .timeout_ms = ASK_MS, .out = BUF_INIT,
	    .err = BUF_INIT };
	const char *check = arena_printf(&c->arena, "program.%s", name);
	char *path = program_find(name, &c->arena);

	if (!path) {
		finding_add(c, check, lack, arena_printf(&c->arena, "not on PATH; %s", use),
		    arena_printf(&c->arena, "install %s", name));
		return;
	}
	if (proc_run(&p) < 0 || p.code != 0) {
		finding_add(c, check, FINDING_BAD, arena_printf(&c->arena,
		    "%s %s: %s", path, flag, p.code > 0 ? proc_complaint(&p) :
		    strerror(errno)), arena_printf(&c->arena, "install %s anew", name));
	} else {
		p.out.s[strcspn(p.out.s, "\n")] = '\0';
		bool old = version_of(p.out.s) < least;

		finding_add(c, check, old ? FINDING_BAD : FINDING_OK,
		    arena_printf(&c->arena, "%s, %s", p.out.s, path),
		    arena_printf(&c->arena, "needs %lld.%lld or newer",
		    (long long)least / 100, (long long)least % 100));
	}
	proc_release(&p);
}

void
checkup_programs(struct checkup *c)
{
	check_program(c, "git", "--version", 230, FINDING_BAD, "needed for worktrees");
	check_program(c, "tmux", "-V", 302, FINDING_BAD, "needed to start workers");
	check_program(c, "flock", "--version", 200, FINDING_BAD,
	    "needed by jared-heartbeat");
	check_program(c, "jq", "--version", 105, FINDING_WARN,
	    "for pipelines of JSON; no tool needs it");
	finding_add(c, "program.jared", FINDING_OK, arena_printf(&c->arena,
	    "%s, %s", JARED_VERSION, prefix_bin()), NULL);
	check_program(c, arena_printf(&c->arena, "%s/jared-run", prefix_libexec()),
	    "--version", 0, FINDING_BAD, "the supervisor");
	c->v[c->n - 1].check = "program.jared-run";
}

bool
checkup_tools(struct checkup *c, const char *dir)
{
	const char *root = getenv("JARED_ROOT");
	const char *const argv[] = {
		arena_printf(&c->arena, "%s/jared-queue", prefix_bin()), "-C",
		dir ? dir : root ? root : ".", "-o", "state", NULL,
	};
	struct proc p = { .argv = argv, .timeout_ms = QUEUE_MS, .out = BUF_INIT,
	    .err = BUF_INIT };
	size_t n = 0, invalid = 0;
	bool sound;

	sound = proc_run(&p) == 0 && p.code >= 0;
	for (const char *s = p.out.s; *s; s += strcspn(s, "\n") + 1) {
		n++;
		invalid += strncmp(s, "invalid\n", 8) == 0;
	}
	/* What else it fails at leaves records, and has findings of its own. */
	if (n == 0 && (p.code == EXIT_FAIL || p.code == EXIT_USAGE))
		sound = false;
	if (!sound)
		finding_add(c, "tasks", FINDING_BAD, proc_complaint(&p),
		    "mend what it names");
	else
		finding_add(c, "tasks", invalid || !n ? FINDING_WARN : FINDING_OK,
		    arena_printf(&c->arena, "%zu, of which %zu invalid", n, invalid),
		    n ? "jared task check" : "jared init; jared task new 'What is to be done'");
	proc_release(&p);
	return sound;
}

/* --- settings --- */

/* As it would be written in a variable. */
static char *
shown(struct arena *a, const struct yaml *y)
{
	struct buf b = BUF_INIT;
	char *s;

	if (y->kind == YAML_SCALAR)
		buf_addstr(&b, y->value ? y->value : "");
	for (const struct yaml *e = y->child; e; e = e->next) {
		char *inner = shown(a, e);

		buf_addf(&b, "%s%s%s%s", e == y->child ? "" : " ",
		    y->kind == YAML_MAP ? e->key : "", y->kind == YAML_MAP ? "=" : "",
		    inner);
	}
	s = arena_strdup(a, b.s);
	buf_release(&b);
	return s;
}

void
checkup_settings(struct checkup *c, const struct queue *q)
{
	const char *key, *text;

	for (size_t i = 0; (key = config_key(i, &text, &c->arena)); i++) {
		const struct config_said *said = q->config.said;
		const char *source = "default";

		while (said && strcmp(said->key, key) != 0)
			said = said->next;
		/* A key without a value is as none. */
		if (said && said->value->kind == YAML_SCALAR && !said->value->value)
			said = NULL;
		if (said) {
			text = shown(&c->arena, said->value);
			source = said->line ? arena_printf(&c->arena, "%s:%zu",
			    said->file, said->line) : arena_strdup(&c->arena, said->file);
		}
		finding_add(c, arena_printf(&c->arena, "setting.%s", key), FINDING_OK,
		    text, NULL);
		c->v[c->n - 1].source = source;
	}
}

/* --- agents --- */

static void
check_login(struct checkup *c, const struct profile *p, const char *check)
{
	struct proc run = { .argv = p->login, .timeout_ms = ASK_MS, .out = BUF_INIT,
	    .err = BUF_INIT };
	const char *words = NULL;

	for (size_t i = 0; p->login[i]; i++)
		words = words ? arena_printf(&c->arena, "%s %s", words, p->login[i]) :
		    p->login[i];
	if (proc_run(&run) < 0)
		finding_add(c, check, FINDING_WARN, arena_printf(&c->arena, "'%s': %s",
		    words, strerror(errno)), "try it by hand");
	else
		finding_add(c, check, run.code == 0 ? FINDING_OK : FINDING_BAD,
		    arena_printf(&c->arena, "'%s': status %d", words, run.code),
		    arena_printf(&c->arena, "log in to %s", p->name));
	proc_release(&run);
}

/* Only the profile without words takes those that are configured. */
static void
check_agent(struct checkup *c, const struct queue *q, const char *name, bool login)
{
	bool ours = strcmp(name, q->config.agent) == 0;
	const char *check = arena_printf(&c->arena, "agent.%s", name), *why, *program;
	const char **argv;
	struct profile p;

	if (profile_try(&p, q->repo.root, name, &c->arena, &why) < 0) {
		finding_add(c, check, FINDING_BAD, why, "mend the profile");
		return;
	}
	argv = p.interactive ? p.interactive : p.headless ? p.headless :
	    q->config.command;
	program = argv && argv[0] ? program_find(argv[0], &c->arena) : NULL;
	if (!argv || !argv[0])
		finding_add(c, check, ours ? FINDING_BAD : FINDING_ABSENT,
		    "no 'command' is set", "set 'command' in jared.yaml");
	else if (!program)
		finding_add(c, check, ours ? FINDING_BAD : FINDING_ABSENT,
		    arena_printf(&c->arena, "%s is not on PATH%s", argv[0], ours ?
		    ", and it is the one that is set" : ""),
		    "install it, or set another 'agent' in jared.yaml");
	else
		finding_add(c, check, FINDING_OK, arena_printf(&c->arena, "%s%s",
		    program, ours ? ", the one that is set" : ""), NULL);
	if (program && login && p.login && p.login[0])
		check_login(c, &p, arena_printf(&c->arena, "login.%s", name));
	profile_release(&p);
}

void
checkup_agents(struct checkup *c, const struct queue *q, bool login)
{
	const char **name = prefix_names(q->repo.root, "agents", &c->arena);
	bool known = false;

	for (; *name; name++) {
		known |= strcmp(*name, q->config.agent) == 0;
		check_agent(c, q, *name, login);
	}
	if (!known)
		finding_add(c, arena_printf(&c->arena, "agent.%s", q->config.agent),
		    FINDING_BAD, "there is no such profile",
		    "set another 'agent' in jared.yaml, or write its profile");
}

/* --- output --- */

void
checkup_put(const struct checkup *c, struct rec_out *out, bool all)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct finding *f = &c->v[i];
		char *v[F_N] = { [F_CHECK] = (char *)f->check,
		    [F_RESULT] = (char *)result_names[f->result],
		    [F_FACT] = (char *)f->fact, [F_SOURCE] = (char *)f->source,
		    [F_REMEDY] = (char *)f->remedy };

		if (all || f->result >= FINDING_WARN)
			rec_put(out, v);
	}
}

void
checkup_text(const struct checkup *c, bool all)
{
	struct term t;
	struct buf b = BUF_INIT;

	term_ask(&t, stdout);
	t.color &= isatty(STDOUT_FILENO);
	for (size_t i = 0; i < c->n; i++) {
		const struct finding *f = &c->v[i];
		const char *name = result_names[f->result], *sgr = term_color(name);

		if (!all && f->result < FINDING_WARN)
			continue;
		if (t.color && sgr)
			buf_addf(&b, "\033[%sm%-6s\033[m  ", sgr, name);
		else
			buf_addf(&b, "%-6s  ", name);
		buf_addf(&b, "%-24s  ", f->check);
		(void)utf8_add_safe(&b, f->fact ? f->fact : "-", -1);
		if (f->source)
			buf_addf(&b, "  (%s)", f->source);
		buf_addch(&b, '\n');
		if (f->remedy) {
			buf_addf(&b, "%34s", "");
			(void)utf8_add_safe(&b, f->remedy, -1);
			buf_addch(&b, '\n');
		}
	}
	fwrite(b.s, 1, b.len, stdout);
	buf_release(&b);
}

int
checkup_status(const struct checkup *c)
{
	int worst = FINDING_OK;

	for (size_t i = 0; i < c->n; i++)
		if ((int)c->v[i].result > worst)
			worst = (int)c->v[i].result;
	return worst == FINDING_BAD ? EXIT_FAIL : worst == FINDING_WARN ? EXIT_NONE :
	    EXIT_OK;
}

void
checkup_release(struct checkup *c)
{
	free(c->v);
	arena_release(&c->arena);
	*c = (struct checkup){ .n = 0 };
}
