load lib.bash

setup() {
	setup_world
	new_repo
	task a status=draft
	agent=(sh -c 'printf %s "$0" >>got; echo "$PWD $PATH" >where; exec sleep 300')
}

teardown() { end_tmux; }

pane() { tmux -S "$JARED_TMUX_SOCKET" list-panes -a -F '#{session_name} #{pane_pid} #{pane_dead}'; }

@test "start gives an agent the playbook, once; stop ends it" {
	run -1 jared-manager status
	jared-manager start "${agent[@]}"
	wait_for 20 test -s where
	[ "$(head -n2 got | tail -n1)" = '# Managing the fleet' ]
	[ "$(cat where)" = "$PWD $BUILD/bin:$PATH" ]
	jared-manager status
	before=$(pane)
	run -0 --separate-stderr jared-manager start "${agent[@]}"
	[ "$stderr" = "jared-manager: it runs already" ]
	run -0 --separate-stderr jared-manager ensure "${agent[@]}"
	[ "$output$stderr" = "" ]
	[ "$(pane)" = "$before" ]
	[ "$(grep -c '^# Managing' got)" = 1 ]
	jared-manager stop
	run -1 jared-manager stop
	run -1 jared-manager status
}

@test "ensure starts one anew whose agent has ended" {
	jared-manager start true
	wait_for 20 eval 'pane | grep -q "1\$"'
	run -1 jared-manager status
	jared-manager ensure "${agent[@]}"
	wait_for 20 test -s where
	[ "$(pane | wc -l)" = 1 ]
}

@test "two at once start one" {
	starts=()
	for _ in 1 2 3 4; do
		jared-manager ensure "${agent[@]}" 3>&- || : &
		starts+=($!)
	done
	wait "${starts[@]}"
	wait_for 20 test -s where
	[ "$(pane | wc -l)" = 1 ]
}

@test "workers and the loop do not mind it, and it does not outlive the choice of a program" {
	printf '%s\n' 'agent: sh' 'command: [sleep, "300"]' >jared.yaml
	task w
	jared-manager start "${agent[@]}"
	jared-heartbeat -q
	[ "$(jared-watch -o id,state)" = $'w\tworking' ]
	[ "$(pane | wc -l)" = 2 ]
	jared-manager stop
	[ "$(jared-watch -o id,state)" = $'w\tworking' ]
	run -3 jared-manager start nosuchprogram
	PATH=/usr/bin:/bin run -3 "$BUILD/bin/jared-manager" start
	JARED_MANAGER='sleep 60' jared-manager start
}

@test "pause and resume are the loop's; a wrong verb and a worker are refused" {
	jared-heartbeat -q
	jared-manager pause
	[ -e .git/jared/pause ]
	jared-manager resume
	[ ! -e .git/jared/pause ]
	run -2 jared-manager
	run -2 jared-manager restart
	run -2 jared-manager stop now
	run -1 jared-manager attach
	export JARED_ATTEMPT=a.1
	run -1 --separate-stderr jared-manager start true
	[ "$stderr" = "jared-manager: refused inside a worker (JARED_ATTEMPT is set); --force does it all the same" ]
	run -1 jared-manager pause
	[ ! -e .git/jared/pause ]
	jared-manager --force pause
	[ -e .git/jared/pause ]
	jared-manager resume -F
	[ ! -e .git/jared/pause ]
}
