load lib.bash
load work.bash

# Seven ways in which the tools below us surprise.  What belongs to one module
# is tested there too; here it is seen from outside.

setup() { setup_world; }
teardown() { end_work; }

server_pid() { tmux -S "$JARED_TMUX_SOCKET" display-message -p '#{pid}'; }

@test "hazard 1: the tmux server inherits no lock" {
	worker_repo "$until_go"
	task a
	jared-heartbeat >/dev/null
	wait_for 5 is state_of a running
	run ls -l "/proc/$(server_pid)/fd"
	[[ $output != *"$PWD"* ]]
	flock -n "$state/lock/beat" true
	free "$state/lock/git"
	free "$state/lock/journal"
	free "$state/run/a.1.disp"
	held "$state/run/a.alive"
	jared-heartbeat >/dev/null
	: >../go
	wait_for 10 nobody_alive
}

@test "hazard 1: an agent is given descriptors 0, 1, 2 and alive, and no other" {
	worker_repo 'ls -l /proc/$$/fd >"$JARED_ROOT/../fds"; : >"$JARED_ROOT/../seen"'
	task a
	jared-dispatch a >/dev/null
	wait_for 5 test -e ../seen
	# The shell's own script, and the terminal that it saved, are not counted.
	awk '$(NF-1) == "->" && $(NF-2) > 2 { print $NF }' ../fds | grep -v -e /agent$ -e ^/dev/pts/ >../rest
	[ "$(cat ../rest)" = "$state/run/a.alive" ]
}

@test "hazard 2: under LC_ALL=C a TAB from tmux is still a TAB" {
	worker_repo "$until_go"
	task a
	LC_ALL=C LANG= jared-dispatch a >/dev/null
	LC_ALL=C LANG= jared-watch -o id,pane >../panes
	[[ $(cat ../panes) == a$'\t'%[0-9]* ]]
	: >../go
	wait_for 10 nobody_alive
}

@test "hazard 3: the shell's read sees every column, absent ones too" {
	new_repo
	task a
	jared-queue >../q
	IFS=$'\t' read -r id st prio _ _ milestone owner age unblocks waits attempt paths file hash title <../q
	[ "$id $st $prio $milestone $owner $age $unblocks" = "a ready - - - - 0" ]
	[ "$waits $attempt $paths" = "- - -" ]
	[ "$title" = "Task a" ] && [ -n "$hash$file" ]
}

@test "hazard 4: GIT_DIR in the environment leads nobody astray" {
	git init -q other
	worker_repo 'git rev-parse --show-toplevel >"$JARED_ROOT/../top"; env >"$JARED_ROOT/../env"; : >"$JARED_ROOT/../seen"'
	task a
	GIT_DIR=$PWD/../other/.git GIT_INDEX_FILE=/nowhere GIT_WORK_TREE=/ jared-dispatch a >/dev/null
	wait_for 5 test -e ../seen
	[ "$(cat ../top)" = "$PWD/.worktrees/a" ]
	! grep '^GIT_\(DIR\|INDEX_FILE\|WORK_TREE\)' ../env
	[ -z "$(git -C ../other branch --list)" ]
	GIT_DIR=$PWD/../other/.git jared-watch | grep -q '^a'
}

@test "hazard 5: a beat sees the failure of every stage, not only of the last" {
	worker_repo ': >"$JARED_ROOT/../started"'
	task a
	export JARED_LIBEXEC=$BUILD/libexec/jared JARED_SHARE=$BUILD/share/jared
	for stage in queue pick; do
		mkdir ../$stage && cp "$BUILD"/bin/jared-* ../$stage
		printf '#!/bin/sh\nexit 3\n' >../$stage/jared-$stage
		run -3 ../$stage/jared-heartbeat
	done
	[ ! -e ../started ]
}

@test "hazard 6: tmux runs no shell for the words of a worker, whatever they are" {
	git init -q -b main 'a;b #(touch hit) $(touch hit2) c'
	cd 'a;b #(touch hit) $(touch hit2) c' || return
	git commit -q --allow-empty -m First
	printf '#!/bin/sh\npwd >"$JARED_ROOT/../pwd"; : >"$JARED_ROOT/../seen"\n' >agent.sh
	chmod +x agent.sh
	printf 'agent: sh\ncommand: ["%s/agent.sh"]\n' "$PWD" >jared.yaml
	task a
	jared-dispatch a >/dev/null
	wait_for 5 test -e ../seen
	[ "$(cat ../pwd)" = "$PWD/.worktrees/a" ]
	[ -z "$(find "$BATS_TEST_TMPDIR" "$HOME" -name 'hit*')" ]
	[ ! -e ~/hit ] && [ ! -e /hit ]
}

@test "hazard 6: one session name is never the beginning of another's" {
	worker_repo "$until_go"
	task a; task a-1; task a-1-1
	jared-dispatch a-1-1 a-1 a >/dev/null
	[ "$(jared-watch -o id,pane | cut -f2 | sort -u | wc -l)" = 3 ]
	: >../go
	wait_for 10 nobody_alive
}

@test "hazard 7: a FIFO among the task files does not hang a reader" {
	new_repo
	task a
	mkfifo tasks/workstreams/main/tasks/b.md
	run -0 --separate-stderr timeout 5 jared-queue -o id,state
	[ "$output" = $'a\tready\nb\tinvalid' ]
}
