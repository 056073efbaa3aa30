load lib.bash
load work.bash
load kill.bash

# jared-kill: all of a worker, and nobody else.

setup() {
	setup_world
	strangers=()
}
teardown() {
	[ ${#strangers[@]} = 0 ] || kill -9 "${strangers[@]}" 2>/dev/null || :
	end_work
}

# Ignores HUP and TERM; leaves a child in a session of its own, with its parent
# gone, with no variable and no descriptor; both named in ../pids.
evil='trap "" HUP TERM; echo mine >kept
python3 - "$JARED_ROOT/../pids" <<-"END"
	import os, signal, sys
	signal.signal(signal.SIGHUP, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)
	if os.fork(): os._exit(0)
	os.setsid()
	if os.fork(): os._exit(0)
	open(sys.argv[1], "a").write("%d\n" % os.getpid())
	os.closerange(0, 256)
	os.chdir("/")
	os.execve("/bin/sleep", ["demon", "1000"], {})
END
echo $$ >>"$JARED_ROOT/../pids"; '
wait_here='while :; do sleep 0.2; done'

# begin [TASK...]: they run and have named N processes
begin() {
	local t n=$1
	shift
	for t in "${@:-a}"; do task "$t"; done
	git add -A && git commit -qm Tasks
	jared-dispatch "${@:-a}" >/dev/null
	wait_for 10 eval "[ \$(cat ../pids | wc -l) -ge $n ]"
}

supervisor_of() { sed -n "s/.*\t$1\t.*\trunning\tpid=\([0-9]*\).*/\1/p" "$state"/journal/*.tsv | tail -1; }

gone() {
	local p
	for p; do
		! grep -qs '^State:.[^ZX]' "/proc/$p/status" || return
	done
}
lives() { ! gone "$1"; }

stranger() { "$@" </dev/null >/dev/null 2>&1 3>&- & strangers+=($!); }

# What looks like the worker and is none of it.
decoys() {
	stranger bash -c 'exec -a demon sleep 1000'
	stranger bash -c "exec -a '$PWD/../agent' sleep 1000"
	stranger bash -c "exec -a '$BUILD/libexec/jared/jared-run' sleep 1000"
	stranger env JARED_ATTEMPT=a.1 JARED_STATE=/elsewhere sleep 1000
	stranger env JARED_ATTEMPT=a.10 JARED_STATE="$state" sleep 1000
	stranger env -C .worktrees/a sleep 1000
	# It asks for the lock and does not have it.
	stranger bash -c "exec 9<'$state/run/a.alive'; exec sleep 1000"
	stranger flock -F "$state/run/a.alive" sleep 1000
}
all_live() { local p; for p; do lives "$p" || { echo "$p is gone"; return 1; }; done; }

@test "a worker that forks twice, ignores HUP and TERM and makes itself a daemon is gone; its likes live" {
	worker_repo "$evil$wait_here"
	begin 2
	decoys
	mapfile -t pids <../pids
	tmux -S "$JARED_TMUX_SOCKET" new-session -d -s jared-a -- sleep 1000
	tmux -S "$JARED_TMUX_SOCKET" new-session -d -s jared-a-10 -- sleep 1000
	run -0 --separate-stderr jared-kill -o id,attempt,state,exit,evidence a
	[ "$output" = "$(tsv a 1 killed sig9 journal)" ]
	[ -z "$stderr" ]
	gone "${pids[@]}"
	all_live "${strangers[@]}"
	[ "$(events a)" = "claim running exited" ]
	grep -q 'cause=stopped' "$state"/journal/*.tsv
	free "$state/run/a.alive"
	[ "$(cat .worktrees/a/kept)" = mine ]
	git rev-parse -q --verify jared/a/1
	[ "$(tmux -S "$JARED_TMUX_SOCKET" list-sessions -F '#{session_name}' | sort | xargs)" = "jared-a jared-a-10" ]
}

@test "without its supervisor it is found by its lock, its variables, its record and its parents" {
	worker_repo 'trap "" HUP TERM
		(exec 63>&-; sh -c "echo \$\$ >>\$JARED_ROOT/../pids; '"$wait_here"'" &)
		(env -i sh -c "trap \"\" TERM; echo \$\$ >>../../../pids; '"$wait_here"'" &)
		exec 63>&-; echo $$ >>$JARED_ROOT/../pids; '"$wait_here"
	sed -i "1s,/sh,/bash," ../agent
	begin 3
	mapfile -t pids <../pids
	kill -9 "$(supervisor_of a)"
	decoys
	wait_for 5 is run_of a orphan
	run -0 jared-kill -w 1s -o id,state,exit a
	[ "$output" = "$(tsv a killed sig9)" ]
	all_live "${strangers[@]}"
	gone "${pids[@]}"
	[ "$(events a)" = "claim running exited" ]
	jared-dispatch --reap || [ $? = 1 ]
	[ "$(jared-queue -o state,waits)" = "$(tsv exited interrupted:1)" ]
}

@test "TERM is enough for one that heeds it, and it may clean up first" {
	worker_repo 'trap "echo clean >kept; exit 3" TERM; echo $$ >>$JARED_ROOT/../pids; '"$wait_here"
	begin 1
	run -0 jared-kill -o state,exit a
	[ "$output" = "$(tsv killed 3)" ]
	[ "$(cat .worktrees/a/kept)" = clean ]
}

@test "a supervisor that is stopped again and again is ended too, in the end" {
	worker_repo "$evil$wait_here"
	begin 2
	sup=$(supervisor_of a)
	stranger bash -c "while kill -STOP $sup; do sleep 0.02; done"
	run -0 jared-kill -w 0s -o state a
	[ "$output" = killed ]
	# shellcheck disable=SC2046
	gone "$sup" $(cat ../pids)
	[ "$(events a)" = "claim running exited" ]
}

@test "what lingers after its agent is ended, and its attempt stays as it ended" {
	worker_repo 'setsid sh -c "trap \"\" TERM; echo \$\$ >>\$JARED_ROOT/../pids; '"$wait_here"'" & sleep 0.2; exit 4' 'keep_leftovers: true'
	begin 1
	wait_for 5 is run_of a lingering
	run -0 jared-kill -w 1s -o state,exit a
	[ "$output" = "$(tsv exited 4)" ]
	# shellcheck disable=SC2046
	gone $(cat ../pids)
	free "$state/run/a.alive"
}

@test "one worker ends, the other works on; --all ends all; then there is nothing to end" {
	worker_repo 'echo $$ >>$JARED_ROOT/../pids; '"$wait_here"
	begin 3 a b c
	run -0 jared-kill -j b
	[ "$(jq -r '.id, .state, .evidence' <<<"$output" | xargs)" = "b killed journal" ]
	is run_of a working
	run -0 --separate-stderr jared-kill -n --all -o id
	[ "$output" = $'a\nc' ]
	run -0 jared-kill --all -o id,state
	[ "$output" = $'a\tkilled\nc\tkilled' ]
	run -1 --separate-stderr jared-kill --all
	[ "$stderr" = "jared-kill: none: no worker lives" ]
	run -1 --separate-stderr jared-kill a b nope
	[ "$stderr" = $'jared-kill: no attempt of \'nope\'\njared-kill: a: not running\njared-kill: b: not running' ]
	run -1 --separate-stderr jared-kill -q a
	[ -z "$output$stderr" ]
}

@test "a dry run tells the processes and signals none" {
	worker_repo "echo \$\$ >>\$JARED_ROOT/../pids; exec sleep 1000"
	begin 1
	cp -a "$state" ../before
	run -0 --separate-stderr jared-kill -n -o id,state a
	[ "$output" = "$(tsv a working)" ]
	[[ $stderr == *"jared-kill: a: would end pid $(cat ../pids) (sleep): "* ]]
	[[ $stderr == *"would end pid $(supervisor_of a) (jared-run): supervisor"* ]]
	[ "$(wc -l <<<"$stderr")" = 2 ]
	diff -r ../before/journal "$state/journal"
	is run_of a working
}

@test "the next beat does not start it again, a person does, where it was" {
	worker_repo "echo \$\$ >>\$JARED_ROOT/../pids; pwd >>\$JARED_ROOT/../where; $wait_here"
	begin 1
	jared-kill a
	jared-heartbeat
	[ "$(wc -l <../pids)" = 1 ]
	jared-mark unpark a
	jared-heartbeat
	wait_for 5 eval '[ $(wc -l <../pids) = 2 ]'
	[ "$(sort -u ../where | wc -l)" = 1 ]
	jared-kill a
	model
}

@test "inside a worker it refuses, unless forced" {
	worker_repo "echo \$\$ >>\$JARED_ROOT/../pids; $wait_here"
	begin 1
	run -1 --separate-stderr env JARED_ATTEMPT=b.1 jared-kill a
	[ "$stderr" = "jared-kill: refusing to end workers from inside worker b.1 (--force does)" ]
	is run_of a working
	run -0 env JARED_ATTEMPT=b.1 jared-kill -F a
}

@test "one that is about to start is waited for, and then ended" {
	worker_repo "echo \$\$ >>\$JARED_ROOT/../pids; $wait_here"
	task a
	git add -A && git commit -qm Tasks
	mkdir ../slow
	printf '#!/bin/sh\ncase " $* " in *" new-session "*) : >%s/../reached; sleep 1 ;; esac\nexec %s "$@"\n' \
		"$PWD" "$(command -v tmux)" >../slow/tmux
	chmod +x ../slow/tmux
	PATH=$PWD/../slow:$PATH jared-dispatch a >/dev/null 2>&1 3>&- </dev/null &
	pid=$!
	wait_for 10 test -e ../reached
	is run_of a claimed
	run -0 jared-kill -o state a
	[ "$output" = killed ]
	wait_for 20 gone $pid
	[ "$(events a)" = "claim running exited" ]
}

@test "one whose dispatcher died before it started never ran" {
	worker_repo "$wait_here"
	mkdir -p .git/jared/fault
	task a
	mkdir ../slow
	printf '#!/bin/sh\nkill -9 $PPID\n' >../slow/tmux && chmod +x ../slow/tmux
	PATH=$PWD/../slow:$PATH jared-dispatch a 3>&- || :
	run -1 --separate-stderr jared-kill a
	[ "$stderr" = "jared-kill: a: released: it never ran; jared-mark hold keeps the task from starting" ]
	[ "$(events a)" = "claim released" ]
}

@test "a worker of a boot that is over is not looked for by its numbers" {
	worker_repo "trap '' HUP; echo \$\$ >>\$JARED_ROOT/../pids; exec >/dev/null 2>&1; exec sleep 1000"
	begin 1
	kill -9 "$(supervisor_of a)" "$(cat ../pids)"
	wait_for 5 nobody_alive
	stranger sleep 1000
	sed -i "s/pid=$(supervisor_of a)\tstart=[0-9]*/pid=${strangers[0]}\tstart=$(awk '{ print $22 }' "/proc/${strangers[0]}/stat")/" "$state"/journal/*.tsv
	perl -i -MCompress::Raw::Zlib -ne 'chomp; s/\t[0-9a-f]{8}$//; printf "%s\t%08x\n", $_, crc32($_)' "$state"/journal/*.tsv
	run -1 --separate-stderr jared-kill a
	[ "$stderr" = "jared-kill: a: not running" ]
	all_live "${strangers[@]}"
	is run_of a interrupted
}

@test "wrong command lines" {
	worker_repo true
	for args in '' '-a a' '-w soon a' '-w 2h a' 'a -n' '-o nope a'; do
		# shellcheck disable=SC2086
		run -2 jared-kill $args
	done
	run -3 jared-kill -C / a
	run -1 --separate-stderr jared-kill a
	[ "$stderr" = "jared-kill: no attempt of 'a'" ]
	run -0 jared-kill -L
}

@test "pids that were given to strangers, before it looks and before it signals: none is hurt" {
	reuse_rounds 4
}

@test "that test fails for a jared-kill that signals by number" {
	run reuse_rounds 1 no-pidfd
	[ "$status" -ne 0 ]
	[[ $output == *VIOLATION* ]]
}
