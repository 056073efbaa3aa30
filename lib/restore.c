#include "restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "num.h"
#include "remove.h"

const struct attempt *
restore_find(const struct journal *j, const char *id, int64_t n)
{
	const struct ledger *l = journal_task(j, id);
	const struct attempt *at = l ? l->newest : NULL;

	while (at && (!at->trash || (n && at->n != n)))
		at = at->older;
	return at;
}

static void
say(const char **code, const char **fact, const char *c, const char *f)
{
	if (*code)
		return;
	*code = c;
	*fact = f;
}

/* Is there something in the way, and the thing itself still in the trash? */
static bool
is_taken(const char *from, const char *to)
{
	return from && trash_there(from) && trash_there(to);
}

void
restore_check(const struct world *w, const struct attempt *at,
    struct certificate *cert, const char **code, const char **fact, struct arena *a)
{
	char oid[GIT_OID];

	*code = *fact = NULL;
	if (at->purged) {
		say(code, fact, "purged", at->archive);
		return;
	}
	if (trash_read(w->repo, at->trash, cert, a) < 0) {
		say(code, fact, "lost", arena_printf(a, "trash/%s has no certificate",
		    at->trash));
		return;
	}
	if (git_ref_read(w->repo->commonfd, arena_printf(a, "refs/heads/%s",
	    cert->branch), oid) == 0 && strcmp(oid, cert->oid) != 0)
		say(code, fact, "taken", arena_printf(a, "branch %s", cert->branch));
	if (is_taken(cert->tree, cert->worktree))
		say(code, fact, "taken", cert->worktree);
	if (is_taken(cert->git, cert->gitdir))
		say(code, fact, "taken", cert->gitdir);
	if (cert->tree && !trash_there(cert->tree) && !trash_there(cert->worktree))
		say(code, fact, "lost", cert->tree);
	if (cert->git && !trash_there(cert->git) && !trash_there(cert->gitdir))
		say(code, fact, "lost", cert->git);
}

static int
append(struct journal *j, const struct attempt *at, enum event e)
{
	const struct journal_kv kv = { "trash", at->trash };
	int status = journal_lock(j);

	if (status != EXIT_OK)
		return status;
	if (journal_append(j, at->id, at->n, e, &kv, 1) < 0) {
		warn_errno("%s: cannot write the journal", at->id);
		status = EXIT_FAIL;
	}
	journal_unlock(j);
	return status;
}

int
restore_one(const struct world *w, struct journal *j, const struct attempt *at,
    const struct certificate *cert, const char **code, const char **fact,
    struct arena *a)
{
	const char *ref = arena_printf(a, "refs/heads/%s", cert->branch), *why = NULL;
	const char *const make[] = { "update-ref", ref, cert->oid, "", NULL };
	char oid[GIT_OID];
	int status;

	clean_unlock_ref(w, ref);
	if (cert->had_branch && git_ref_read(w->repo->commonfd, ref, oid) < 0 &&
	    !clean_git(w, make, &why, a)) {
		say(code, fact, "branch", why);
		return EXIT_FAIL;
	}
	if ((cert->had_branch && trash_load_log(w->repo, cert) < 0) ||
	    trash_put_back(cert) < 0) {
		say(code, fact, "trash", arena_strdup(a, strerror(errno)));
		return EXIT_FAIL;
	}
	FAULT_POINT("clean-restored");
	status = append(j, at, EV_RESTORED);
	if (status == EXIT_OK)
		(void)trash_end(w->repo, cert);
	else
		say(code, fact, "journal", "cannot be written");
	return status;
}

/* Something of it is back in its place, and not all of that is recorded. */
static bool
is_begun(const struct certificate *c)
{
	return (c->git && !trash_there(c->git) && trash_there(c->gitdir)) ||
	    (c->tree && !trash_there(c->tree) && trash_there(c->worktree));
}

