#include "rec.h"

#include <string.h>

#include "clock.h"
#include "json.h"
#include "num.h"

static const struct rec_kind *const kinds[] = {
	&rec_queue, &rec_run, &rec_reject, &rec_clean, &rec_message, &rec_change };
enum { N_KIND = sizeof kinds / sizeof *kinds };

void
rec_in_init(struct rec_in *in, const struct rec_kind *k, FILE *f, const char *name)
{
	*in = (struct rec_in){ .kind = k };
	tsv_init(&in->tsv, f, name);
}

void
rec_in_release(struct rec_in *in)
{
	tsv_release(&in->tsv);
	arena_release(&in->arena);
}

static bool
valid(const struct rec_column *c, const char *v)
{
	int64_t n;

	if (!v)
		return !c->required;
	if ((c->type == REC_INT || c->type == REC_SECONDS) &&
	    num_parse(v, 0, INT64_MAX, &n) < 0)
		return false;
	if (c->type == REC_TIME && clock_parse(v, &n) < 0)
		return false;
	return !c->valid || c->valid(v);
}

const struct rec_column *
rec_bad_column(const struct rec_kind *k, char *const *v, size_t n)
{
	for (size_t i = 0; i < k->n; i++)
		if (!valid(&k->column[i], i < n ? v[i] : NULL))
			return &k->column[i];
	return NULL;
}

static NORETURN void
wrong_kind(const struct rec_in *in, const char *name)
{
	die(EXIT_FAIL, "%s:%zu: a %s record where a %s record is needed",
	    in->tsv.name, in->tsv.line, name, in->kind->name);
}

static void
read_tsv(struct rec_in *in)
{
	const struct rec_kind *k = in->kind;
	struct tsv *t = &in->tsv;
	const char *why;
	int n = tsv_split(t->buf, t->field, TSV_MAXFIELD, &why);

	if (n < 0)
		die(EXIT_FAIL, "%s:%zu: %s", t->name, t->line, why);
	t->n = (size_t)n;
	/* Watch output fed to pick: say that, not what it does to a column. */
	if (t->n < k->n_v1 || rec_bad_column(k, t->field, t->n))
		for (size_t i = 0; i < N_KIND; i++)
			if (t->n >= kinds[i]->n_v1 &&
			    !rec_bad_column(kinds[i], t->field, t->n))
				wrong_kind(in, kinds[i]->name);
	if (t->n < k->n_v1)
		die(EXIT_FAIL, "%s:%zu: %zu columns where a %s record has %zu",
		    t->name, t->line, t->n, k->name, k->n_v1);
	for (size_t i = 0; i < k->n; i++)
		in->v[i] = i < t->n ? t->field[i] : NULL;
}

/* A list as the comma-joined text that it is elsewhere. */
static char *
join(struct rec_in *in, const struct rec_column *c, const struct json_member *m)
{
	struct buf b = BUF_INIT;
	char *text;

	for (size_t i = 0; i < m->n; i++) {
		const char *item = m->item[i];

		if (!item || !*item || strchr(item, ','))
			die(EXIT_FAIL, "%s:%zu: %s: an element is null, empty, "
			    "or holds a comma", in->tsv.name, in->tsv.line, c->name);
		buf_addf(&b, "%s%s", i ? "," : "", item);
	}
	text = arena_strndup(&in->arena, b.s, b.len);
	buf_release(&b);
	return text;
}

static enum json_kind
json_kind(enum rec_type type)
{
	switch (type) {
	case REC_INT:
	case REC_SECONDS:
		return JSON_NUMBER;
	case REC_LIST:
		return JSON_LIST;
	case REC_WORD:
	case REC_TEXT:
	case REC_TIME:
		break;
	}
	return JSON_STRING;
}

static char *
member_value(struct rec_in *in, const struct rec_column *c,
    const struct json_member *m)
{
	static const char *const name[] = { [JSON_STRING] = "string",
		[JSON_NUMBER] = "number", [JSON_LIST] = "list" };
	enum json_kind want = json_kind(c->type);
	char *text;

	if (!m || m->kind == JSON_NULL)
		return NULL;
	if (m->kind != want)
		die(EXIT_FAIL, "%s:%zu: %s is no %s", in->tsv.name, in->tsv.line,
		    c->name, name[want]);
	text = want == JSON_LIST ? join(in, c, m) : arena_strdup(&in->arena, m->text);
	return *text ? text : NULL;
}

static bool
has_all(const struct json_object *o, const struct rec_kind *k)
{
	for (size_t i = 0; i < k->n_v1; i++)
		if (!json_get(o, k->column[i].name))
			return false;
	return true;
}

static void
read_json(struct rec_in *in)
{
	const struct rec_kind *k = in->kind;
	struct json_object o;
	const char *why;
	size_t at;

	arena_release(&in->arena);
	if (json_parse(in->tsv.buf, &in->arena, &o, &why, &at) < 0)
		die(EXIT_FAIL, "%s:%zu: byte %zu: %s", in->tsv.name,
		    in->tsv.line, at + 1, why);
	if (!has_all(&o, k))
		for (size_t i = 0; i < N_KIND; i++)
			if (has_all(&o, kinds[i]))
				wrong_kind(in, kinds[i]->name);
	for (size_t i = 0; i < k->n; i++)
		in->v[i] = member_value(in, &k->column[i],
		    json_get(&o, k->column[i].name));
}

int
rec_read(struct rec_in *in)
{
	const struct rec_column *bad;

	if (tsv_line(&in->tsv) < 0)
		return 0;
	if (in->tsv.line == 1)
		in->json = in->tsv.buf[0] == '{';
	if (in->json)
		read_json(in);
	else
		read_tsv(in);
	bad = rec_bad_column(in->kind, in->v, in->kind->n);
	if (bad) {
		const char *text = in->v[bad - in->kind->column];

		if (!text)
			die(EXIT_FAIL, "%s:%zu: no %s", in->tsv.name,
			    in->tsv.line, bad->name);
		die(EXIT_FAIL, "%s:%zu: bad %s '%.200s'", in->tsv.name,
		    in->tsv.line, bad->name, text);
	}
	return 1;
}
