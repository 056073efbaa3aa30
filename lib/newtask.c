#include "newtask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "prefix.h"

enum { STEM_MAX = 60, TEMPLATE_MAX = 1 << 20 };

/* --- its place --- */

/* A stem from a title: short, and cut between words. */
static const char *
make_stem(struct arena *a, const char *title)
{
	char *id = taskid_make(a, title);
	size_t n = strlen(id);

	if (n > STEM_MAX) {
		for (n = STEM_MAX; n > 1 && id[n] != '-'; n--)
			;
		if (n == 1)
			n = STEM_MAX;
	}
	while (n > 0 && id[n - 1] == '-')
		n--;
	id[n] = '\0';
	return id;
}

/* The only workstream, or "main" where there is none; NULL and *all: several. */
static const char *
only_workstream(struct tasks *ts, struct buf *all)
{
	const char *one = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ts->n; i++) {
		const char *w = ts->v[i]->place;
		bool seen = !w;

		for (size_t j = 0; j < i && !seen; j++)
			seen = ts->v[j]->place && strcmp(ts->v[j]->place, w) == 0;
		if (seen)
			continue;
		buf_addf(all, "%s%s", n++ ? ", " : "", w);
		one = w;
	}
	return n == 0 ? "main" : n == 1 ? one : NULL;
}

/* A component of the pattern with its place holder filled. */
static int
add_component(struct taskedit *te, struct buf *path, const char *part,
    const char *workstream, const char *stem)
{
	const char *star = strchr(part, '*'), *set = strchr(part, '[');

	if (path->len)
		buf_addch(path, '/');
	if (strcmp(part, "{workstream}") == 0) {
		buf_addstr(path, workstream);
		return EXIT_OK;
	}
	if (!stem && !star && !set) {
		buf_addstr(path, part);
		return EXIT_OK;
	}
	if (stem && star && !set && !strchr(star + 1, '*')) {
		buf_addf(path, "%.*s%s%s", (int)(star - part), part, stem, star + 1);
		return EXIT_OK;
	}
	warn("the layout '%s' does not say how a new file is named: %s",
	    te->ts->layout->name, te->ts->layout->files[0]);
	return EXIT_FAIL;
}

static int
make_path(struct taskedit *te, const char *workstream, const char *stem)
{
	char *rest = arena_strdup(&te->arena, te->ts->layout->files[0]), *part;
	struct buf path = BUF_INIT;
	int status = EXIT_OK;

	while (status == EXIT_OK && (part = strsep(&rest, "/")))
		status = add_component(te, &path, part, workstream, rest ? NULL : stem);
	te->file = arena_strdup(&te->arena, path.s);
	buf_release(&path);
	return status;
}

static bool
is_name(struct arena *a, const char *s)
{
	return *s != '.' && !strchr(s, '/') && *taskid_make(a, s);
}

static int
choose_place(struct taskedit *te, const struct newtask *n)
{
	const char *w = n->workstream, *stem = n->id;
	struct buf all = BUF_INIT;
	const struct task *other;
	int status = EXIT_OK;

	if (!stem)
		stem = make_stem(&te->arena, n->title);
	if (!*stem || !taskid_valid(stem)) {
		warn(*stem ? "bad id '%s', valid: a-z, 0-9 and '-'" : "no id can be "
		    "made of the title%s; --id gives one", stem);
		return EXIT_USAGE;
	}
	/* Nobody is asked where to put what could be put nowhere. */
	if (make_path(te, "", stem) != EXIT_OK)
		return EXIT_FAIL;
	if (!w)
		w = only_workstream(te->ts, &all);
	if (!w || !is_name(&te->arena, w)) {
		warn(w ? "bad workstream '%s'" : "which workstream? There are: %s",
		    w ? w : all.s);
		status = EXIT_USAGE;
	}
	buf_release(&all);
	if (status == EXIT_OK)
		status = make_path(te, w, stem);
	other = tasks_get(te->ts, stem);
	if (status == EXIT_OK && other && !te->ts->layout->id_in_workstream) {
		warn("%s: id '%s' is that of %s", te->file, stem, other->file);
		status = EXIT_NONE;
	}
	return status;
}