int
restore_recover(const struct world *w, struct journal *j, struct arena *a)
{
	int status = clean_recover(w, j, a);

	for (char **name = trash_names(w->repo, a); *name; name++) {
		struct certificate c;
		const struct attempt *at;
		const char *code, *fact;

		if (trash_read(w->repo, *name, &c, a) < 0)
			continue;
		at = journal_attempt(j, c.id, c.n);
		if (!at || at->purged || !at->trash || strcmp(at->trash, *name) != 0 ||
		    !is_begun(&c))
			continue;
		restore_check(w, at, &c, &code, &fact, a);
		if (!code && restore_one(w, j, at, &c, &code, &fact, a) == EXIT_OK)
			continue;
		warn("%s.%lld: cannot be brought back: %s: %s", at->id, (long long)at->n,
		    code, fact);
		status = EXIT_FAIL;
	}
	return status;
}

static bool
is_due(const struct world *w, const struct attempt *at, struct arena *a)
{
	return at->trash && stamp_age(&at->cleaned) >= w->config->trash_days * 86400 &&
	    trash_there(arena_printf(a, "%s/trash/%s", w->repo->state, at->trash));
}

size_t
purge_find(const struct world *w, struct arena *a, const struct attempt ***out)
{
	const struct attempt **v = NULL;
	size_t n = 0, cap = 0;

	for (const struct ledger *l = w->journal->first; l; l = l->next)
		for (const struct attempt *at = l->newest; at; at = at->older)
			if (is_due(w, at, a)) {
				GROW(v, n, cap);
				v[n++] = at;
			}
	*out = arena_alloc(a, (n + 1) * sizeof *v);
	if (n)
		memcpy(*out, v, n * sizeof *v);
	free(v);
	return n;
}

int
purge_one(const struct world *w, struct journal *j, const struct attempt *at,
    struct arena *a)
{
	struct certificate cert;
	int status = EXIT_OK;

	if (trash_read(w->repo, at->trash, &cert, a) < 0)
		cert = (struct certificate){ .name = at->trash };
	if (!at->purged)
		status = append(j, at, EV_PURGED);
	if (status == EXIT_OK && trash_purge(w->repo, &cert) < 0) {
		warn_errno("%s: trash/%s cannot be deleted", at->id, at->trash);
		status = EXIT_FAIL;
	}
	return status;
}

/* --- what was moved aside --- */

/* "git-worktrees-NAME.MILLISECONDS": no attempt's trash is called so. */
static bool
is_debris(const char *name)
{
	static const char begin[] = "git-worktrees-";
	const char *dot = strrchr(name, '.');
	int64_t ms;

	return strncmp(name, begin, sizeof begin - 1) == 0 && dot &&
	    dot > name + sizeof begin - 1 && num_parse(dot + 1, 0, INT64_MAX, &ms) == 0;
}

/* Its renaming was the last that was done to it. */
static bool
is_old(int dir, const char *name, int64_t since)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_ctim.tv_sec <= since && st.st_mtim.tv_sec <= since;
}

static int
purge_in(int up, const char *where, int64_t since, bool yes, size_t *done)
{
	int fd = openat(up, where, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int status = EXIT_OK;

	while (d && (e = readdir(d))) {
		if (!is_debris(e->d_name) || !is_old(fd, e->d_name, since))
			continue;
		if (!yes || remove_tree(fd, e->d_name) == 0) {
			++*done;
			continue;
		}
		warn_errno("%s/%s cannot be deleted", where, e->d_name);
		status = EXIT_FAIL;
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return status;
}

int
purge_debris(const struct world *w, bool yes, bool quiet, size_t *done)
{
	int64_t since = w->now - w->config->trash_days * 86400;
	size_t n = 0;
	int status = purge_in(w->repo->commonfd, "jared-trash", since, yes, &n);

	if (w->repo->statefd >= 0)
		status = worse(status, purge_in(w->repo->statefd, "trash", since, yes, &n));
	if (n && !quiet)
		warn("%s %zu of git's entries that were moved aside",
		    yes ? "deleted" : "would delete", n);
	*done += n;
	return status;
}
