#include "eyes.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "proc.h"

void
eyes_open(struct eyes *e, int dir, const struct run_spec *spec,
    const struct profile *p)
{
	const char *tmux = getenv("TMUX");

	*e = (struct eyes){ .dir = dir, .profile = p, .started = clock_now() };
	e->about = (struct run_about){ .root = spec->root, .agent = spec->agent,
	    .mode = spec->mode, .session = spec->session };
	/* It tells more, as where the agent keeps its status. */
	(void)run_about_read(dir, &e->about, &e->arena);
	e->pane = getenv("TMUX_PANE");
	if (tmux && strchr(tmux, ','))
		e->socket = arena_strndup(&e->arena, tmux, strcspn(tmux, ","));
}

void
eyes_close(struct eyes *e)
{
	arena_release(&e->arena);
	*e = (struct eyes){ .dir = -1 };
}

/* The visible lines, or NULL. */
static const char *
screen(const struct eyes *e, struct arena *a)
{
	const char *const argv[] = { "tmux", "-u", "-S", e->socket, "capture-pane",
		"-p", "-t", e->pane, NULL };
	struct proc p = { .argv = argv, .timeout_ms = EYES_MS,
	    .out = BUF_INIT, .err = BUF_INIT };
	const char *text = NULL;

	if (!e->socket || !e->pane)
		return NULL;
	if (proc_run(&p) == 0 && p.code == 0)
		text = arena_strndup(a, p.out.s, p.out.len);
	proc_release(&p);
	return text;
}

void
eyes_look(const struct eyes *e, pid_t agent, enum eyes_how how, struct arena *a,
    struct evidence *out)
{
	struct sight s = { .title = NULL };
	struct proc_id id = { 0 };

	(void)proc_identify(agent, &id);
	if (how == EYES_SCREEN)
		s.screen = screen(e, a);
	evidence_judge(e->dir, e->profile, &e->about, &id,
	    e->started, s.screen ? &s : NULL, a, out);
}
