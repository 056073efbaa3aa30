/* From the bytes of a file to what its front matter says. */
#include "task.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hash.h"
#include "plain.h"

/* A heading that is the title ends within so many bytes of the body. */
enum { HEADING_MAX = 4096 };

/* --- front matter to fields --- */

/* The member that a key of ours or one of its aliases names.  Two that both
 * say something are refused: neither may be silently passed over. */
static const struct yaml *
member(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key)
{
	const struct yaml *found = NULL, *y;

	for (const char **alias = rd->layout->key[key]; *alias; alias++) {
		y = yaml_get(root, *alias);
		if (!y || (y->kind == YAML_SCALAR && !y->value))
			continue;
		if (found)
			task_fail(rd, t, y->line, "key", "'%s' stands for the same as '%s'",
			    y->key, found->key);
		else
			found = y;
	}
	return found;
}

static const char *
take_text(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key, size_t *line)
{
	const struct yaml *y = member(rd, t, root, key);

	if (y && y->kind == YAML_SEQ && key == KEY_OWNER) {
		y = y->child;
		if (!yaml_text(y))
			return NULL;
	}
	if (!y)
		return NULL;
	*line = y->line;
	if (y->kind != YAML_SCALAR) {
		task_fail(rd, t, y->line, "key", "'%s' must be one value", y->key);
		return NULL;
	}
	return *y->value ? arena_strdup(rd->arena, y->value) : NULL;
}

/* "a, b" as the elements of a list. */
static void
split(struct task_reader *rd, const char *text, const char **v, size_t *n)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		const char *next = text + len + (text[len] == ',');

		for (; len && isspace((unsigned char)*text); len--)
			text++;
		while (len && isspace((unsigned char)text[len - 1]))
			len--;
		if (len)
			v[(*n)++] = arena_strndup(rd->arena, text, len);
		text = next;
	}
}

/* A list of words; one word alone is a list of one, a map (of gates) stands
 * for its keys. */
static const char **
take_list(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key, size_t *n)
{
	const struct yaml *y = member(rd, t, root, key);
	const char **v;

	if (!y || (y->kind == YAML_SCALAR ? !*y->value : !y->n))
		return NULL;
	v = arena_alloc(rd->arena, (y->kind == YAML_SCALAR ? strlen(y->value) :
	    y->n + 1) * sizeof *v);
	if (y->kind == YAML_SCALAR && key == KEY_DEPENDS_ON && rd->layout->comma_deps) {
		split(rd, y->value, v, n);
		return v;
	}
	if (y->kind == YAML_SCALAR) {
		v[(*n)++] = arena_strdup(rd->arena, y->value);
		return v;
	}
	for (const struct yaml *e = y->child; e; e = e->next) {
		const char *word = y->kind == YAML_SEQ ? yaml_text(e) :
		    key == KEY_GATES ? e->key : NULL;

		if (!word || !*word)
			task_fail(rd, t, e->line, "key", "'%s' must be a list of words", y->key);
		else
			v[(*n)++] = arena_strdup(rd->arena, word);
	}
	return v;
}

static int64_t
take_time(struct task_reader *rd, struct task *t, const struct yaml *root,
    enum task_key key)
{
	size_t line = 1;
	const char *text = take_text(rd, t, root, key, &line);
	int64_t when = -1;

	if (text && clock_parse(text, &when) < 0)
		task_fail(rd, t, line, "key", "bad %s '%s', valid: 2026-11-22, "
		    "2026-11-22 10:00, 2026-11-22T10:00:00Z", task_key_name(key), text);
	return when;
}

static void
take_id(struct task_reader *rd, struct task *t, const struct yaml *root)
{
	size_t line = 1;
	const char *from;

	t->raw_id = take_text(rd, t, root, KEY_ID, &line);
	from = t->raw_id;
	if (!from || rd->layout->id_from_stem || rd->layout->id_in_workstream) {
		from = task_file_name(rd, t);
		line = 1;
	}
	t->id = taskid_make(rd->arena, from);
	if (!*t->id)
		task_fail(rd, t, line, "id", "no id can be made from '%s', valid: letters, "
		    "digits and '-'", from);
	else if (strlen(t->id) > TASK_ID_MAX)
		task_fail(rd, t, line, "id", "id longer than %d bytes", TASK_ID_MAX);
	else
		return;
	task_guess_id(rd, t);
}

static void
take_status(struct task_reader *rd, struct task *t, const struct yaml *root)
{
	size_t line = 1;
	const char *valid = "", *word;
	int value;

	t->status = take_text(rd, t, root, KEY_STATUS, &line);
	word = t->status ? t->status : rd->layout->default_status;
	value = layout_status(rd->layout, word ? word : "", rd->arena, &valid);
	if (value >= 0)
		t->word = (enum status_word)value;
	else if (word)
		task_fail(rd, t, line, "status", "bad status '%s', valid: %s", word, valid);
	else
		task_fail(rd, t, line, "status", "no status, valid: %s", valid);
}

