#include "naming.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "num.h"

bool
naming_taken(const struct world *w, const char *path)
{
	struct stat st;

	return fstatat(w->repo->rootfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

void
naming_choose(const struct world *w, const char *id, int64_t n, struct arena *a,
    struct names *out)
{
	const struct ledger *l = journal_task(w->journal, id);
	const struct attempt *at = l ? l->newest : NULL;
	const struct config *c = w->config;

	while (at && at->state == AT_RELEASED)
		at = at->older;
	*out = (struct names){ .session = arena_printf(a, "jared-%s-%lld", id, (long long)n) };
	if (at && !c->retry_fresh && at->worktree && at->branch && at->base &&
	    naming_taken(w, at->worktree)) {
		out->worktree = at->worktree;
		out->branch = at->branch;
		out->base = at->base;
		return;
	}
	out->worktree = n == 1 ? arena_printf(a, "%s/%s", c->worktrees, id) :
	    arena_printf(a, "%s/%s.%lld", c->worktrees, id, (long long)n);
	out->branch = arena_printf(a, "%s/%s/%lld", c->branch_prefix, id, (long long)n);
}

int64_t
naming_witnessed(const struct git_branch *branch, int n_branch, const char *prefix,
    const char *id)
{
	char *mine = xasprintf("%s/%s", prefix, id);
	size_t len = strlen(mine);
	int64_t most = 0, n;

	for (int i = 0; i < n_branch && most >= 0; i++) {
		const char *name = branch[i].name;

		if (strcmp(name, mine) == 0)
			most = -1;
		else if (strncmp(name, mine, len) == 0 && name[len] == '/' &&
		    num_parse(name + len + 1, 1, INT64_MAX, &n) == 0 && n > most)
			most = n;
	}
	free(mine);
	return most;
}
