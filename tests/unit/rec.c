/*
 * rec             random records survive TSV to JSON Lines and back
 * rec -L          every column of every kind: "KIND COLUMN TYPE"
 * rec -t KIND     TSV or JSON Lines of that kind on standard input, as TSV
 */
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "rec.h"
#include "signals.h"

static const struct rec_kind *const kinds[] = {
	&rec_queue, &rec_run, &rec_reject, &rec_clean, &rec_signal, &rec_message,
	&rec_tree, &rec_change };

/* Every run draws the same records. */
static uint64_t seed = 20261122;

static unsigned
draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}

/* Pieces that some part of the way could take for its own. */
static const char *const piece[] = { "-", "\\", "\t", "\n", "\r", "\"", "\\-",
	"\\t", "{", "}", "[", ":", "null", "0", "1e999", "true", " ", "a", "Z", "'",
	"$(x)", ";", "#", "%s", "\033[2J", "\x7f", "\001", "\xc2\x9b", "\xc3\xa9",
	"\xe2\x80\xae", "\xe2\x80\xa8", "\xe4\xb8\xad", "\xf0\x9f\x98\x80",
	"\xf4\x8f\xbf\xbf", "\xef\xbb\xbf", "\\u0041", "\\ud83d" };

static void
add_text(struct buf *b)
{
	for (unsigned n = 1 + draw(8); n > 0; n--)
		buf_addstr(b, piece[draw(sizeof piece / sizeof *piece)]);
}

static char *
random_value(const struct rec_kind *k, const struct rec_column *c)
{
	static const char *const queue_state[] = { "ready", "waiting", "invalid" };
	static const char *const run_state[] = { "working", "orphan", "released" };
	static const char *const code[] = { "stalled", "parked", "brake" };
	static const char *const stage[] = { "state", "count", "cap-by" };
	struct buf b = BUF_INIT;

	if (!c->required && draw(4) == 0)
		return NULL;
	if (strcmp(c->name, "id") == 0)
		buf_addf(&b, "t%u-%u", draw(1000), draw(1000));
	else if (c->valid)
		buf_addstr(&b, (k == &rec_queue ? queue_state : k == &rec_run ?
		    run_state : k == &rec_signal ? code : stage)[draw(3)]);
	else if (c->type == REC_INT || c->type == REC_SECONDS)
		buf_addf(&b, "%u", draw(2) ? draw(10) : draw(1u << 30));
	else if (c->type == REC_TIME)
		buf_addf(&b, "2026-%02u-%02uT10:00:00Z", 1 + draw(12), 1 + draw(28));
	else if (c->type == REC_LIST)
		for (unsigned n = 1 + draw(3); n > 0; n--) {
			add_text(&b);
			if (n > 1)
				buf_addch(&b, ',');
		}
	else
		add_text(&b);
	return buf_steal(&b);
}

/* What one form of the records is in the other. */
static void
convert(const struct rec_kind *k, const struct buf *from, bool json, struct buf *to)
{
	FILE *in = fmemopen(from->s, from->len, "r"), *f;
	struct rec_out out;
	struct rec_in rec;
	char *text;
	size_t len;

	f = open_memstream(&text, &len);
	rec_out_init(&out, k, f, json, NULL);
	rec_in_init(&rec, k, in, "converted");
	while (rec_read(&rec))
		rec_put(&out, rec.v);
	rec_in_release(&rec);
	rec_out_end(&out);
	fclose(in);
	fclose(f);
	buf_reset(to);
	buf_add(to, text, len);
	free(text);
}

static void
survives(const struct rec_kind *k)
{
	struct buf tsv = BUF_INIT, json = BUF_INIT, back = BUF_INIT;

	for (int i = 0; i < 400; i++) {
		char *v[REC_MAXCOL] = { NULL };

		for (size_t c = 0; c < k->n; c++)
			v[c] = random_value(k, &k->column[c]);
		rec_add_tsv(&tsv, k, v);
		for (size_t c = 0; c < k->n; c++)
			free(v[c]);
	}
	convert(k, &tsv, false, &back);
	CHECK_STR(back.s, tsv.s);
	convert(k, &tsv, true, &json);
	convert(k, &json, true, &back);
	CHECK_STR(back.s, json.s);
	convert(k, &json, false, &back);
	CHECK_STR(back.s, tsv.s);
	buf_release(&tsv);
	buf_release(&json);
	buf_release(&back);
}

static void
list(void)
{
	static const char *const type[] = { [REC_WORD] = "word",
		[REC_TEXT] = "text", [REC_INT] = "integer",
		[REC_SECONDS] = "seconds", [REC_TIME] = "time", [REC_LIST] = "list" };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (size_t c = 0; c < kinds[i]->n; c++)
			printf("%s %s %s\n", kinds[i]->name, kinds[i]->column[c].name,
			    type[kinds[i]->column[c].type]);
}

static int
translate(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct rec_in in;
		struct rec_out out;

		if (strcmp(kinds[i]->name, name) != 0)
			continue;
		rec_in_init(&in, kinds[i], stdin, "standard input");
		rec_out_init(&out, kinds[i], stdout, false, NULL);
		while (rec_read(&in))
			rec_put(&out, in.v);
		rec_out_end(&out);
		rec_in_release(&in);
		finish(EXIT_OK);
	}
	return 2;
}

int
main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "-L") == 0) {
		list();
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "-t") == 0)
		return translate(argv[2]);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		survives(kinds[i]);
	return failed;
}
