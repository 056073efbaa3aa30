#include "who.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

const char *
who(void)
{
	static char uid[24];
	const char *attempt = getenv("JARED_ATTEMPT"), *login = getenv("LOGNAME");

	if (attempt && *attempt)
		return attempt;
	if (login && *login)
		return login;
	snprintf(uid, sizeof uid, "uid%lu", (unsigned long)getuid());
	return uid;
}

bool
who_is_worker(void)
{
	return getenv("JARED_ATTEMPT") != NULL;
}

void
who_refuse_worker(bool forced)
{
	if (who_is_worker() && !forced)
		die(EXIT_NONE, "refused inside a worker (JARED_ATTEMPT is set); "
		    "--force does it all the same");
}
