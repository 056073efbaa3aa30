#include "taskedit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "edit.h"
#include "front.h"
#include "fs.h"
#include "graph.h"
#include "swap.h"

/* --- the file --- */

/* Find and open the directory in which the file really is. */
static int
find_file(struct taskedit *te, const struct repo *r)
{
	char *path = xasprintf("%s/%s", r->root, te->file);
	char *real = fs_realpath(path), *slash;

	free(path);
	if (!real) {
		warn_errno("cannot find '%s'", te->file);
		return EXIT_FAIL;
	}
	if (repo_relative(r, real) == real) {
		warn("%s:1: a symbolic link that leaves the repository", te->file);
		free(real);
		return EXIT_FAIL;
	}
	slash = strrchr(real, '/');
	*slash = '\0';
	te->name = xstrdup(slash + 1);
	te->dirfd = fs_open_dir(AT_FDCWD, real);
	free(real);
	return te->dirfd < 0 ? EXIT_FAIL : EXIT_OK;
}

int
taskedit_open(struct taskedit *te, struct tasks *ts, const struct task *t)
{
	int status;

	*te = (struct taskedit){ .ts = ts, .task = t, .file = t->file, .dirfd = -1,
	    .was = BUF_INIT, .now = BUF_INIT, .force = te->force, .team = te->team };
	status = find_file(te, ts->repo);
	if (status != EXIT_OK)
		return status;
	if (fs_read(te->dirfd, te->name, TASK_FILE_MAX, &te->was) < 0) {
		warn_errno("cannot read '%s'", te->file);
		return EXIT_FAIL;
	}
	buf_add(&te->now, te->was.s, te->was.len);
	return EXIT_OK;
}

void
taskedit_close(struct taskedit *te)
{
	if (te->dirfd >= 0)
		close(te->dirfd);
	free(te->name);
	buf_release(&te->was);
	buf_release(&te->now);
	arena_release(&te->arena);
}

int
taskedit_save(struct taskedit *te)
{
	if (te->task && te->was.len == te->now.len &&
	    memcmp(te->was.s, te->now.s, te->was.len) == 0)
		return EXIT_OK;
	if ((te->task ? swap_file(te->dirfd, te->name, &te->was, &te->now) :
	    swap_create(te->dirfd, te->name, &te->now)) == 0)
		return EXIT_OK;
	switch (errno) {
	case EAGAIN:
		warn("%s: somebody else is writing it; left as it is", te->file);
		return EXIT_RETRY;
	case EEXIST:
		warn("%s: it exists", te->file);
		return EXIT_NONE;
	case EMLINK:
		warn("%s: the file has another name, a hard link, that would keep "
		    "the old text", te->file);
		return EXIT_FAIL;
	case EDEADLK:
		warn("%s: it was saved again and again meanwhile; one of these "
		    "versions is in .jared-task.%ld beside it", te->file,
		    (long)getpid());
		return EXIT_FAIL;
	default:
		warn_errno("cannot write '%s'", te->file);
		return EXIT_FAIL;
	}
}

/* --- keys --- */

/* Which of our keys a word means in this layout; KEY_N: none. */
static enum task_key
our_key(const struct layout *l, const char *key)
{
	for (int k = 0; k < KEY_N; k++)
		for (const char **alias = l->key[k]; *alias; alias++)
			if (strcmp(*alias, key) == 0)
				return (enum task_key)k;
	for (int k = 0; k < KEY_N; k++)
		if (strcmp(task_key_name((enum task_key)k), key) == 0)
			return (enum task_key)k;
	return KEY_N;
}

/* The word that the file has for it, first one that says something; else the
 * one that the layout prefers. */
static const char *
file_key(const struct layout *l, enum task_key k, const struct yaml *map)
{
	const char *empty = NULL;

	for (const char **alias = l->key[k]; *alias; alias++) {
		const struct yaml *y = yaml_get(map, *alias);

		if (y && (y->kind != YAML_SCALAR || y->value))
			return *alias;
		if (y && !empty)
			empty = *alias;
	}
	return empty ? empty : l->key[k][0];
}

static bool
is_new_key(const char *key)
{
	size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n > 0 && !key[n] && *key != '-';
}

/* --- values --- */

static int
refuse(const struct taskedit *te, const char *what, const char *value,
    const char *valid)
{
	warn("%s: bad %s '%s', valid: %s", te->file, what, value, valid);
	return EXIT_NONE;
}

const char *
taskedit_status(const struct layout *l, enum status_word w)
{
	for (size_t i = 0; i < l->n_status; i++)
		if (l->status[i].value == (int)w)
			return l->status[i].word;
	return NULL;
}

/* A word of the layout, as that spells it, or one of ours, which becomes one. */
static int
check_status(struct taskedit *te, const char **value)
{
	const struct layout *l = te->ts->layout;
	const char *valid = "", *word;

	for (size_t i = 0; i < l->n_status; i++)
		if (strcasecmp(l->status[i].word, *value) == 0) {
			*value = l->status[i].word;
			return EXIT_OK;
		}
	for (int w = 0; w < ST_NWORDS; w++) {
		word = taskedit_status(l, (enum status_word)w);
		if (word && strcmp(status_word_name((enum status_word)w), *value) == 0) {
			*value = word;
			return EXIT_OK;
		}
	}
	(void)layout_status(l, *value, &te->arena, &valid);
	return refuse(te, "status", *value, valid);
}