/* --- its text --- */

static int
read_template(struct taskedit *te)
{
	char *path = prefix_data(te->ts->repo->root, "task.md");
	int r = path ? fs_read(AT_FDCWD, path, TEMPLATE_MAX, &te->now) : -1;

	if (r < 0)
		warn_errno("cannot read the template '%s'", path ? path : "task.md");
	free(path);
	return r < 0 ? EXIT_FAIL : EXIT_OK;
}

/* A title that stands in the text, as a heading before the other ones. */
static void
add_heading(struct taskedit *te, const char *title)
{
	struct front f;
	struct buf out = BUF_INIT;

	if (front_cut(te->now.s, te->now.len, &f) != FRONT_OK)
		return;
	buf_add(&out, te->now.s, f.body);
	buf_addf(&out, "\n# %s\n", title);
	buf_add(&out, te->now.s + f.body, te->now.len - f.body);
	buf_release(&te->now);
	te->now = out;
}

static const char *
default_status(const struct layout *l)
{
	const char *draft = taskedit_status(l, ST_DRAFT);

	return draft ? draft : l->default_status ? l->default_status :
	    l->status[0].word;
}

static int
fill(struct taskedit *te, const struct newtask *n)
{
	const struct layout *l = te->ts->layout;
	char now[CLOCK_TEXT];
	const struct { const char *key, *value; } v[] = {
		{ "title", l->title_heading ? NULL : n->title },
		{ "status", n->status ? n->status : default_status(l) },
		{ "priority", n->priority },
		{ "workstream", strstr(l->files[0], "{workstream}") ? NULL :
		    n->workstream },
		{ "owner", n->owner },
		{ "depends_on", n->depends_on },
		{ "created", clock_format(clock_now(), now) },
	};
	int status = EXIT_OK;

	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (v[i].value)
			status = worse(status, taskedit_set(te, v[i].key, v[i].value));
	if (l->title_heading)
		add_heading(te, n->title);
	return status;
}

const char *
newtask_title(char **word, int n, struct arena *a)
{
	struct buf b = BUF_INIT;
	const char *title;

	for (int i = 0; i < n; i++)
		buf_addf(&b, "%s%s", i ? " " : "", word[i]);
	title = arena_strdup(a, b.s);
	buf_release(&b);
	if (title[strcspn(title, "\n\r\t\33")])
		die(EXIT_USAGE, "a title is one line of text");
	return title;
}

int
newtask_open(struct taskedit *te, struct tasks *ts, const struct newtask *n)
{
	int status;

	*te = (struct taskedit){ .ts = ts, .dirfd = -1, .force = te->force,
	    .team = te->team, .was = BUF_INIT, .now = BUF_INIT };
	status = choose_place(te, n);
	if (status == EXIT_OK)
		status = read_template(te);
	return status == EXIT_OK ? fill(te, n) : status;
}

/* As far as they are not there. */
static int
make_dirs(int rootfd, char *path)
{
	for (char *s = path; (s = strchr(s, '/')); *s++ = '/') {
		*s = '\0';
		if (mkdirat(rootfd, path, 0777) < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

int
newtask_place(struct taskedit *te)
{
	const struct repo *r = te->ts->repo;
	char *path = xasprintf("%s/%s", r->root, te->file), *slash, *real;

	if (make_dirs(r->rootfd, path + strlen(r->root) + 1) < 0) {
		warn_errno("cannot make the directory of '%s'", te->file);
		free(path);
		return EXIT_FAIL;
	}
	slash = strrchr(path, '/');
	te->name = xstrdup(slash + 1);
	*slash = '\0';
	real = fs_realpath(path);
	if (real && strcmp(real, r->root) != 0 && repo_relative(r, real) == real)
		warn("%s: a symbolic link leads out of the repository", te->file);
	else if (!real || (te->dirfd = fs_open_dir(AT_FDCWD, real)) < 0)
		warn_errno("cannot open '%s'", path);
	free(real);
	free(path);
	return te->dirfd < 0 ? EXIT_FAIL : EXIT_OK;
}
