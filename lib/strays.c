#include "strays.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fs.h"

enum { LOG_MAX = 64 << 20 };

struct move {
	const char *oid, *what;     /* "commit: …" */
};

struct moves {
	struct move *v;
	size_t n, cap;
};

static size_t
hex(const char *s)
{
	return strspn(s, "0123456789abcdef");
}

static void
add(struct moves *m, const char *oid, const char *what)
{
	GROW(m->v, m->n, m->cap);
	m->v[m->n++] = (struct move){ oid, what };
}

/* "old new who time zone<TAB>what": where it went, and from where. */
static void
read_log(const char *path, struct moves *m, struct arena *a)
{
	struct buf b = BUF_INIT;
	char *rest, *line;

	if (fs_read(AT_FDCWD, path, LOG_MAX, &b) < 0)
		buf_reset(&b);
	rest = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	while ((line = strsep(&rest, "\n"))) {
		size_t n = hex(line);
		const char *what = strchr(line, '\t');

		if ((n != 40 && n != 64) || line[n] != ' ' || hex(line + n + 1) != n)
			continue;
		add(m, arena_strndup(a, line, n), "");
		add(m, arena_strndup(a, line + n + 1, n), what ? what + 1 : "");
	}
}

static void
read_head(const char *gitdir, const char *name, struct moves *m, struct arena *a)
{
	struct buf b = BUF_INIT;
	size_t n;

	if (fs_read(AT_FDCWD, arena_printf(a, "%s/%s", gitdir, name), 4096, &b) < 0)
		buf_reset(&b);
	n = hex(b.s);
	if (n == 40 || n == 64)
		add(m, arena_strndup(a, b.s, n), "");
	buf_release(&b);
}

static bool
holds(const struct moves *m, const char *oid)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->v[i].oid, oid) == 0)
			return true;
	return false;
}

/* Lines "commit parent…" of all strays: those that are nobody's parent. */
static void
take_heads(char *text, struct strays *out, struct arena *a)
{
	struct moves commit = { 0 }, parent = { 0 };
	char *line, *word;

	while ((line = strsep(&text, "\n")) && *line) {
		add(&commit, arena_strdup(a, strsep(&line, " ")), "");
		while ((word = strsep(&line, " ")))
			add(&parent, arena_strdup(a, word), "");
	}
	out->oid = arena_alloc(a, (commit.n + 1) * sizeof *out->oid);
	for (size_t i = 0; i < commit.n; i++)
		if (!holds(&parent, commit.v[i].oid))
			out->oid[out->n++] = commit.v[i].oid;
	free(commit.v);
	free(parent.v);
}

int
strays_find(const char *root, const char *common, const char *gitdir,
    const char *branch, const char *tip, struct strays *out, struct arena *a)
{
	static const char *const args[] = { "rev-list", "--parents", "--ignore-missing",
		"--stdin", "--single-worktree", "--not", "--all", NULL };
	struct moves head = { 0 }, on = { 0 };
	struct buf in = BUF_INIT;
	struct proc p = { 0 };
	int r;

	*out = (struct strays){ 0 };
	read_log(arena_printf(a, "%s/logs/HEAD", gitdir), &head, a);
	read_head(gitdir, "HEAD", &head, a);
	read_head(gitdir, "ORIG_HEAD", &head, a);
	read_log(arena_printf(a, "%s/logs/refs/heads/%s", common, branch), &on, a);
	for (size_t i = 0; i < head.n + on.n; i++) {
		const char *oid = i < head.n ? head.v[i].oid : on.v[i - head.n].oid;

		if (oid[strspn(oid, "0")])
			buf_addf(&in, "%s\n", oid);
	}
	if (*tip)
		buf_addf(&in, "^%s\n", tip);
	p.in = in.s;
	p.in_len = in.len;
	r = git_run(&p, root, args);
	r = r < 0 || p.code != 0 ? -1 : 0;
	if (r == 0) {
		char *text = arena_strndup(a, p.out.s, p.out.len);
		struct moves stray = { 0 };

		take_heads(p.out.s, out, a);
		for (char *line; (line = strsep(&text, "\n")) && *line;)
			add(&stray, strsep(&line, " "), "");
		for (size_t i = 0; i < head.n && !out->detached; i++)
			if (strncmp(head.v[i].what, "commit", 6) == 0 &&
			    !holds(&on, head.v[i].oid) && holds(&stray, head.v[i].oid))
				out->detached = head.v[i].oid;
		free(stray.v);
	}
	proc_release(&p);
	buf_release(&in);
	free(head.v);
	free(on.v);
	return r;
}