static void
take_fields(struct task_reader *rd, struct task *t, const struct yaml *root)
{
	size_t line;
	const char *text;

	take_id(rd, t, root);
	take_status(rd, t, root);
	t->title = take_text(rd, t, root, KEY_TITLE, &line);
	t->priority = take_text(rd, t, root, KEY_PRIORITY, &line);
	t->rank = layout_priority(rd->layout, t->priority);
	text = take_text(rd, t, root, KEY_WORKSTREAM, &line);
	if (text)
		t->workstream = text;
	t->milestone = take_text(rd, t, root, KEY_MILESTONE, &line);
	t->owner = take_text(rd, t, root, KEY_OWNER, &line);
	t->created = take_time(rd, t, root, KEY_CREATED);
	t->hold_until = take_time(rd, t, root, KEY_HOLD_UNTIL);
	t->dep = take_list(rd, t, root, KEY_DEPENDS_ON, &t->n_dep);
	t->path = take_list(rd, t, root, KEY_PATHS, &t->n_path);
	t->gate = take_list(rd, t, root, KEY_GATES, &t->n_gate);
	if (rd->layout->children_first)
		t->parent = take_text(rd, t, root, KEY_PARENT, &line);
}

/* --- bytes to front matter --- */

/* The first line of a body that is not blank, without the blanks around it.
 * False if these n bytes do not hold its end. */
static bool
first_line(const char *body, size_t n, const char **line, size_t *len)
{
	const char *lf, *end = body + (n < HEADING_MAX ? n : HEADING_MAX);

	while (body < end && isspace((unsigned char)*body))
		body++;
	lf = memchr(body, '\n', (size_t)(end - body));
	end = lf ? lf : end;
	while (end > body && isspace((unsigned char)end[-1]))
		end--;
	*line = body;
	*len = (size_t)(end - body);
	return lf != NULL;
}

bool
task_wants_more(const struct task_reader *rd, const struct front *f)
{
	size_t n = rd->text.len - f->body, len;
	const char *line;

	return rd->layout->title_heading && n < HEADING_MAX &&
	    !first_line(rd->text.s + f->body, n, &line, &len);
}

/* A title where the layout takes it from the body: its heading, when it begins
 * with one. */
static void
take_heading(struct task_reader *rd, struct task *t, const char *body, size_t n)
{
	const char *line;
	size_t len;

	if (!first_line(body, n, &line, &len) && n >= HEADING_MAX)
		return;
	if (len < 3 || line[0] != '#' || !isblank((unsigned char)line[1]))
		return;
	for (line++, len--; isblank((unsigned char)*line); len--)
		line++;
	if (!memchr(line, '\0', len))
		t->title = arena_strndup(rd->arena, line, len);
}

static void
parse_block(struct task_reader *rd, struct task *t, const char *text, size_t n,
    const struct front *f)
{
	const struct yaml *root;
	const char *why = "";
	size_t line = 0;

	t->hash = hash_fnv(text + f->start, f->block_len);
	root = plain_parse(text + f->yaml, f->yaml_len, 2, &rd->scratch);
	if (!root)
		root = yaml_parse_front(text + f->yaml, f->yaml_len, &rd->scratch, &why,
		    &line);
	if (!root)
		task_fail(rd, t, line, "yaml", "%s", why);
	else if (root->kind != YAML_MAP)
		task_fail(rd, t, root->line, "yaml", "the front matter is no list of "
		    "'key: value' lines");
	else
		take_fields(rd, t, root);
	if (!t->title && rd->layout->title_heading)
		take_heading(rd, t, text + f->body, n - f->body);
	arena_reset(&rd->scratch);
}

/* What front_cut made of the file. */
void
task_parse(struct task_reader *rd, struct task *t, const char *text, size_t n,
    const struct front *f, enum front_result r)
{
	switch (r) {
	case FRONT_OK:
		parse_block(rd, t, text, n, f);
		break;
	case FRONT_MORE:
		task_fail(rd, t, 1, "front-matter", "the front matter has no end, "
		    "a line '---'");
		break;
	case FRONT_NONE:
		task_fail(rd, t, 1, "front-matter", "no front matter: the first line is "
		    "not '---'");
		break;
	case FRONT_BINARY:
		task_fail(rd, t, 1, "binary", "NUL bytes or UTF-16, not UTF-8 text");
		break;
	case FRONT_TOOBIG:
		task_fail(rd, t, 1, "front-matter", "the front matter is longer than "
		    "%d bytes", FRONT_MAX);
		break;
	}
	if (!t->id)
		task_guess_id(rd, t);
}
