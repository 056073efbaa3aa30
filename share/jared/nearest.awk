# Of the first words of the input, those at most two edits away from want, or
# that begin with it, or are called so elsewhere; a blank before each.

BEGIN {
	n = split("start:dispatch run:dispatch go:dispatch stop:kill cancel:kill abort:kill " \
	    "list:queue ls:queue tasks:queue ps:watch top:status st:status runs:watch " \
	    "logs:log tail:log output:log retry:mark release:mark unpark:mark hold:mark " \
	    "new:task add:task create:task edit:task check:task answer:send tell:send " \
	    "message:send shell:attach explain:why setup:init config:doctor " \
	    "diagnose:doctor repair:doctor summary:status loop:heartbeat cron:heartbeat " \
	    "cleanup:clean remove:clean prune:clean", pair, " ")
	for (i = 1; i <= n; i++)
		if (index(pair[i], want ":") == 1)
			called[substr(pair[i], length(want) + 2)] = 1
}

function min(a, b) { return a < b ? a : b }

function edits(a, b,  i, j, d) {
	for (i = 0; i <= length(a); i++)
		d[i, 0] = i
	for (j = 0; j <= length(b); j++)
		d[0, j] = j
	for (i = 1; i <= length(a); i++)
		for (j = 1; j <= length(b); j++)
			d[i, j] = min(min(d[i - 1, j], d[i, j - 1]) + 1, \
			    d[i - 1, j - 1] + (substr(a, i, 1) != substr(b, j, 1)))
	return d[length(a), length(b)]
}

want != "" && (edits(want, $1) <= 2 || index($1, want) == 1 || $1 in called) { printf " %s", $1 }
