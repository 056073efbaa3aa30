#include "runspec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs.h"
#include "num.h"
#include "tsv.h"

enum { SPEC_MAX = 8 << 20 };

static void
put(struct buf *b, const char *key, const char *value)
{
	tsv_add(b, key, '\t');
	/* Empty words are words here, and "absent" is a line left out: a mark
	 * in front keeps the two apart. */
	tsv_addf(b, '\n', "=%s", value);
}

int
run_spec_write(int dirfd, const struct run_spec *s)
{
	struct buf b = BUF_INIT;
	char number[24];
	int r;

	put(&b, "worktree", s->worktree);
	put(&b, "branch", s->branch);
	put(&b, "common", s->common);
	for (size_t i = 0; s->argv[i]; i++)
		put(&b, "arg", s->argv[i]);
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
	snprintf(number, sizeof number, "%lld", (long long)s->start_timeout);
	put(&b, "start_timeout", number);
	put(&b, "end", "");
	r = fs_replace(dirfd, "spec", b.s, b.len);
	buf_release(&b);
	return r;
}

static void
push(struct arena *a, const char ***list, size_t *n, size_t *cap, const char *word)
{
	if (*n + 1 >= *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		const char **grown = arena_alloc(a, more * sizeof(const char *));

		if (*n)
			memcpy(grown, *list, *n * sizeof(const char *));
		*list = grown;
		*cap = more;
	}
	(*list)[(*n)++] = word;
	(*list)[*n] = NULL;
}

struct setup { const char **words; size_t n, cap; };

/* A list of lists of words, from those that were read. */
static const char ***
setup_lists(const struct setup *v, size_t n, struct arena *a)
{
	const char ***list = arena_alloc(a, (n + 1) * sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = v[i].words;
	return n ? list : NULL;
}

int
run_spec_read(int dirfd, struct run_spec *s, struct arena *a)
{
	struct buf b = BUF_INIT;
	size_t n_arg = 0, n_env = 0, cap_arg = 0, cap_env = 0;
	size_t n_setup = 0, cap_setup = 0;
	struct setup *setup = NULL;
	char *text, *line, *next, *field[2];
	const char *why;
	bool whole = false;

	*s = (struct run_spec){ .start_timeout = 20 };
	if (fs_read(dirfd, "spec", SPEC_MAX, &b) < 0) {
		int err = errno;

		buf_release(&b);
		errno = err;
		return -1;
	}
	text = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	for (line = text; (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		if (tsv_split(line, field, 2, &why) != 2 || !field[0] ||
		    !field[1] || field[1][0] != '=')
			break;
		const char *key = field[0], *value = field[1] + 1;

		if (strcmp(key, "worktree") == 0)
			s->worktree = value;
		else if (strcmp(key, "branch") == 0)
			s->branch = value;
		else if (strcmp(key, "common") == 0)
			s->common = value;
		else if (strcmp(key, "arg") == 0)
			push(a, &s->argv, &n_arg, &cap_arg, value);
		else if (strcmp(key, "env") == 0)
			push(a, &s->env, &n_env, &cap_env, value);
		else if (strcmp(key, "setup") == 0) {
			GROW(setup, n_setup, cap_setup);
			setup[n_setup] = (struct setup){ 0 };
			push(a, &setup[n_setup].words, &setup[n_setup].n,
			    &setup[n_setup].cap, value);
			n_setup++;
		} else if (strcmp(key, "setup_arg") == 0 && n_setup)
			push(a, &setup[n_setup - 1].words, &setup[n_setup - 1].n,
			    &setup[n_setup - 1].cap, value);
		else if (strcmp(key, "setup_dir") == 0)
			s->setup_dir = value;
		else if (strcmp(key, "setup_hash") == 0)
			s->setup_hash = value;
		else if (strcmp(key, "prompt") == 0)
			s->prompt_stdin = strcmp(value, "stdin") == 0;
		else if (strcmp(key, "leftovers") == 0)
			s->keep_leftovers = strcmp(value, "keep") == 0;
		else if (strcmp(key, "start_timeout") == 0)
			(void)num_parse(value, 0, INT32_MAX, &s->start_timeout);
		else if (strcmp(key, "end") == 0)
			whole = true;
	}
	s->setup = setup_lists(setup, n_setup, a);
	free(setup);
	if (!whole || !s->worktree || !s->branch || !s->common || n_arg == 0) {
		errno = EINVAL;
		return -1;
	}
	if (n_env == 0)
		s->env = arena_alloc(a, sizeof *s->env);
	return 0;
}
