#include "about.h"

#include <stddef.h>
#include <string.h>

#include "fs.h"
#include "tsv.h"

enum { SMALL = 64 * 1024 };

static const struct about_key { const char *key; size_t at; } about_keys[] = {
	{ "root", offsetof(struct run_about, root) },
	{ "agent", offsetof(struct run_about, agent) },
	{ "mode", offsetof(struct run_about, mode) },
	{ "session", offsetof(struct run_about, session) },
	{ "worktree", offsetof(struct run_about, worktree) },
	{ "branch", offsetof(struct run_about, branch) },
	{ "hooks", offsetof(struct run_about, hooks) },
	{ "resume", offsetof(struct run_about, resume) },
	{ "status_dir", offsetof(struct run_about, status_dir) },
};
enum { N_ABOUT = sizeof about_keys / sizeof *about_keys };

static const char **
about_field(struct run_about *s, size_t i)
{
	return (const char **)((char *)s + about_keys[i].at);
}

int
run_about_write(int dirfd, const struct run_about *s)
{
	struct run_about copy = *s;
	struct buf b = BUF_INIT;
	int r;

	for (size_t i = 0; i < N_ABOUT; i++) {
		const char *value = *about_field(&copy, i);

		if (value) {
			tsv_add(&b, about_keys[i].key, '\t');
			tsv_add(&b, value, '\n');
		}
	}
	r = fs_replace(dirfd, "about", b.s, b.len);
	buf_release(&b);
	return r;
}

int
run_about_read(int dirfd, struct run_about *s, struct arena *a)
{
	struct buf b = BUF_INIT;
	char *line, *next, *f[2];
	const char *why;

	*s = (struct run_about){ .root = NULL };
	if (fs_read(dirfd, "about", SMALL, &b) < 0) {
		buf_release(&b);
		return -1;
	}
	line = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	for (; (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		if (tsv_split(line, f, 2, &why) != 2 || !f[0])
			return -1;
		for (size_t i = 0; i < N_ABOUT; i++)
			if (strcmp(about_keys[i].key, f[0]) == 0)
				*about_field(s, i) = f[1];
	}
	return s->agent && s->mode ? 0 : -1;
}
