# shellcheck shell=bash
# What tests of the queue's index share.

index=.git/jared/snap/index

# A repository with tasks of many kinds, and the index of them.
indexed_repo() {
	local i
	new_repo
	task plain && task long title='"A: \"b\" # c"' depends_on='[plain, gone]'
	task listed depends_on='[plain]' paths='[src/*.c, doc]' gates='[ci]' owner=bo
	task dated created=2026-01-02 hold_until=2030-01-02 milestone=m1 workstream=x
	task broken status=wip && task yaml 'title=[a'
	task Twin && task twin
	for i in 1 2 3 4 5 6 7 8; do task "n$i" depends_on="[n$((i % 8 + 1))]" priority=p$((i % 4)); done
	settled
	jared-snap >/dev/null
	[ -s "$index" ]
}

# Wait until the clock that files are stamped with has gone on.
settled() {
	: >stamp.a
	until : >stamp.b && [ stamp.b -nt stamp.a ]; do :; done
	rm stamp.a stamp.b
}

answers() {
	jared-queue 2>&1 || echo "$?"
	jared-queue -j 2>&1 || echo "$?"
}

# agree: with the index and without it, the answers are the same
agree() {
	answers >with
	mv "$index" "$index.away"
	answers >without
	mv "$index.away" "$index"
	same without with
}

# opened: the task files that a run of jared-queue opens
opened() {
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=openat -o trace \
	    jared-queue >/dev/null 2>&1 || :
	sed -n 's/.*"\([^"]*\.md\)".*/\1/p' trace | LC_ALL=C sort
}

# race_edits ROUNDS: after each edit of the same size at once, the queue tells
# the newest, however young the index is.
race_edits() {
	local i n
	new_repo
	task a title=0000000 status=ready && task b && task c
	for ((i = 1; i <= $1; i++)); do
		n=$(printf %07d "$i")
		printf -- '---\ntitle: %s' "$n" 1<>tasks/workstreams/main/tasks/a.md
		jared-snap >/dev/null
		n=$(printf %07d "$((i + 1000000))")
		printf -- '---\ntitle: %s' "$n" 1<>tasks/workstreams/main/tasks/a.md
		[ "$(jared-queue -o title a)" = "$n" ] || { echo "round $i: $n"; return 1; }
	done
}

# race_snaps ROUNDS: somebody edits a file as fast as he can while the index is
# made; what he wrote last is what the queue tells.
race_snaps() {
	local i k n file=$PWD/repo/tasks/workstreams/main/tasks/a.md
	new_repo
	task a title=0000000 status=ready && task b && task c
	for ((i = 1; i <= $1; i++)); do
		jared-snap >/dev/null 3>&- &
		for ((k = 0; k < 200; k++)); do
			printf -v n %07d "$((i * 1000 + k))"
			printf -- '---\ntitle: %s' "$n" 1<>"$file"
			kill -0 $! 2>/dev/null || break
		done
		wait $!
		[ "$(jared-queue -o title a)" = "$n" ] || { echo "round $i: $n"; return 1; }
	done
}
