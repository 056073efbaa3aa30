#include "brake.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "fs.h"
#include "num.h"
#include "tsv.h"

enum { FILE_MAX = 4096, LONGEST = 4 * 3600, MEMORY = 24 * 3600, NAMED = 5 };

/* 0; or -1: there is no such file (ENOENT), or it does not say. */
static int
read_file(struct brake *b, int statefd, const char *name, struct arena *a)
{
	enum { UNTIL, SIG, SEQ, TIMES, WHY, N };
	struct buf text = BUF_INIT;
	int64_t seq;
	char *line, *f[N];
	const char *why;
	struct stat st;

	*b = (struct brake){ .until = -1 };
	if (fs_read(statefd, name, FILE_MAX, &text) < 0) {
		int err = errno;

		buf_release(&text);
		errno = err;
		return -1;
	}
	if (fstatat(statefd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		b->since = st.st_mtim.tv_sec;
	line = arena_strndup(a, text.s, text.len);
	buf_release(&text);
	line[strcspn(line, "\n")] = '\0';
	errno = EINVAL;
	if (tsv_split(line, f, N, &why) != N || !f[SIG] || !f[SEQ] || !f[TIMES] ||
	    !f[UNTIL] || num_parse(f[SEQ], 0, INT64_MAX, &seq) < 0 ||
	    num_parse(f[TIMES], 1, INT64_MAX, &b->times) < 0 ||
	    clock_parse(f[UNTIL], &b->until) < 0) {
		b->until = -1;
		return -1;
	}
	b->seq = (uint64_t)seq;
	b->sig = f[SIG];
	b->why = f[WHY];
	return 0;
}

void
brake_read(struct brake *b, int statefd, struct arena *a)
{
	errno = ENOENT;
	if (statefd < 0 || read_file(b, statefd, "brake", a) == 0)
		b->on = statefd >= 0;
	else
		b->on = errno != ENOENT;
}

/* How an attempt failed.  NULL: it did well, or, *counts false, it says nothing
 * of the kind. */
static const char *
failure(const struct attempt *at, struct arena *a, bool *counts)
{
	const char *agent = at->agent ? at->agent : "unknown";
	bool person = at->cause && (strcmp(at->cause, "closed") == 0 ||
	    strcmp(at->cause, "stopped") == 0);

	*counts = at->state == AT_RELEASED || (at->state == AT_EXITED && !person);
	if (!*counts || (at->state == AT_EXITED && at->code == 0 && at->signal == 0))
		return NULL;
	if (at->state == AT_RELEASED)
		return arena_printf(a, "%s: %s", agent, at->reason ? at->reason : "released");
	if (at->signal)
		return arena_printf(a, "%s: signal %d", agent, at->signal);
	return arena_printf(a, "%s: exit %d", agent, at->code);
}

static int
last_first(const void *a, const void *b)
{
	const struct attempt *x = *(const struct attempt *const *)a,
	    *y = *(const struct attempt *const *)b;

	return x->ended_seq < y->ended_seq ? 1 : -1;
}

/* The attempts that ended behind seq, the last first. */
static const struct attempt **
ended_after(const struct world *w, uint64_t seq, size_t *n)
{
	const struct attempt **v = NULL;
	size_t cap = 0;

	*n = 0;
	for (const struct ledger *l = w->journal->first; l; l = l->next)
		for (const struct attempt *at = l->newest; at; at = at->older)
			if (at->ended_seq > seq) {
				GROW(v, *n, cap);
				v[(*n)++] = at;
			}
	if (*n)
		qsort(v, *n, sizeof *v, last_first);
	return v;
}

struct series {                     /* of failures alike, up to now */
	const char *sig;
	int64_t n;
	size_t tasks;
	struct buf names;
	bool broken;                /* by one that did well */
};

static void
count(struct series *s, const struct world *w, uint64_t seq, struct arena *a)
{
	const struct attempt **v;
	size_t n;

	v = ended_after(w, seq, &n);
	for (size_t i = 0; i < n; i++) {
		bool counts, known = false;
		const char *sig = failure(v[i], a, &counts);

		if (!counts)
			continue;
		s->broken = !sig;
		if (!sig || (s->sig && strcmp(sig, s->sig) != 0))
			break;
		s->sig = sig;
		s->n++;
		for (size_t k = 0; k < i && !known; k++)
			known = strcmp(v[k]->id, v[i]->id) == 0;
		if (!known && s->tasks++ < NAMED)
			buf_addf(&s->names, "%s%s", s->tasks > 1 ? ", " : "", v[i]->id);
	}
	if (s->tasks > NAMED)
		buf_addstr(&s->names, ", ...");
	free(v);
}

static int
pull(const struct world *w, const struct series *s, int64_t times)
{
	struct buf b = BUF_INIT;
	int64_t limit = w->config->brake_for;
	char until[CLOCK_TEXT];
	int r;

	for (int64_t k = 1; k < times && limit < LONGEST; k++)
		limit *= 2;
	if (times > 1 && limit > LONGEST)
		limit = LONGEST;
	clock_format(w->now + limit, until);
	tsv_add(&b, until, '\t');
	tsv_add(&b, s->sig, '\t');
	tsv_addf(&b, '\t', "%" PRIu64, w->journal->seq);
	tsv_addf(&b, '\t', "%" PRId64, times);
	tsv_addf(&b, '\n', "%" PRId64 " in a row ended alike: %s", s->n, s->names.s);
	r = fs_replace(w->repo->statefd, "brake.last", b.s, b.len);
	if (r == 0)
		r = fs_replace(w->repo->statefd, "brake", b.s, b.len);
	buf_release(&b);
	if (r == 0)
		warn("brake: nothing is started until %s, because %" PRId64
		    " in a row ended alike (%s): %s", until, s->n, s->sig, s->names.s);
	return r;
}

/* Gone already is well. */
static int
forget(int statefd, const char *name)
{
	return unlinkat(statefd, name, 0) < 0 && errno != ENOENT ? -1 : 0;
}

static int
look(const struct world *w, struct arena *a)
{
	int statefd = w->repo->statefd, r = 0;
	int64_t want = w->config->brake_after, least = want < 2 ? 1 : 2;
	struct brake now, last;
	struct series s = { .names = BUF_INIT };
	bool again;

	brake_read(&now, statefd, a);
	if (now.on && (now.until < 0 || now.until > w->now))
		return 0;
	if (now.on && forget(statefd, "brake") < 0)
		return -1;
	if (read_file(&last, statefd, "brake.last", a) == 0 &&
	    w->now - last.until > MEMORY)
		last.sig = NULL;
	count(&s, w, last.seq, a);
	again = last.sig && s.sig && strcmp(last.sig, s.sig) == 0;
	if (s.broken && last.sig && s.n == 0)
		r = forget(statefd, "brake.last");
	else if (again || (s.n >= want && (int64_t)s.tasks >= least))
		r = pull(w, &s, again ? last.times + 1 : 1);
	buf_release(&s.names);
	return r;
}

int
brake_settle(const struct world *w)
{
	struct arena a = { 0 };
	int r = look(w, &a);

	if (r < 0)
		warn_errno("cannot write the brake");
	arena_release(&a);
	return r < 0 ? EXIT_FAIL : EXIT_OK;
}
