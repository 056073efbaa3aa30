load lib.bash

setup() {
	setup_world
	PATH=$BUILD/tests/tools:$PATH
	export KILLAT_COUNT=count
}

@test "killat: 0 counts, and passes the status on" {
	run -7 killat 0 sh -c 'true & wait; exit 7'
	[ "$(cat count)" -gt 50 ]
}

@test "killat: a daemon dies with the command" {
	# sh -c: the grandchild is in a session of its own and has lost its parent.
	run -137 killat 30000 sh -c 'setsid sh -c "echo \$\$ >pid; exec sleep 100" &
		until [ -s pid ]; do sleep 0.1; done; while :; do echo >/dev/null; done'
	pid=$(cat pid)
	[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
}

@test "killat: the call at which it kills is not carried out" {
	killat 0 mkdir d
	n=$(cat count) && rmdir d
	for ((i = n; i > 0; i--)); do
		run killat "$i" mkdir d
		[ "$status" = 137 ]
		[ -d d ] || break
		rmdir d
	done
	[ "$i" -gt 0 ] && [ "$i" -lt "$n" ]
}
