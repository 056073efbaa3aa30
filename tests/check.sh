#!/bin/sh
# check.sh FILE|DIR... - run bats tests, then say how many passed and failed,
# alone on the last line.  BUILD names the tree they test.

set -eu

log=$BUILD/check.tap
mkdir -p "$BUILD"
export BATS_TEST_TIMEOUT="${BATS_TEST_TIMEOUT:-300}"
jobs=''
if [ "${CHECK_JOBS:=4}" -gt 1 ] && parallel --version 2>/dev/null </dev/null | grep -q GNU; then
	jobs="--jobs $CHECK_JOBS --no-parallelize-within-files"
fi

# Files that give themselves more time come first, lest all wait for one of them
# in the end.
early='' late=''
for arg; do
	[ ! -d "$arg" ] || arg=$(printf '%s ' "$arg"/*.bats)
	for file in $arg; do
		if grep -qs 'export BATS_TEST_TIMEOUT=' "$file"; then early="$early $file"
		else late="$late $file"; fi
	done
done

# dash has no pipefail, and the count below sees less than bats says.
status=$BUILD/check.status
{
	# shellcheck disable=SC2086  # words
	bats $jobs --timing --formatter tap $early $late || echo $? >&3
} 3>"$status" | tee "$log"

awk -v broken="$(wc -c <"$status")" '
	/^1\.\./ { planned = substr($0, 4) + 0 }
	/^not ok / { failed++ }
	/^ok / { if ($0 ~ / # skip/) skipped++; else passed++ }
	END {
		# A test that never came back is one that failed.
		lost = planned - passed - failed - skipped
		if (lost > 0) failed += lost
		if (broken && !failed) failed = 1
		printf "%d passed, %d failed%s\n", passed, failed,
		    skipped ? ", " skipped " skipped" : ""
		exit failed > 0
	}' "$log"
