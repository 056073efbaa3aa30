load lib.bash
load work.bash

# Workers, their supervisors and their server, ended one without the other.

setup() {
	setup_world
	PATH=$BUILD/tests/tools:$PATH
}
teardown() { end_work; }

# Silent, deaf to HUP, until the file go is there; its pid is noted.
deaf='trap "" HUP; echo $$ >>"$JARED_ROOT/../pids"; exec >/dev/null 2>&1
'$until_go

# The journal's last word on it.
supervisor_of() { sed -n "s/.*\t$1\t.*\trunning\tpid=\([0-9]*\).*/\1/p" "$state"/journal/*.tsv | tail -1; }

begin() {
	task a
	git add -A && git commit -qm Tasks
	jared-dispatch a >/dev/null
	wait_for 5 test -e ../"${1:-pids}"
}

reap() { jared-dispatch --reap >/dev/null || [ $? = 1 ]; }

@test "a supervisor is killed while its agent lives: no second worker until that is gone" {
	worker_repo "$deaf; echo kept >kept"
	begin
	kill -9 "$(supervisor_of a)"
	agent=$(cat ../pids)
	reap
	is state_of a running
	held "$state/run/a.alive"
	run -1 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: a: running" ]
	[ "$(wc -l <../pids)" = 1 ]
	run_of a
	: >../go
	wait_for 5 nobody_alive
	reap
	[ "$(events a)" = "claim running interrupted" ]
	is state_of a exited
	[ "$(jared-queue -o waits)" = interrupted:1 ]
	is run_of a interrupted
	[ "$(cat .worktrees/a/kept)" = kept ]
	jared-heartbeat
	[ "$(wc -l <../pids)" = 1 ]
}

@test "after unpark an interrupted task goes on in the same worktree" {
	worker_repo "$deaf; pwd >>\"\$JARED_ROOT/../pwd\"; echo \$JARED_ATTEMPT >>kept"
	begin
	kill -9 "$(supervisor_of a)"
	: >../go
	wait_for 5 nobody_alive
	reap
	jared-mark unpark a
	is state_of a ready
	jared-dispatch a >/dev/null
	wait_for 5 nobody_alive
	reap
	[ "$(sort -u ../pwd)" = "$PWD/.worktrees/a" ]
	[ "$(cat .worktrees/a/kept)" = $'a.1\na.2' ]
	[ "$(events a)" = "claim running interrupted unpark claim running exited" ]
	model
}

@test "the tmux server dies: a worker that lives on is an orphan, and its exit is recorded" {
	worker_repo "$deaf; exit 3"
	begin
	tmux -S "$JARED_TMUX_SOCKET" kill-server
	wait_for 5 is run_of a orphan
	is state_of a running
	reap
	run -1 --separate-stderr jared-dispatch a
	: >../go
	wait_for 5 nobody_alive
	reap
	[ "$(jared-watch -o id,state,exit)" = $'a\texited\t3' ]
	[ "$(events a)" = "claim running exited" ]
}

@test "the tmux server is killed outright: the same" {
	worker_repo "$deaf; exit 3"
	begin
	kill -9 "$(tmux -S "$JARED_TMUX_SOCKET" display-message -p '#{pid}')"
	wait_for 5 is run_of a orphan
	: >../go
	wait_for 5 nobody_alive
	reap
	[ "$(jared-watch -o id,state,exit)" = $'a\texited\t3' ]
}

@test "a new worker after the server's death gets a new server, and the orphan keeps its place" {
	worker_repo "$deaf" 'max_workers: 2'
	begin
	tmux -S "$JARED_TMUX_SOCKET" kill-server
	task b; task c
	wait_for 5 is run_of a orphan
	jared-queue | jared-pick -q | jared-dispatch >../started
	[ "$(cut -f1 ../started)" = b ]
	is run_of a orphan
	run -1 --separate-stderr jared-dispatch c
	[[ $stderr == *cap* ]]
	: >../go
	wait_for 5 nobody_alive
}

@test "the socket is removed under a living server: no second server" {
	worker_repo "$deaf"
	begin
	pid=$(tmux -S "$JARED_TMUX_SOCKET" display-message -p '#{pid}')
	rm "$JARED_TMUX_SOCKET"
	task b
	jared-dispatch b >/dev/null
	[ "$(tmux -S "$JARED_TMUX_SOCKET" display-message -p '#{pid}')" = "$pid" ]
	[ "$(tmux -S "$JARED_TMUX_SOCKET" list-sessions -F x | wc -l)" = 2 ]
	: >../go
	wait_for 5 nobody_alive
}

@test "a pane closed by hand ends the worker's whole tree, and is a person's doing" {
	worker_repo "$deaf"
	printf '#!/bin/sh\necho $$ >>"$JARED_ROOT/../pids"\ntrap "" HUP TERM\nsetsid sleep 1000 &\nsleep 1000 & wait; sleep 1000\n' >../agent
	begin
	tmux -S "$JARED_TMUX_SOCKET" kill-pane -t "$(jared-watch -o pane)"
	wait_for 20 nobody_alive
	reap
	[ "$(jared-watch -o id,state)" = $'a\tkilled' ]
	[ "$(jared-queue -o state,waits)" = $'exited\tinterrupted:1' ]
	[ -z "$(ours)" ]
	jared-heartbeat
	[ "$(wc -l <../pids)" = 1 ]
}

@test "an agent that exits 7 and one killed by signal 9 are told so when the server is long gone" {
	worker_repo '[ "$JARED_TASK" = a ] && exit 7; kill -9 $$'
	task a; task b
	git add -A && git commit -qm Tasks
	jared-dispatch a b >/dev/null
	wait_for 5 nobody_alive
	tmux -S "$JARED_TMUX_SOCKET" kill-server
	jared-watch -o id,state,exit >../before
	reap
	jared-watch -o id,state,exit >../after
	printf 'a\texited\t7\nb\texited\tsig9\n' >../want
	same ../want ../before
	same ../want ../after
	jared-queue -o id,state,waits >../q
	[ "$(cut -f2 ../q | sort -u)" = backoff ]
}

@test "a dev server left behind never costs a second attempt its budget" {
	worker_repo 'setsid sh -c "echo \$\$ >>\"$JARED_ROOT/../pids\"; exec sleep 1000" & sleep 0.2; exit 1' \
	    'keep_leftovers: true' 'backoff_base: 0s'
	begin
	wait_for 5 is run_of a lingering
	for _ in 1 2 3; do
		jared-dispatch --reap || [ $? = 1 ]
		run -1 --separate-stderr jared-dispatch a
		[ -z "$output" ]
	done
	[ "$stderr" = "jared-dispatch: a: alive: pid=$(cat ../pids)" ]
	[ "$(grep -c claim "$state"/journal/*.tsv)" = 1 ]
	kill "$(cat ../pids)"
	wait_for 5 nobody_alive
	reap
	wait_for 5 is state_of a ready
	[ "$(jared-queue -o attempt)" = 1 ]
}

@test "without keep_leftovers what an agent left running ends with it" {
	worker_repo 'setsid sh -c "trap \"\" TERM HUP; echo \$\$ >>\"$JARED_ROOT/../pids\"; while :; do sleep 1; done" & sleep 0.2'
	begin
	wait_for 20 nobody_alive
	pid=$(cat ../pids)
	[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
	reap
	[ "$(events a)" = "claim running exited" ]
}

# slow PROGRAM PATTERN: ../slow/PROGRAM waits for the file ../on when its
# arguments are like that, says so by ../reached, and then is the real one
slow() {
	mkdir ../slow
	cat >../slow/"$1" <<-END
	#!/bin/sh
	case " \$* " in *'$2'*) : >$PWD/../reached; until [ -e $PWD/../on ]; do sleep 0.05; done ;; esac
	exec $(command -v "$1") "\$@"
	END
	chmod +x ../slow/"$1"
}

@test "a dispatcher stopped between claim and session loses to the one that took over" {
	worker_repo 'echo "$JARED_ATTEMPT" >>"$JARED_ROOT/../starts"; echo done >"$JARED_STATUS"'
	task a
	git add -A && git commit -qm Tasks
	slow git ' worktree add '
	PATH=$PWD/../slow:$PATH jared-dispatch a >../late 2>../late.err 3>&- </dev/null &
	pid=$!
	wait_for 5 test -e ../reached
	kill -STOP $pid
	# It holds disp: its claim stands, whatever time goes by.
	reap
	is state_of a claimed
	run -1 --separate-stderr jared-dispatch a
	# It dies: the claim is released, the next one starts.
	kill -9 $pid
	wait $pid || :
	: >../on
	reap
	[ "$(events a)" = "claim released" ]
	wait_for 5 eval '! pgrep -f "worktree add.*$PWD/"'
	jared-dispatch a >/dev/null
	wait_for 5 nobody_alive
	reap
	[ "$(cat ../starts)" = a.2 ]
	is state_of a review
	model
}

@test "a dispatcher stopped while its session starts: the worker runs once, and it is told so later" {
	worker_repo 'echo "$JARED_ATTEMPT" >>"$JARED_ROOT/../starts"; echo done >"$JARED_STATUS"'
	task a
	git add -A && git commit -qm Tasks
	slow tmux ' new-session '
	PATH=$PWD/../slow:$PATH jared-dispatch a >../late 3>&- </dev/null &
	pid=$!
	wait_for 5 test -e ../reached
	kill -STOP $pid
	reap
	run -1 --separate-stderr jared-dispatch a
	is state_of a claimed
	: >../on
	wait_for 5 is events a "claim running exited"
	reap
	kill -CONT $pid
	wait $pid
	[[ $(cat ../late) == $'a\t1\texited\t'* ]]
	[ "$(cat ../starts)" = a.1 ]
	model
}

@test "a failing agent is started as often as its budget says, then parked, and a person brings it back" {
	worker_repo 'echo x >>"$JARED_ROOT/../starts"; exit 1' 'attempts: 3' 'backoff_base: 0s'
	task a
	git add -A && git commit -qm Tasks
	for _ in 1 2 3 4 5; do
		jared-heartbeat
		wait_for 5 nobody_alive
	done
	[ "$(wc -l <../starts)" = 3 ]
	is state_of a parked
	jared-mark unpark a
	jared-heartbeat
	wait_for 5 nobody_alive
	[ "$(wc -l <../starts)" = 4 ]
	model
}

@test "after a reboot a running attempt is interrupted, however alike the pids are" {
	worker_repo "$deaf; echo kept >kept"
	begin
	kill -9 "$(supervisor_of a)" "$(cat ../pids)"
	wait_for 5 nobody_alive
	# A boot in which the supervisor's pid and start time are another's.
	echo 01234567-89ab-cdef-0123-456789abcdef >../boot_id
	sed -i "s/pid=$(supervisor_of a)\tstart=[0-9]*/pid=$$\tstart=$(awk '{ print $22 }' /proc/$$/stat)/" "$state"/journal/*.tsv
	perl -i -MCompress::Raw::Zlib -ne 'chomp; s/\t[0-9a-f]{8}$//; printf "%s\t%08x\n", $_, crc32($_)' "$state"/journal/*.tsv
	own_mounts "mount --bind ../boot_id /proc/sys/kernel/random/boot_id
		jared-watch -o id,state,evidence >../watch
		jared-dispatch --reap >/dev/null"
	[ "$(cut -f1,2 ../watch)" = $'a\tinterrupted' ]
	[ "$(events a)" = "claim running interrupted" ]
	[ "$(jared-queue -o state,waits)" = $'exited\tinterrupted:1' ]
}

@test "from another pid namespace a worker is not taken for dead" {
	worker_repo "$deaf"
	begin
	user=
	[ "$(id -u)" = 0 ] || user=-Ur
	unshare $user -p -f --mount-proc jared-watch -o id,state 3>&- >../watch
	unshare $user -p -f --mount-proc jared-dispatch --reap 3>&- >../reaped || [ $? = 1 ]
	unshare $user -p -f --mount-proc jared-dispatch a 2>../err 3>&- && false
	cat ../err
	[ "$(cat ../watch)" = "$(jared-watch -o id,state)" ]
	[ ! -s ../reaped ]
	[ "$(cat ../err)" = "jared-dispatch: a: running" ]
	: >../go
	wait_for 5 nobody_alive
}
