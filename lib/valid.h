/* What a value of the configuration must look like. */
#ifndef JARED_VALID_H
#define JARED_VALID_H

#include <stdbool.h>

/* A file name of a layout or profile: no way out of its directory. */
bool valid_name(const char *s);

/* No control characters. */
bool valid_line(const char *s);

/* A path below the root whatever links there are: no component is "..". */
bool valid_inside(const char *s);

/* Not what git-check-ref-format(1) forbids; git has the last word. */
bool valid_branch(const char *s);

#endif
