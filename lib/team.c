#include "team.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "buf.h"
#include "front.h"
#include "fs.h"

enum { PAGE_MAX = 1024 * 1024 };

struct team_name {
	const char *text;           /* without a first '@' */
	size_t member;              /* its place in v */
};

/* --- names --- */

static const char *
bare(const char *name)
{
	return *name == '@' ? name + 1 : name;
}

static void
add_name(struct team *t, const char *text)
{
	if (!text || !*bare(text))
		return;
	GROW(t->name, t->n_name, t->cap_name);
	t->name[t->n_name++] = (struct team_name){
	    arena_strdup(t->arena, bare(text)), t->n - 1 };
}

/* One name, or a list of them. */
static void
add_names(struct team *t, const struct yaml *y)
{
	if (y && y->kind == YAML_SEQ)
		for (const struct yaml *e = y->child; e; e = e->next)
			add_name(t, yaml_text(e));
	else
		add_name(t, yaml_text(y));
}

static int
by_name(const void *va, const void *vb)
{
	const struct team_name *a = va, *b = vb;
	int r = strcasecmp(a->text, b->text);

	return r ? r : (a->member > b->member) - (a->member < b->member);
}

/* The place of the first name that is not before this one. */
static size_t
first_named(const struct team *t, const char *name)
{
	size_t lo = 0, hi = t->n_name;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcasecmp(t->name[mid].text, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct team_member *
team_find(const struct team *t, const char *name, size_t *n_match)
{
	const struct team_member *found = NULL;

	*n_match = 0;
	name = bare(name);
	for (size_t i = first_named(t, name); i < t->n_name &&
	    strcasecmp(t->name[i].text, name) == 0; i++) {
		const struct team_member *m = &t->v[t->name[i].member];

		/* People stand before roles. */
		if (m == found || (found && m->role && !found->role))
			continue;
		found = m;
		++*n_match;
	}
	return *n_match == 1 ? found : NULL;
}

const char *
team_resolve(const struct team *t, const char *name)
{
	const struct team_member *first = NULL, *m;
	size_t n;

	for (size_t hops = 0; (m = team_find(t, name, &n)); hops++) {
		first = first ? first : m;
		if (hops > t->n)
			return first->slug;     /* roles that lead around in a circle */
		if (!m->role || !m->leads_to)
			return m->slug;
		name = m->leads_to;
	}
	return name;
}

const char *
team_valid(const struct team *t, struct arena *a)
{
	struct buf b = BUF_INIT;
	const char *s;

	for (size_t i = 0; i < t->n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", t->v[i].slug);
	s = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	return s;
}

/* --- files --- */

static void
blame(struct team *t, struct team_member *m, size_t line, const char *what)
{
	if (!m->error)
		m->error = arena_printf(t->arena, "%s:%zu: %s", m->file, line, what);
}

static const char *
text_of(struct team *t, const struct yaml *root, const char *key)
{
	const char *text = yaml_text(yaml_get(root, key));

	return text && *text ? arena_strdup(t->arena, text) : NULL;
}

static void
take_member(struct team *t, struct team_member *m, const struct yaml *root)
{
	static const char *const names[] = { "slug", "name", "alias", "aliases",
		"email", "github" };
	static const char *const leads[] = { "filled_by", "owner" };
	const char *slug = text_of(t, root, "slug");

	m->slug = slug ? slug : m->slug;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_names(t, yaml_get(root, names[i]));
	for (size_t i = 0; m->role && i < sizeof leads / sizeof *leads; i++) {
		const struct yaml *y = yaml_get(root, leads[i]);
		const char *text;

		if (y && y->kind == YAML_SEQ)
			y = y->child;
		text = yaml_text(y);
		if (!m->leads_to && y && text && *text) {
			m->leads_to = arena_strdup(t->arena, text);
			m->line = y->line;
		}
	}
}

/* A page without front matter is a person all the same. */
static void
parse_member(struct team *t, struct team_member *m, const struct buf *text)
{
	struct arena scratch = { 0 };
	const struct yaml *root = NULL;
	const char *why = "";
	struct front f;
	size_t line;

	switch (front_cut(text->s, text->len, &f)) {
	case FRONT_OK:
		root = yaml_parse_front(text->s + f.yaml, f.yaml_len, &scratch,
		    &why, &line);
		if (root)
			take_member(t, m, root);
		else
			blame(t, m, line, why);
		break;
	case FRONT_NONE:
		break;
	case FRONT_MORE: case FRONT_BINARY: case FRONT_TOOBIG:
		blame(t, m, 1, "the front matter cannot be read");
		break;
	}
	arena_release(&scratch);
}

static void
add_member(struct team *t, int dirfd, const char *dir, const char *name, bool role)
{
	int fd = fs_open_regular(dirfd, name);
	struct team_member *m;
	struct buf text = BUF_INIT;

	GROW(t->v, t->n, t->cap);
	m = &t->v[t->n++];
	*m = (struct team_member){ .role = role,
	    .slug = arena_strndup(t->arena, name, strlen(name) - 3),
	    .file = arena_printf(t->arena, "%s/%s", dir, name) };
	add_name(t, m->slug);
	if (fd < 0 || fs_read_fd(fd, PAGE_MAX, &text) < 0)
		blame(t, m, 1, strerror(errno));
	else
		parse_member(t, m, &text);
	buf_release(&text);
	if (fd >= 0)
		close(fd);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_members(struct team *t, const struct repo *r, const char *dir, bool role)
{
	int fd = fs_open_dir(r->rootfd, dir);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	char **v = NULL;
	size_t n = 0, cap = 0;

	while (d && (e = readdir(d))) {
		if (!pattern_match("*.md", e->d_name, PATTERN_CASE) ||
		    strcasecmp(e->d_name, "index.md") == 0 ||
		    strcasecmp(e->d_name, "README.md") == 0)
			continue;
		GROW(v, n, cap);
		v[n++] = xstrdup(e->d_name);
	}
	if (n > 1)
		qsort(v, n, sizeof *v, by_text);
	for (size_t i = 0; i < n; i++) {
		add_member(t, fd, dir, v[i], role);
		free(v[i]);
	}
	free(v);
	if (d)
		closedir(d);
}

/* --- what is wrong with them --- */

static void
check_names(struct team *t)
{
	for (size_t i = 1; i < t->n_name; i++) {
		const struct team_name *a = &t->name[i - 1], *b = &t->name[i];
		struct team_member *m = &t->v[b->member];

		if (a->member != b->member && t->v[a->member].role == m->role &&
		    strcasecmp(a->text, b->text) == 0)
			blame(t, m, 1, arena_printf(t->arena, "'%s' is also a name "
			    "in %s", b->text, t->v[a->member].file));
	}
}

static void
check_role(struct team *t, struct team_member *m)
{
	const struct team_member *to = m;
	size_t n = 1, hops = 0;

	if (!m->leads_to) {
		blame(t, m, 1, "a role without filled_by and owner");
		return;
	}
	while (to && to->role && to->leads_to && hops++ <= t->n)
		to = team_find(t, to->leads_to, &n);
	if (hops > t->n)
		blame(t, m, m->line, arena_printf(t->arena, "'%s' leads back to "
		    "this role", m->leads_to));
	else if (!team_find(t, m->leads_to, &n))
		blame(t, m, m->line, arena_printf(t->arena, "'%s' is %s in %s, "
		    "valid: %s", m->leads_to, n ? "more than one" : "nobody", t->dir,
		    team_valid(t, t->arena)));
}

void
team_load(struct team *t, const struct repo *r, const struct layout *l,
    struct arena *a)
{
	*t = (struct team){ .arena = a, .dir = l->team };
	add_members(t, r, l->team, false);
	add_members(t, r, arena_printf(a, "%s/roles", l->team), true);
	if (t->n_name > 1)
		qsort(t->name, t->n_name, sizeof *t->name, by_name);
	check_names(t);
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].role)
			check_role(t, &t->v[i]);
}

void
team_release(struct team *t)
{
	free(t->v);
	free(t->name);
	*t = (struct team){ 0 };
}

/* --- whose a task is --- */

void
team_route(const struct team *t, struct tasks *ts)
{
	for (size_t i = 0; i < ts->n; i++) {
		struct task *task = ts->v[i];

		task->person = task->owner && t->n ? team_resolve(t, task->owner) :
		    task->owner;
	}
}

const char *
team_self(const struct team *t, const char *asked, const struct config *c)
{
	const char *name = asked ? asked : c->owner;

	if (!name || strcmp(name, "any") == 0)
		return NULL;
	if (strcmp(name, "me") == 0) {
		const char *user = getenv("USER");

		name = c->owner && strcmp(c->owner, "me") != 0 &&
		    strcmp(c->owner, "any") != 0 ? c->owner : user;
		if (!name || !*name)
			name = getenv("LOGNAME");
		if (!name || !*name)
			die(EXIT_USAGE, "who is 'me'?  Set JARED_OWNER, or 'owner' "
			    "in jared.yaml");
	}
	return team_resolve(t, name);
}

bool
team_may_start(const char *self, const char *person)
{
	return !self || !person || strcasecmp(bare(self), bare(person)) == 0;
}