static int
check_priority(struct taskedit *te, const char *value)
{
	const struct layout *l = te->ts->layout;
	struct buf valid = BUF_INIT;
	int status = EXIT_OK;

	if (!*value || !l->n_priority || layout_priority(l, value) < INT_MAX - 1)
		return EXIT_OK;
	for (size_t i = 0; i < l->n_priority; i++)
		buf_addf(&valid, "%s%s", i ? ", " : "", l->priority[i].word);
	status = refuse(te, "priority", value, valid.s);
	buf_release(&valid);
	return status;
}

static int
check_id(struct taskedit *te, const char *value)
{
	const char *id = taskid_make(&te->arena, value);
	const struct task *other;

	if (!taskid_valid(id))
		return refuse(te, "id", value, "letters, digits and '-', at most "
		    "120 of them");
	other = tasks_get(te->ts, id);
	if (!other || other == te->task)
		return EXIT_OK;
	warn("%s: id '%s' is that of %s", te->file, id, other->file);
	return EXIT_NONE;
}

static int
check_depends(struct taskedit *te, const char *value)
{
	char *list = arena_strdup(&te->arena, value), *word;
	int status = EXIT_OK;

	while ((word = strsep(&list, ","))) {
		const struct task *t;
		size_t n;

		word += strspn(word, " ");
		for (n = strlen(word); n > 0 && word[n - 1] == ' '; n--)
			word[n - 1] = '\0';
		if (!*word)
			continue;
		t = te->task ? graph_meant(te->ts, te->task, word, &n) :
		    tasks_find(te->ts, word, &n);
		if (t && t != te->task)
			continue;
		warn("%s: dependency '%s': %s", te->file, word, t ?
		    "the task itself" : n ? "more than one task" : "no such task");
		status = EXIT_NONE;
	}
	return status;
}

static int
check_owner(struct taskedit *te, const char *value)
{
	size_t n;

	if (!*value || !te->team || !te->team->n || team_find(te->team, value, &n))
		return EXIT_OK;
	return refuse(te, "owner", value, team_valid(te->team, &te->arena));
}

/* Would the file say something that makes sense? */
static int
check_value(struct taskedit *te, enum task_key k, const char **value)
{
	int64_t when;

	switch (k) {
	case KEY_ID:
		return check_id(te, *value);
	case KEY_STATUS:
		return check_status(te, value);
	case KEY_PRIORITY:
		return check_priority(te, *value);
	case KEY_DEPENDS_ON:
		return check_depends(te, *value);
	case KEY_OWNER:
		return check_owner(te, *value);
	case KEY_CREATED:
	case KEY_HOLD_UNTIL:
		return !**value || clock_parse(*value, &when) == 0 ? EXIT_OK :
		    refuse(te, task_key_name(k), *value, "2026-11-22, "
			"2026-11-22 10:00, 2026-11-22T10:00:00Z");
	case KEY_TITLE:
	case KEY_WORKSTREAM:
	case KEY_MILESTONE:
	case KEY_PATHS:
	case KEY_GATES:
	case KEY_PARENT:
	case KEY_N:
		break;
	}
	return EXIT_OK;
}

static enum edit_as
edit_as(enum task_key k)
{
	switch (k) {
	case KEY_DEPENDS_ON:
	case KEY_PATHS:
	case KEY_GATES:
		return EDIT_LIST;
	case KEY_ID:
	case KEY_TITLE:
	case KEY_WORKSTREAM:
	case KEY_MILESTONE:
	case KEY_OWNER:
	case KEY_PARENT:
		return EDIT_TEXT;
	case KEY_STATUS:
	case KEY_PRIORITY:
	case KEY_CREATED:
	case KEY_HOLD_UNTIL:
	case KEY_N:
		break;
	}
	return EDIT_WORD;
}

/* The map that the file now holds; NULL if it holds none, which edit_set says. */
static const struct yaml *
parse_now(struct taskedit *te)
{
	const char *why;
	struct front f;
	size_t line;

	return front_cut(te->now.s, te->now.len, &f) != FRONT_OK ? NULL :
	    yaml_parse_front(te->now.s + f.yaml, f.yaml_len, &te->arena, &why, &line);
}

int
taskedit_set(struct taskedit *te, const char *key, const char *value)
{
	const struct layout *l = te->ts->layout;
	struct edit e = { .arena = &te->arena, .drop_notes = te->force };
	enum task_key k = our_key(l, key);
	const struct yaml *map = parse_now(te);
	struct buf out = BUF_INIT;
	int status = check_value(te, k, &value);

	if (status != EXIT_OK && !te->force)
		return status;
	if (k != KEY_N)
		key = file_key(l, k, map);
	if (map && !yaml_get(map, key) && (!is_new_key(key) || (k == KEY_N && !te->force))) {
		warn("%s: no key '%s'%s", te->file, key, is_new_key(key) ?
		    " in the file or the layout; --force adds it" : "");
		return EXIT_NONE;
	}
	if (edit_set(&e, te->now.s, te->now.len, key, value, edit_as(k), &out) < 0) {
		warn("%s:%zu: %s: %s", te->file, e.line, key, e.why);
		buf_release(&out);
		return EXIT_FAIL;
	}
	buf_release(&te->now);
	te->now = out;
	return EXIT_OK;
}
