#include "dispatcher.h"

#include <stdlib.h>
#include <string.h>

#include "setup.h"

static void
find_base(struct dispatcher *d)
{
	const struct queue *q = d->q;
	char *head = NULL, *ref;

	d->onto = q->config.base;
	if (!d->onto) {
		head = git_head_branch(q->repo.commonfd);
		if (!head)
			die(EXIT_FAIL, "%s: the main checkout is on no branch: check "
			    "one out, or set 'base' in jared.yaml", q->repo.root);
		d->onto = arena_strdup(&d->arena, head);
		free(head);
	}
	ref = arena_printf(&d->arena, "refs/heads/%s", d->onto);
	if (git_ref_read(q->repo.commonfd, ref, d->base) < 0)
		die(EXIT_FAIL, "%s: branch '%s' has no commit to start from",
		    q->repo.root, d->onto);
}

static void
find_branches(struct dispatcher *d)
{
	const char *prefix = d->q->config.branch_prefix, *why;

	d->n_branch = git_branches(d->q->repo.root, prefix, &d->arena, &d->branch, &why);
	if (d->n_branch < 0)
		die(EXIT_FAIL, "cannot list branches: %s", why);
	for (int i = 0; i < d->n_branch; i++)
		if (strcmp(d->branch[i].name, prefix) == 0)
			die(EXIT_FAIL, "branch '%s' stands where 'branch_prefix: %s' puts "
			    "task branches: rename it or set another branch_prefix",
			    prefix, prefix);
}

void
dispatcher_init(struct dispatcher *d, struct queue *q, bool dry)
{
	const char *why;

	*d = (struct dispatcher){ .q = q };
	setup_need_trust(&q->repo, &q->config);
	d->setup_hash = setup_hash(&q->repo, &q->config, &d->arena);
	find_base(d);
	find_branches(d);
	witness_demand(&q->repo, &q->journal, q->config.branch_prefix);
	witness_trees(&d->tree, &q->repo);
	profile_load(&d->profile, q->repo.root, &q->config, &d->arena);
	if (tmux_init(&d->tmux, q->repo.state, q->repo.statefd, !dry, &d->arena, &why) < 0)
		die(EXIT_FAIL, "%s", why);
}
