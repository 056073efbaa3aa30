#include "named.h"

#include <string.h>

#include "die.h"
#include "taskid.h"

enum { AS_ID, AS_STEM, AS_FILE, AS_MADE_ID, AS_NOTHING };

void
named_begin(struct named *m, const char *name)
{
	*m = (struct named){ .name = name, .way = AS_NOTHING };
	m->id = taskid_make(&m->arena, name);
}

static bool
has_stem(const char *file, const char *stem)
{
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	const char *dot = strrchr(base, '.');
	size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);

	return strlen(stem) == n && memcmp(base, stem, n) == 0;
}

static int
way(const struct named *m, const char *id, const char *file)
{
	if (strcmp(id, m->name) == 0)
		return AS_ID;
	if (file && has_stem(file, m->name))
		return AS_STEM;
	if (file && strcmp(file, m->name) == 0)
		return AS_FILE;
	return strcmp(id, m->id) == 0 ? AS_MADE_ID : AS_NOTHING;
}

void
named_offer(struct named *m, const char *id, const char *file, const void *what)
{
	int as = way(m, id, file);

	if (as == AS_NOTHING || as > m->way)
		return;
	if (as < m->way) {
		buf_reset(&m->all);
		m->n = 0;
	}
	m->way = as;
	m->found = what;
	buf_addf(&m->all, "%s%s", m->n++ ? ", " : "", file ? file : id);
}

const void *
named_end(struct named *m)
{
	const void *found = m->n == 1 ? m->found : NULL;

	if (m->n > 1)
		warn("'%s' is the name of more than one task: %s", m->name, m->all.s);
	buf_release(&m->all);
	arena_release(&m->arena);
	return found;
}
