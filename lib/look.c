#include "look.h"

#include <string.h>
#include <unistd.h>

#include "about.h"
#include "evidence.h"
#include "repo.h"
#include "run.h"
#include "tmux.h"

struct known {                      /* a profile that was read, or could not be */
	struct known *next;
	const char *root;
	bool good;
	struct profile profile;
};

struct one {
	int dir;                    /* its run directory, or -1 */
	struct run_about about;
	const struct profile *profile;  /* NULL: unknown */
	const char *title;
	const char *target;         /* what tmux is asked for; NULL: nothing */
	size_t shot;
};

static const struct profile *
profile_of(struct known **list, const struct run_about *about, struct arena *a)
{
	struct known *k = *list;
	const char *why;

	for (; k; k = k->next)
		if (strcmp(k->profile.name, about->agent) == 0 &&
		    strcmp(k->root, about->root) == 0)
			return k->good ? &k->profile : NULL;
	k = arena_alloc(a, sizeof *k);
	k->root = about->root;
	k->good = profile_try(&k->profile, about->root, about->agent, a, &why) == 0;
	k->next = *list;
	*list = k;
	return k->good ? &k->profile : NULL;
}

/* Of one that has ended badly, what its status means. */
static bool
has_meaning(const struct run_verdict *v)
{
	return v->state == RS_EXITED && v->code > 0 && !v->reason;
}

/* An attempt from before there was such a file ran without a profile of today. */
static void
read_about(struct one *o, const struct look *l, const struct world *w,
    struct known **profiles, struct arena *a)
{
	*o = (struct one){ .dir = -1 };
	if (!l->verdict->live && !has_meaning(l->verdict))
		return;
	o->dir = run_dir(w->repo->statefd, l->at->id, l->at->n, false);
	if (o->dir < 0 || run_about_read(o->dir, &o->about, a) < 0)
		o->about = (struct run_about){ .agent = l->at->agent, .mode = "headless" };
	if (o->about.root)
		o->profile = profile_of(profiles, &o->about, a);
	if (l->verdict->live && evidence_wants_screen(o->profile, &o->about))
		o->target = l->at->pane ? l->at->pane : l->at->session;
}

/* Of several panes of its session the one whose process is its supervisor. */
static void
place(struct look *l, struct one *o, const struct tmux_pane *pane, int n)
{
	bool sure = false;

	for (int i = 0; i < n && l->at->session && !sure; i++) {
		if (strcmp(pane[i].session, l->at->session) != 0)
			continue;
		sure = pane[i].pid == l->at->pid.pid;
		l->pane = pane[i].id;
		o->title = pane[i].title;
	}
}

static int
ask_tmux(struct look *l, struct one *o, size_t n, const struct world *w,
    struct tmux_shot *shot, size_t n_shot, struct arena *a, const char **why)
{
	struct tmux_pane *pane;
	struct tmux t;
	int n_pane = -1;

	if (tmux_init(&t, w->repo->state, w->repo->statefd, false, a, why) == 0)
		n_pane = tmux_look(&t, a, &pane, shot, n_shot, why);
	tmux_release(&t);
	for (size_t i = 0; i < n && n_pane > 0; i++)
		place(&l[i], &o[i], pane, n_pane);
	return n_pane < 0 ? -1 : 0;
}

static void
judge(const struct look *l, const struct one *o, const struct tmux_shot *shot,
    bool asked, struct arena *a)
{
	struct run_verdict *v = l->verdict;
	struct sight sight = { .title = o->title };
	struct evidence e;

	if (v->live && o->dir >= 0) {
		/* A pane's name may be another's by now. */
		if (o->target && l->pane && (!l->at->pane ||
		    strcmp(l->pane, l->at->pane) == 0))
			sight.screen = shot[o->shot].screen;
		evidence_judge(o->dir, o->profile, &o->about, &v->agent,
		    l->at->started.wall, asked ? &sight : NULL, a, &e);
		if (run_state_parse(e.state, &v->state) < 0 ||
		    v->state < RS_STARTING || v->state > RS_UNKNOWN)
			v->state = RS_UNKNOWN;
		v->evidence = e.source;
		v->since = e.since;
		v->reason = e.reason;
		v->text = e.text;
	} else if (o->profile && has_meaning(v)) {
		v->reason = profile_exit(o->profile, v->code);
	}
}

int
look_at(struct look *l, size_t n, const struct world *w, enum look_ask ask,
    struct arena *a, const char **why)
{
	struct one *o = arena_alloc(a, (n + 1) * sizeof *o);
	struct tmux_shot *shot = arena_alloc(a, (n + 1) * sizeof *shot);
	struct known *profiles = NULL;
	size_t n_shot = 0;
	bool asked = false;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		read_about(&o[i], &l[i], w, &profiles, a);
		if (!o[i].target)
			continue;
		o[i].shot = n_shot;
		shot[n_shot++].target = o[i].target;
	}
	if (ask == LOOK_PANES || (ask == LOOK_SCREENS && n_shot)) {
		r = ask_tmux(l, o, n, w, shot, n_shot, a, why);
		asked = r == 0;
	}
	for (size_t i = 0; i < n; i++) {
		judge(&l[i], &o[i], shot, asked, a);
		if (o[i].dir >= 0)
			close(o[i].dir);
	}
	for (struct known *k = profiles; k; k = k->next)
		profile_release(&k->profile);
	return r;
}
