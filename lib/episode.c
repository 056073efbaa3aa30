#include "episode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fs.h"
#include "num.h"
#include "tsv.h"

#define FILE_NAME "told"
enum { FILE_MAX = 16 * 1024 * 1024 };
enum { ID, CODE, TRIED, TOLD = TRIED + EP_N, N = TOLD + EP_N };

static int64_t
get_time(const char *s)
{
	int64_t t;

	return s && clock_parse(s, &t) == 0 ? t : 0;
}

static bool
take_line(struct episodes *e, char *line)
{
	char *f[N];
	const char *why;
	struct episode *ep;

	if (tsv_split(line, f, N, &why) != N || !f[ID] || !f[CODE])
		return false;
	if (strcmp(f[ID], "@hour") == 0) {
		e->hour = get_time(f[CODE]) / EPISODE_HOUR;
		for (int i = 0; i < EP_N; i++)
			if (!f[TRIED + i] || num_parse(f[TRIED + i], 0, INT32_MAX, &e->calls[i]) < 0)
				return false;
		return true;
	}
	ep = episode_of(e, f[ID], f[CODE]);
	ep->seen = false;
	for (int i = 0; i < EP_N; i++) {
		ep->tried[i] = get_time(f[TRIED + i]);
		ep->told[i] = get_time(f[TOLD + i]);
	}
	return true;
}

void
episodes_read(struct episodes *e, int statefd)
{
	struct buf b = BUF_INIT;
	char *rest, *line;

	*e = (struct episodes){ .statefd = statefd };
	if (fs_read(statefd, FILE_NAME, FILE_MAX, &b) < 0 && errno != ENOENT)
		warn_errno("cannot read '%s'", FILE_NAME);
	for (rest = b.s; (line = strsep(&rest, "\n")) && *line;)
		if (!take_line(e, line))
			warn("%s: a line that nobody wrote: passed over", FILE_NAME);
	buf_release(&b);
}

void
episodes_release(struct episodes *e)
{
	free(e->v);
	arena_release(&e->arena);
	*e = (struct episodes){ .statefd = -1 };
}

struct episode *
episode_of(struct episodes *e, const char *id, const char *code)
{
	struct episode *ep;

	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->v[i].id, id) == 0 && strcmp(e->v[i].code, code) == 0) {
			e->v[i].seen = true;
			return &e->v[i];
		}
	GROW(e->v, e->n, e->cap);
	ep = &e->v[e->n++];
	*ep = (struct episode){ .id = arena_strdup(&e->arena, id),
	    .code = arena_strdup(&e->arena, code), .seen = true };
	return ep;
}

const char *
episode_keeps(const struct episodes *e, const struct episode *ep,
    enum episode_how how, int64_t since, int64_t now, int64_t limit)
{
	if (ep->told[how] == since)
		return "told";
	/* A clock that was set back does not keep it for ever. */
	if (ep->tried[how] <= now && now - ep->tried[how] < EPISODE_AGAIN)
		return "soon";
	if (e->hour == now / EPISODE_HOUR && e->calls[how] >= limit)
		return "limit";
	return NULL;
}

static void
add_time(struct buf *b, int64_t t, int end)
{
	char text[CLOCK_TEXT];

	tsv_add(b, t ? clock_format(t, text) : NULL, end);
}

static int
save(const struct episodes *e)
{
	struct buf b = BUF_INIT;
	int r, err;

	tsv_add(&b, "@hour", '\t');
	add_time(&b, e->hour * EPISODE_HOUR, '\t');
	for (int i = 0; i < EP_N; i++)
		tsv_addf(&b, '\t', "%" PRId64, e->calls[i]);
	for (int i = 0; i < EP_N; i++)
		tsv_add(&b, NULL, i + 1 < EP_N ? '\t' : '\n');
	for (size_t i = 0; i < e->n; i++) {
		const struct episode *ep = &e->v[i];

		tsv_add(&b, ep->id, '\t');
		tsv_add(&b, ep->code, '\t');
		for (int k = 0; k < EP_N; k++)
			add_time(&b, ep->tried[k], '\t');
		for (int k = 0; k < EP_N; k++)
			add_time(&b, ep->told[k], k + 1 < EP_N ? '\t' : '\n');
	}
	r = fs_replace(e->statefd, FILE_NAME, b.s, b.len);
	err = errno;
	buf_release(&b);
	errno = err;
	return r;
}

int
episode_try(struct episodes *e, struct episode *ep, enum episode_how how,
    int64_t now)
{
	if (e->hour != now / EPISODE_HOUR)
		for (int i = 0; i < EP_N; i++)
			e->calls[i] = 0;
	e->hour = now / EPISODE_HOUR;
	e->calls[how]++;
	ep->tried[how] = now;
	return save(e);
}

int
episode_tell(struct episodes *e, struct episode *ep, enum episode_how how,
    int64_t since)
{
	ep->told[how] = since;
	return save(e);
}

int
episodes_prune(struct episodes *e, int64_t now)
{
	size_t n = 0;
	bool any = false;

	for (size_t i = 0; i < e->n; i++) {
		const struct episode *ep = &e->v[i];
		bool lately = false;

		for (int k = 0; k < EP_N; k++)
			lately |= now - ep->tried[k] < EPISODE_KEPT;
		bool tried = ep->tried[EP_NOTIFY] || ep->tried[EP_ESCALATE];

		if (tried && (ep->seen || lately))
			e->v[n++] = *ep;
		else
			any |= tried;
	}
	e->n = n;
	return any ? save(e) : 0;
}
