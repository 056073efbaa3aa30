#include "valid.h"

#include <ctype.h>
#include <string.h>

bool
valid_name(const char *s)
{
	return isalnum((unsigned char)*s) && strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(s);
}

bool
valid_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

bool
valid_inside(const char *s)
{
	if (!*s || *s == '/' || strstr(s, "//") || !valid_line(s))
		return false;
	for (const char *at = s; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || !at[2]))
			return false;
	}
	return true;
}

bool
valid_branch(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && *s != '-' && *s != '/' && s[n - 1] != '/' &&
	    s[n - 1] != '.' && valid_line(s) && !strpbrk(s, " ~^:?*[\\") &&
	    !strstr(s, "..") && !strstr(s, "//") && !strstr(s, "@{");
}
