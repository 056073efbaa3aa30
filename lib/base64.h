/*
 * Base64 (RFC 4648, the usual alphabet), read only.
 */
#ifndef JARED_BASE64_H
#define JARED_BASE64_H

#include <sys/types.h>

/* Decode s in place, padded or not, and end it with a NUL that is not counted:
 * the length, or -1 if it is none, and s is then garbage. */
ssize_t base64_decode(char *s);

#endif
