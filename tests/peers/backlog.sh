#!/bin/sh
# backlog.sh DIR - install Backlog.md below DIR, and compare the tasks that it
# calls ready with those that we do: over the fixture, and over copies of it
# with other statuses and dependencies.  BUILD names the tree to test.

set -eu

version=${BACKLOG_VERSION:-1.52.0} rounds=${PEER_ROUNDS:-8}
top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
peers=$(cd "$1" && pwd)
PATH=$BUILD/bin:$PATH
export LC_ALL=C
command -v npm >/dev/null || { echo 'check-peers: skipped: npm is not installed'; exit 0; }
peer=$peers/node_modules/.bin/backlog
if [ "$("$peer" --version 2>/dev/null)" != "$version" ]; then
	npm install --silent --no-audit --no-fund --prefix "$peers" "backlog.md@$version"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work/home"
mkdir "$HOME"
# It has no business on the network.
alone=
! unshare -rn true 2>/dev/null || alone='unshare -rn'

fresh() {
	rm -rf "$work/repo"
	cp -r "$top/tests/fixtures/backlog-md" "$work/repo"
	cd "$work/repo"
	sed -i 's/^\(remote_operations\|check_active_branches\|auto_open_browser\):.*/\1: false/' backlog/config.yml
	git init -q -b main
}

# Other statuses and dependencies, which $1 decides.
shuffle() {
	grep -h '^id: ' backlog/tasks/*.md backlog/completed/*.md | cut -c5- >../ids
	for file in backlog/tasks/back-*.md; do
		awk -v seed="$1$file" '
			function dice(n) { h = (h * 1103515245 + 12345) % 2147483648; return int(h / 65536) % n }
			BEGIN {
				split("To Do,In Progress,Done", word, ",")
				for (i = 1; i <= length(seed); i++)
					h = (h * 31 + index("0123456789abcdefghijklmnopqrstuvwxyz", tolower(substr(seed, i, 1)))) % 2147483648
			}
			FNR == NR { id[++n] = $0; next }
			/^---$/ && ++fence == 2 && !given && dice(2) { print "dependencies:"; print "  - " id[dice(n) + 1] }
			fence == 1 && /^status:/ && dice(2) { print "status: " word[1 + dice(3)]; next }
			fence == 1 && /^dependencies:/ {
				given = 1
				if (!dice(3)) { print "dependencies: [" id[dice(n) + 1] "," id[dice(n) + 1] "]"; skip = 1; next }
			}
			skip && /^ *- / { next }
			{ skip = 0; print }' ../ids "$file" >../one
		cat ../one >"$file"
	done
}

# Ids as ours: of the tasks that may be started, not of those in progress.
theirs() {
	# shellcheck disable=SC2086  # words
	$alone "$peer" task list --ready --json </dev/null |
		jq -r '.tasks[] | select(.isReady and .status == "To Do") | .id' |
		tr '[:upper:]' '[:lower:]' | tr . - | sort
}

bad=0
for round in $(seq 0 "$rounds"); do
	fresh
	[ "$round" = 0 ] || shuffle "$round"
	theirs >../theirs
	jared-queue -q -s ready -o id | sort >../ours
	if diff -u ../theirs ../ours; then
		echo "backlog.md $version: round $round: the same $(wc -l <../ours) tasks are ready"
	else
		bad=1 && echo "backlog.md $version: round $round: not the same tasks are ready"
	fi
done
exit $bad
