# Of the first words of the input, those at most two edits away from want, or
# that begin with it; a blank before each.

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

want != "" && (edits(want, $1) <= 2 || index($1, want) == 1) { printf " %s", $1 }
