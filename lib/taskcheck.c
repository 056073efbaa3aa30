#include "taskcheck.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front.h"
#include "fs.h"

/* A task with its file, read once more for the lines in which things stand. */
struct check {
	struct tasks *ts;
	const struct team *team;
	const struct task *t;
	struct buf *out;
	struct buf text;
	struct arena arena;
	const struct yaml *map;     /* NULL: not read yet, or not to be had */
	size_t n;                   /* faults */
};

static void
read_map(struct check *c)
{
	const char *why;
	struct front f;
	size_t line;

	if (c->map || fs_read(c->ts->repo->rootfd, c->t->file, TASK_FILE_MAX,
	    &c->text) < 0 || front_cut(c->text.s, c->text.len, &f) != FRONT_OK)
		return;
	c->map = yaml_parse_front(c->text.s + f.yaml, f.yaml_len, &c->arena, &why,
	    &line);
}

/* The line in which a key has that value, or the word among its values. */
static size_t
line_of(struct check *c, enum task_key k, const char *word)
{
	size_t line = 1;

	read_map(c);
	for (const char **alias = c->ts->layout->key[k]; *alias; alias++) {
		const struct yaml *y = yaml_get(c->map, *alias);

		if (!y || (y->kind == YAML_SCALAR && !y->value))
			continue;
		line = y->line;
		for (const struct yaml *e = y->child; e; e = e->next)
			if (yaml_text(e) && strcmp(yaml_text(e), word) == 0)
				return e->line;
	}
	return line;
}

static PRINTF_LIKE(4, 5) void
fault(struct check *c, enum task_key k, const char *word, const char *fmt, ...)
{
	va_list ap;
	char *what = NULL;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		die_errno(EXIT_RETRY, "cannot format a message");
	va_end(ap);
	buf_addf(c->out, "%s:%zu: %s\n", c->t->file, line_of(c, k, word), what);
	free(what);
	c->n++;
}

static void
check_priority(struct check *c)
{
	const struct layout *l = c->ts->layout;
	struct buf valid = BUF_INIT;

	if (!c->t->priority || !l->n_priority || c->t->rank != INT_MAX - 1)
		return;
	for (size_t i = 0; i < l->n_priority; i++)
		buf_addf(&valid, "%s%s", i ? ", " : "", l->priority[i].word);
	fault(c, KEY_PRIORITY, "", "unknown priority '%s', valid: %s", c->t->priority,
	    valid.s);
	buf_release(&valid);
}

/* Where there is a team everybody is of it. */
static void
check_owner(struct check *c)
{
	const char *owner = c->t->owner;
	size_t n;

	if (!owner || !c->team->n || team_find(c->team, owner, &n))
		return;
	if (n > 1)
		fault(c, KEY_OWNER, owner, "owner '%s' is the name of more than one", owner);
	else
		fault(c, KEY_OWNER, owner, "no owner '%s', valid: %s", owner,
		    team_valid(c->team, &c->arena));
}

static void
check_depends(struct check *c)
{
	const struct task *t = c->t;

	for (size_t i = 0; i < t->n_dep; i++) {
		const char *name = t->dep[i];
		const struct task *dep = t->dep_task ? t->dep_task[i] : NULL;

		if (!dep && t->dep_ambiguous && t->dep_ambiguous[i])
			fault(c, KEY_DEPENDS_ON, name, "dependency '%s' names more "
			    "than one task; its path names one", name);
		else if (!dep)
			fault(c, KEY_DEPENDS_ON, name, "no task '%s' to depend on",
			    name);
		else if (dep->error)
			fault(c, KEY_DEPENDS_ON, name, "dependency '%s' is invalid: %s",
			    name, dep->error);
		else if (dep->word == ST_CANCELLED)
			fault(c, KEY_DEPENDS_ON, name, "dependency '%s' is cancelled "
			    "and will never be done", name);
	}
	if (t->cycle)
		fault(c, KEY_DEPENDS_ON, "", "waits for itself: %s", t->cycle);
}

