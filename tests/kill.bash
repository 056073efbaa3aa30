# shellcheck shell=bash disable=SC2154,SC2016,SC2015
# Forced reuse of pids, for kill.bats and long/kill.bats: runs in own_pids, with
# the fault build's jared-kill.

# take PID: a stranger gets that number, which must be free
take() {
	# A tmux server now and then misses that its child has ended.
	until [ ! -e "/proc/$1" ]; do
		sleep 0.02
		pgrep -x 'tmux: server' | xargs -r kill -CHLD
	done
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 1000 >/dev/null 2>&1 &
		[ $! != "$1" ] || return 0
		kill -9 $!
	done
	echo "cannot get pid $1" >&2
	return 1
}

# unhurt PID...: neither ended nor stopped
unhurt() {
	local p
	for p; do
		# One that was only just started may not sleep yet.
		grep -q '^State:.[SRD]' "/proc/$p/status" && grep -q '^ShdPnd:.0*$' "/proc/$p/status" ||
			{ grep -E 'State|Pnd' "/proc/$p/status"; echo "VIOLATION: pid $p was signalled"; return 1; }
	done
}

aims() { [ "$(find "/proc/$1/fd" -lname 'anon_inode:\[pidfd\]' 2>/dev/null | wc -l)" -ge 2 ]; }

# reuse ROUND: a worker's processes are replaced by strangers, before jared-kill
# looks (even rounds), or after it looked and before it signals (odd ones)
reuse() {
	local sup agent pid=
	rm -f ../pid
	[ "$(state_of a)" = ready ] || jared-mark -q unpark a >/dev/null
	jared-dispatch -q a >/dev/null
	wait_for 10 test -s ../pid
	agent=$(cat ../pid)
	sup=$(sed -n 's/.*\trunning\tpid=\([0-9]*\).*/\1/p' "$state"/journal/*.tsv | tail -1)
	if [ $(($1 % 2)) = 1 ]; then
		: >"$state/fault/hold-fire"
		jared-kill -q -w 0s a >/dev/null </dev/null & pid=$!
		wait_for 10 aims $pid
		sleep 0.05
	fi
	kill -9 "$sup" "$agent"
	take "$agent" && take "$sup"
	rm -f "$state/fault/hold-fire"
	if [ -n "$pid" ]; then wait $pid || :; else jared-kill -q a || :; fi
	unhurt "$agent" "$sup" || return
	kill -9 "$agent" "$sup"
}

# reuse_rounds N [FAULT]
reuse_rounds() {
	worker_repo 'trap "" HUP; echo $$ >"$JARED_ROOT/../pid.new"; exec >/dev/null 2>&1
		mv "$JARED_ROOT/../pid.new" "$JARED_ROOT/../pid"; exec sleep 1000' 'attempts: 1000'
	task a
	git add -A && git commit -qm Tasks
	mkdir -p "$state/fault"
	[ -z "${2-}" ] || : >"$state/fault/$2"
	own_pids "$(cat "$TESTS/kill.bash")
	state=$state PATH=$BUILD/fault/bin:\$PATH
	for ((i = 1; i <= $1; i++)); do reuse \$i; done"
}
