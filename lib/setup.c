#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "hash.h"
#include "tsv.h"

enum { SCRIPT_MAX = 4 << 20, TRUST_MAX = 64 << 20 };

static const char mark[] = "jared-setup";

/* A word that names a file of the repository stands for what is in it. */
static void
add_file(struct buf *b, const struct repo *r, const char *word)
{
	struct buf text = BUF_INIT;
	int fd = *word && *word != '/' ? openat(r->rootfd, word,
	    O_PATH | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	close(fd);
	if (fs_read(r->rootfd, word, SCRIPT_MAX, &text) == 0) {
		tsv_add(b, "file", '\t');
		tsv_addf(b, '\n', "%zu", text.len);
		buf_add(b, text.s, text.len);
	} else if (errno != EINVAL) {
		/* A directory is no program; what else it may be is not known. */
		die_errno(EXIT_FAIL, "setup: cannot read '%s'", word);
	}
	buf_release(&text);
}

static void
describe(struct buf *b, const struct repo *r, const struct config *c)
{
	for (size_t i = 0; c->setup && c->setup[i]; i++) {
		tsv_add(b, "command", '\n');
		for (size_t k = 0; c->setup[i][k]; k++) {
			tsv_addf(b, '\n', "=%s", c->setup[i][k]);
			add_file(b, r, c->setup[i][k]);
		}
	}
}

static char *
name_of(const struct buf *b)
{
	return xasprintf("%016" PRIx64, hash_fnv(b->s, b->len));
}

const char *
setup_hash(const struct repo *r, const struct config *c, struct arena *a)
{
	struct buf b = BUF_INIT;
	const char *hash = NULL;

	describe(&b, r, c);
	if (b.len)
		hash = arena_printf(a, "%016" PRIx64, hash_fnv(b.s, b.len));
	buf_release(&b);
	return hash;
}

bool
setup_is_trusted(const struct repo *r, const struct config *c)
{
	struct buf b = BUF_INIT, known = BUF_INIT;
	char *path;
	bool yes;

	describe(&b, r, c);
	path = name_of(&b);
	int dir = b.len && r->statefd >= 0 ? fs_open_dir(r->statefd, "trust") : -1;
	yes = b.len == 0 || (dir >= 0 && fs_read(dir, path, TRUST_MAX, &known) == 0 &&
	    known.len == b.len && memcmp(known.s, b.s, b.len) == 0);
	if (dir >= 0)
		close(dir);
	free(path);
	buf_release(&b);
	buf_release(&known);
	return yes;
}

int
setup_trust(const struct repo *r, const struct config *c)
{
	struct buf b = BUF_INIT;
	int dir, status = -1;
	char *path;

	describe(&b, r, c);
	path = name_of(&b);
	dir = fs_mkdirs(r->statefd, "trust") < 0 ? -1 : fs_open_dir(r->statefd, "trust");
	if (dir >= 0) {
		status = fs_replace(dir, path, b.s, b.len);
		int err = errno;
		close(dir);
		errno = err;
	}
	free(path);
	buf_release(&b);
	return status;
}

void
setup_need_trust(const struct repo *r, const struct config *c)
{
	struct arena a = { 0 };

	if (setup_is_trusted(r, c))
		return;
	die(EXIT_FAIL, "jared.yaml: 'setup' (%s%s) is not trusted on this machine: "
	    "read it, then run 'jared-worktree --trust'",
	    setup_shown(c->setup[0], &a), c->setup[1] ? ", ..." : "");
}

/* Quoted where a shell would need it; it is never given to one. */
char *
setup_shown(const char *const *command, struct arena *a)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
	struct buf b = BUF_INIT;
	char *shown;

	for (size_t i = 0; command[i]; i++) {
		bool quote = !*command[i] ||
		    command[i][strspn(command[i], plain)] != '\0';

		buf_addstr(&b, i ? " " : "");
		buf_addstr(&b, quote ? "'" : "");
		for (const char *s = command[i]; *s; s++) {
			if (*s == '\'')
				buf_addstr(&b, "'\\'");
			buf_addch(&b, *s);
		}
		buf_addstr(&b, quote ? "'" : "");
	}
	shown = arena_strdup(a, b.s);
	buf_release(&b);
	return shown;
}

bool
setup_done(const char *gitdir, const char *hash)
{
	int dir = fs_open_dir(AT_FDCWD, gitdir);
	struct buf b = BUF_INIT;
	bool yes = dir >= 0 && fs_read(dir, mark, 100, &b) == 0 && strcmp(b.s, hash) == 0;

	if (dir >= 0)
		close(dir);
	buf_release(&b);
	return yes;
}

void
setup_note(const char *gitdir, const char *hash)
{
	int dir;

	if (!gitdir || !hash)
		return;
	dir = fs_open_dir(AT_FDCWD, gitdir);
	if (dir < 0 || fs_replace(dir, mark, hash, strlen(hash)) < 0)
		warn_errno("cannot note that the worktree is set up");
	if (dir >= 0)
		close(dir);
}
