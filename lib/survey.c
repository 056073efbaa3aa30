#include "survey.h"

#include <fts.h>
#include <string.h>
#include <sys/stat.h>

static FTS *
open_walk(const char *path)
{
	char *const roots[] = { (char *)path, NULL };

	return fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

static void
note(const char **what, const FTSENT *e, size_t skip, struct arena *a)
{
	if (!*what)
		*what = arena_strdup(a, e->fts_pathlen > skip ? e->fts_path + skip : ".");
}

void
survey_tree(const char *path, struct survey *s, struct arena *a)
{
	size_t skip = strlen(path) + 1;
	FTS *walk = open_walk(path);
	FTSENT *e;
	dev_t dev = 0;

	*s = (struct survey){ 0 };
	if (!walk)
		s->unreadable = ".";
	while (walk && (e = fts_read(walk))) {
		if (e->fts_info == FTS_DP)
			continue;
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR ||
		    e->fts_info == FTS_NS) {
			note(&s->unreadable, e, skip, a);
			continue;
		}
		if (e->fts_level == 0)
			dev = e->fts_statp->st_dev;
		if (e->fts_statp->st_dev != dev) {
			note(&s->mount, e, skip, a);
			fts_set(walk, e, FTS_SKIP);
		}
		if (e->fts_level > 1 && strcmp(e->fts_name, ".git") == 0)
			note(&s->nested, e, skip, a);
		s->bytes += (int64_t)e->fts_statp->st_blocks * 512;
	}
	if (walk)
		fts_close(walk);
}

bool
survey_has_files(const char *path)
{
	FTS *walk = open_walk(path);
	FTSENT *e;
	bool found = false;

	while (walk && !found && (e = fts_read(walk)))
		found = e->fts_level > 0 && e->fts_info != FTS_D && e->fts_info != FTS_DP;
	if (walk)
		fts_close(walk);
	return found;
}
