#include "retask.h"

#include <stdlib.h>
#include <string.h>

#include "linediff.h"
#include "textout.h"

/* Save what was edited, or show it. */
static int
save(struct taskedit *te, unsigned how)
{
	struct buf diff = BUF_INIT;

	if (!(how & RETASK_DRY))
		return taskedit_save(te);
	linediff(&diff, te->file, te->task ? &te->was : NULL, &te->now);
	textout(&diff);
	buf_release(&diff);
	return EXIT_OK;
}

/* A worker reads its task while it works, and its prompt has the old one. */
static int
check_idle(struct queue *q, const struct task *t, unsigned how)
{
	struct buf why = BUF_INIT;
	enum task_state s = state_task(&q->world, t, &why);

	buf_release(&why);
	if ((s != TS_CLAIMED && s != TS_RUNNING) || how & RETASK_FORCE)
		return EXIT_OK;
	warn("%s: a worker has it: %s; --force edits it all the same", t->id,
	    task_state_name(s));
	return EXIT_NONE;
}

int
retask_set(struct queue *q, const struct task *t, char **pair, int n, unsigned how)
{
	struct taskedit te = { .force = how & RETASK_FORCE, .team = &q->team };
	int status = check_idle(q, t, how);

	if (status != EXIT_OK)
		return status;
	status = taskedit_open(&te, &q->tasks, t);
	for (int i = 0; i < n && status == EXIT_OK; i++) {
		char *value = strchr(pair[i], '=');
		char *key = xstrndup(pair[i], (size_t)(value - pair[i]));

		status = taskedit_set(&te, key, value + 1);
		free(key);
	}
	if (status == EXIT_OK)
		status = save(&te, how);
	taskedit_close(&te);
	return status;
}

int
retask_status(struct queue *q, const struct task *t, enum status_word w, unsigned how)
{
	const char *word = taskedit_status(&q->layout, w);
	char *pair;
	int status;

	if (!word) {
		warn("the layout '%s' has no word for '%s'", q->layout.name,
		    status_word_name(w));
		return EXIT_NONE;
	}
	if (!t->error && t->status && t->word == w)
		return EXIT_OK;
	pair = xasprintf("status=%s", word);
	status = retask_set(q, t, &pair, 1, how);
	free(pair);
	return status;
}

int
retask_new(struct queue *q, const struct newtask *n, unsigned how, const char **file)
{
	struct taskedit te = { .force = how & RETASK_FORCE, .team = &q->team };
	int status = newtask_open(&te, &q->tasks, n);

	if (status == EXIT_OK && !(how & RETASK_DRY))
		status = newtask_place(&te);
	if (status == EXIT_OK)
		status = save(&te, how);
	*file = arena_strdup(&q->arena, te.file ? te.file : "");
	taskedit_close(&te);
	return status;
}

void
retask_put(const char *dir, const char *const *file, size_t n, struct rec_out *out)
{
	struct queue q;

	queue_load(&q, dir, REPO_ANY);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < q.n; j++)
			if (strcmp(q.item[j].task->file, file[i]) == 0)
				queue_put(&q, &q.item[j], out);
	queue_release(&q);
}
