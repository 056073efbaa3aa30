#include "view.h"

#include "clock.h"
#include "fault.h"

static void
open_journal(struct view *v)
{
	if (journal_open(&v->journal, v->repo.statefd) < 0)
		die_errno(EXIT_FAIL, "cannot read the journal");
}

void
view_open(struct view *v, const char *dir, enum repo_need need)
{
	*v = (struct view){ .arena = { 0 } };
	repo_open(&v->repo, dir, need);
	fault_init(v->repo.state);
	open_journal(v);
	config_load(&v->config, v->repo.root, &v->arena);
	v->world = (struct world){ .repo = &v->repo, .config = &v->config,
	    .journal = &v->journal, .now = clock_now() };
}

void
view_refresh(struct view *v, const char *dir)
{
	if (v->repo.statefd < 0) {
		journal_close(&v->journal);
		repo_close(&v->repo);
		repo_open(&v->repo, dir, REPO_GIT);
		open_journal(v);
	} else if (journal_refresh(&v->journal) < 0) {
		die_errno(EXIT_FAIL, "cannot read the journal");
	}
	v->world.now = clock_now();
}

void
view_close(struct view *v)
{
	journal_close(&v->journal);
	repo_close(&v->repo);
	arena_release(&v->arena);
}
