#include "program.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *
program_find(const char *name, struct arena *a)
{
	const char *path = getenv("PATH");
	char *rest, *dir;

	if (strchr(name, '/'))
		return is_program(name) ? arena_strdup(a, name) : NULL;
	rest = arena_strdup(a, path ? path : "/usr/local/bin:/usr/bin:/bin");
	while ((dir = strsep(&rest, ":"))) {
		char *file = arena_printf(a, "%s/%s", *dir ? dir : ".", name);

		if (is_program(file))
			return file;
	}
	return NULL;
}
