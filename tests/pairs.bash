# shellcheck shell=bash disable=SC2154,SC2015,SC2016
# Two worktrees made at one moment, and a worker that commits while it is
# watched: rounds for worktree.bats and long/worktree.bats.

# pair ROUND: two at once; every tenth round one of them is a worker's
pair() {
	local one two first=w1 status=0
	jared-worktree -q -o ports w0 >../p0 2>>../err </dev/null 3>&- & one=$!
	if [ $(($1 % 10)) = 0 ]; then
		first=t$1
		task "$first"
		jared-dispatch -q -o ports "$first" >../p1 2>>../err </dev/null 3>&- & two=$!
	else
		jared-worktree -q -o ports w1 >../p1 2>>../err </dev/null 3>&- & two=$!
	fi
	wait $one && wait $two || status=1
	[ $status = 0 ] && [ -s ../p0 ] && [ -s ../p1 ] && ! cmp -s ../p0 ../p1 ||
		{ echo "VIOLATION in round $1: $(cat ../p0 ../p1 ../err)"; return 1; }
	[ "$first" = w1 ] || { jared-kill -q -w 0s "$first" >/dev/null && rm -f tasks/workstreams/main/tasks/"$first".md; }
	rm -rf .worktrees/w0 .worktrees/w1
	git worktree prune
	git branch -q -D w0 w1 2>/dev/null || :
}

# pairs N
pairs() {
	local i
	worker_repo 'exec sleep 1000' 'port_base: 22000' 'port_step: 5' 'start_timeout: 60s'
	for ((i = 1; i <= $1; i++)); do pair "$i" || return; done
}

# commits N: by a worker that is watched all the time, by two watchers
commits() {
	local watchers=()
	worker_repo 'i=0; while [ $((i += 1)) -le '"$1"' ]; do
		echo $i >file$((i % 7)) && git add -A && git commit -qm "$i" || echo "$i failed" >>../../../failed
	done >>../../../said 2>&1; : >../../../committed; echo done >"$JARED_STATUS"'
	task a
	git add -A && git commit -qm Tasks
	jared-dispatch -q a >/dev/null
	(until [ -e ../committed ]; do jared-watch -o id,state,ahead,dirty >>../seen; done) 3>&- &
	watchers+=($!)
	(until [ -e ../committed ]; do timeout 5 jared-watch -f >>../followed || :; done) 3>&- &
	watchers+=($!)
	wait_for $(($1 * 2 + 60)) test -e ../committed
	wait_for 60 nobody_alive
	# Not a bare one: bats has a child of its own, for the time-out.
	wait "${watchers[@]}"
	[ ! -e ../failed ] || { cat ../failed ../said; return 1; }
	[ "$(git rev-list --count main..jared/a/1)" = "$1" ]
	[ -s ../seen ]
}