size_t
taskcheck(struct tasks *ts, const struct team *team, const struct task *t,
    struct buf *out)
{
	struct check c = { .ts = ts, .team = team, .t = t, .out = out,
	    .text = BUF_INIT };

	if (t->error) {
		buf_addf(out, "%s\n", t->error);
		return 1;
	}
	/* What is over needs nothing any more. */
	if (t->word != ST_DONE && t->word != ST_CANCELLED) {
		check_priority(&c);
		check_owner(&c);
		check_depends(&c);
	}
	buf_release(&c.text);
	arena_release(&c.arena);
	return c.n;
}

size_t
taskcheck_team(const struct team *team, struct buf *out)
{
	size_t faults = 0;

	for (size_t i = 0; i < team->n; i++)
		if (team->v[i].error) {
			buf_addf(out, "%s\n", team->v[i].error);
			faults++;
		}
	return faults;
}

/* --- the body --- */

/* What is known while its lines go by. */
struct outline {
	const struct task *t;
	struct buf *out;
	const char *heading;        /* of the section, n bytes; NULL: none */
	size_t n, line, level;
	bool empty, comment, fence;
};

/* The level of a heading, 0 for other lines. */
static size_t
heading_level(const char *s, size_t n)
{
	size_t level = 0;

	while (level < n && s[level] == '#')
		level++;
	return level <= 6 && level < n && isblank((unsigned char)s[level]) ? level : 0;
}

static void
end_section(struct outline *o, size_t next_level)
{
	/* With sections of its own it is not empty. */
	if (o->heading && o->empty && (!next_level || next_level <= o->level))
		buf_addf(o->out, "%s:%zu: advice: section '%.*s' is empty\n", o->t->file,
		    o->line, (int)o->n, o->heading);
	o->heading = NULL;
}

static void
begin_section(struct outline *o, const char *s, size_t n, size_t level, size_t line)
{
	end_section(o, level);
	o->level = level;
	o->line = line;
	while (level < n && isblank((unsigned char)s[level]))
		level++;
	while (n > level && isspace((unsigned char)s[n - 1]))
		n--;
	o->heading = s + level;
	o->n = n - level;
	o->empty = true;
}

/* Is there anything on the line but blanks and (parts of) comments? */
static bool
says_something(struct outline *o, const char *s, size_t n)
{
	bool something = false;

	for (size_t i = 0; i < n; i++) {
		if (o->comment && n - i >= 3 && memcmp(s + i, "-->", 3) == 0) {
			o->comment = false;
			i += 2;
		} else if (!o->comment && n - i >= 4 && memcmp(s + i, "<!--", 4) == 0) {
			o->comment = true;
			i += 3;
		} else if (!o->comment && !isspace((unsigned char)s[i])) {
			something = true;
		}
	}
	return something;
}

static void
take_line(struct outline *o, const char *s, size_t n, size_t line)
{
	size_t level = o->comment || o->fence ? 0 : heading_level(s, n);

	if (level) {
		begin_section(o, s, n, level, line);
		return;
	}
	if (!o->comment && n >= 3 && (memcmp(s, "```", 3) == 0 ||
	    memcmp(s, "~~~", 3) == 0))
		o->fence = !o->fence;
	if (o->fence || says_something(o, s, n))
		o->empty = false;
}

void
taskcheck_body(const struct tasks *ts, const struct task *t, struct buf *out)
{
	struct outline o = { .t = t, .out = out, .empty = true };
	struct buf text = BUF_INIT;
	struct front f;
	size_t line = 1, at, n;

	if (!t->error && fs_read(ts->repo->rootfd, t->file, TASK_FILE_MAX, &text) == 0 &&
	    front_cut(text.s, text.len, &f) == FRONT_OK) {
		for (at = 0; at < f.body; at++)
			line += text.s[at] == '\n';
		for (; at < text.len; at += n + 1, line++) {
			const char *lf = memchr(text.s + at, '\n', text.len - at);

			n = lf ? (size_t)(lf - text.s) - at : text.len - at;
			take_line(&o, text.s + at, n, line);
		}
		end_section(&o, 0);
	}
	buf_release(&text);
}
