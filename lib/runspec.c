#include "runspec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "num.h"
#include "tsv.h"

enum { SPEC_MAX = 8 << 20 };

static void
put(struct buf *b, const char *key, const char *value)
{
	if (!value)
		return;
	tsv_add(b, key, '\t');
	/* Empty words are words here, and "absent" is a line left out: a mark
	 * in front keeps the two apart. */
	tsv_addf(b, '\n', "=%s", value);
}

static void
put_seconds(struct buf *b, const char *key, int64_t n)
{
	char text[NUM_TEXT];

	put(b, key, num_text((uint64_t)n, text));
}

int
run_spec_write(int dirfd, const struct run_spec *s)
{
	struct buf b = BUF_INIT;
	int r;

	put(&b, "worktree", s->worktree);
	put(&b, "branch", s->branch);
	put(&b, "common", s->common);
	put(&b, "root", s->root);
	put(&b, "agent", s->agent);
	put(&b, "mode", s->mode);
	put(&b, "session", s->session);
	for (size_t i = 0; s->argv[i]; i++)
		put(&b, "arg", s->argv[i]);
	for (size_t i = 0; s->resume && s->resume[i]; i++)
		put(&b, "resume", s->resume[i]);
	for (size_t i = 0; s->env[i]; i++)
		put(&b, "env", s->env[i]);
	for (size_t i = 0; s->setup && s->setup[i]; i++)
		for (size_t k = 0; s->setup[i][k]; k++)
			put(&b, k ? "setup_arg" : "setup", s->setup[i][k]);
	if (s->setup && s->setup_dir) {
		put(&b, "setup_dir", s->setup_dir);
		put(&b, "setup_hash", s->setup_hash);
	}
	put(&b, "prompt", s->prompt_stdin ? "stdin" : "arg");
	put(&b, "leftovers", s->keep_leftovers ? "keep" : "end");
	put_seconds(&b, "start_timeout", s->start_timeout);
	put_seconds(&b, "stall_after", s->stall_after);
	put_seconds(&b, "done_linger", s->done_linger);
	put(&b, "end", "");
	r = fs_replace(dirfd, "spec", b.s, b.len);
	buf_release(&b);
	return r;
}

struct list { const char **v; size_t n, cap; };

static void
push(struct arena *a, struct list *l, const char *word)
{
	if (l->n + 1 >= l->cap) {
		size_t more = l->cap ? l->cap * 2 : 16;
		const char **grown = arena_alloc(a, more * sizeof(const char *));

		if (l->n)
			memcpy(grown, l->v, l->n * sizeof(const char *));
		l->v = grown;
		l->cap = more;
	}
	l->v[l->n++] = word;
	l->v[l->n] = NULL;
}

static bool
take_text(struct run_spec *s, const char *key, const char *value)
{
	const struct { const char *key; const char **to; } known[] = {
		{ "worktree", &s->worktree }, { "branch", &s->branch },
		{ "common", &s->common }, { "root", &s->root },
		{ "agent", &s->agent }, { "mode", &s->mode },
		{ "session", &s->session }, { "setup_dir", &s->setup_dir },
		{ "setup_hash", &s->setup_hash },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].key, key) == 0) {
			*known[i].to = value;
			return true;
		}
	return false;
}

static bool
take_seconds(struct run_spec *s, const char *key, const char *value)
{
	const struct { const char *key; int64_t *to; } known[] = {
		{ "start_timeout", &s->start_timeout },
		{ "stall_after", &s->stall_after }, { "done_linger", &s->done_linger },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].key, key) == 0) {
			(void)num_parse(value, 0, INT32_MAX, known[i].to);
			return true;
		}
	return false;
}

/* Key and value of a line, in place; NULL if it is none. */
static const char *
cut(char *line, const char **key)
{
	const char *why;
	char *field[2];

	if (tsv_split(line, field, 2, &why) != 2 || !field[0] || !field[1] ||
	    field[1][0] != '=')
		return NULL;
	*key = field[0];
	return field[1] + 1;
}

/* A list of lists of words, from those that were read. */
static const char ***
setup_lists(const struct list *v, size_t n, struct arena *a)
{
	const char ***list = arena_alloc(a, (n + 1) * sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = v[i].v;
	return n ? list : NULL;
}

int
run_spec_read(int dirfd, struct run_spec *s, struct arena *a)
{
	struct buf b = BUF_INIT;
	struct list arg = { 0 }, env = { 0 }, resume = { 0 };
	struct list *setup = NULL;
	size_t n_setup = 0, cap_setup = 0;
	char *line, *next;
	const char *key, *value;
	bool whole = false;

	*s = (struct run_spec){ .start_timeout = 20 };
	if (fs_read(dirfd, "spec", SPEC_MAX, &b) < 0) {
		int err = errno;

		buf_release(&b);
		errno = err;
		return -1;
	}
	line = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	for (; (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		value = cut(line, &key);
		if (!value)
			break;
		if (take_text(s, key, value) || take_seconds(s, key, value))
			continue;
		if (strcmp(key, "arg") == 0)
			push(a, &arg, value);
		else if (strcmp(key, "env") == 0)
			push(a, &env, value);
		else if (strcmp(key, "resume") == 0)
			push(a, &resume, value);
		else if (strcmp(key, "setup") == 0) {
			GROW(setup, n_setup, cap_setup);
			setup[n_setup] = (struct list){ 0 };
			push(a, &setup[n_setup++], value);
		} else if (strcmp(key, "setup_arg") == 0 && n_setup)
			push(a, &setup[n_setup - 1], value);
		else if (strcmp(key, "prompt") == 0)
			s->prompt_stdin = strcmp(value, "stdin") == 0;
		else if (strcmp(key, "leftovers") == 0)
			s->keep_leftovers = strcmp(value, "keep") == 0;
		else if (strcmp(key, "end") == 0)
			whole = true;
	}
	s->argv = arg.v;
	s->env = env.n ? env.v : arena_alloc(a, sizeof *s->env);
	s->resume = resume.v;
	s->setup = setup_lists(setup, n_setup, a);
	free(setup);
	if (!whole || !s->worktree || !s->branch || !s->common || arg.n == 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int
run_spec_remove(int dirfd)
{
	return unlinkat(dirfd, "spec", 0);
}
