load lib.bash
load work.bash

setup() { setup_world; }
teardown() { end_work; }

# Its start, by a write(2) of its own; then it is done.
agent='echo "$JARED_ATTEMPT" >>"$JARED_ROOT/../starts"; echo done >"$JARED_STATUS"'

ready() { jared-queue -o id,state | grep -q 'ready$'; }

# all_at_once N COMMAND...: its exit statuses, counted, in $statuses
all_at_once() {
	local i n=$1 pids=()
	shift
	for ((i = 0; i < n; i++)); do
		"$@" >/dev/null 2>>../err 3>&- </dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" && echo 0 || echo $?
	done >../each
	sort -n ../each | uniq -c | awk '{ print $2 ":" $1 }' >../statuses
}

# The whole queue, unpicked: the limit has to hold without jared-pick.  All begin
# at once; a nap after each round leaves the workers something of two processors,
# and bats, which looks at every command, has no part in it.
dispatcher() {
	local - end=$((SECONDS + 200)) q
	set +T
	while q=$(jared-queue) && grep -qP '^[^\t]+\tready\t' <<<"$q" && [ $SECONDS -lt $end ]; do
		jared-dispatch <<<"$q" || [ $? = 1 ] || [ $? = 75 ] || return
		sleep $((RANDOM % 10 + 6)).$((RANDOM % 10))
	done
}

@test "fifty dispatchers, sixty tasks, five places: sixty starts, never a sixth at once" {
	worker_repo "$agent" 'max_workers: 5'
	for i in {1..60}; do task "t$i"; done
	git add -A && git commit -qm Tasks
	all_at_once 50 dispatcher
	wait_for 10 nobody_alive
	jared-dispatch --reap || [ $? = 1 ]
	[ "$(sort ../starts | uniq | wc -l)" = 60 ]
	[ "$(wc -l <../starts)" = 60 ]
	cat ../statuses
	[ "$(cat ../statuses)" = 0:50 ]
	model 5 >../model || { cat ../model; false; }
	[[ $(cat ../model) == *"60 starts, at most 5 at once" ]]
	[ "$(jared-queue -o state | sort | uniq -c | tr -s ' ')" = " 60 review" ]
}

@test "fifty dispatchers for one task: one claim" {
	worker_repo "$agent"
	task a
	git add -A && git commit -qm Tasks
	all_at_once 50 jared-dispatch a
	wait_for 10 nobody_alive
	[ "$(cat ../statuses)" = $'0:1\n1:49' ]
	[ "$(wc -l <../starts)" = 1 ]
	[ "$(model)" = "1 claims, 1 starts, at most 1 at once" ]
}

@test "fifty claims lease fifty different ports, each freed with its attempt" {
	mkfifo go
	worker_repo 'echo "$JARED_PORT" >>"$JARED_ROOT/../ports"; : <"$JARED_ROOT/../go"' \
	    'max_workers: 50' 'port_base: 9000' 'port_step: 10' 'start_timeout: 60s'
	for i in {1..51}; do task "t$i"; done
	git add -A && git commit -qm Tasks
	jared-queue | jared-pick -q | jared-dispatch >/dev/null
	wait_for 10 eval '[ "$(wc -l <../ports)" = 50 ]'
	[ "$(sort -u ../ports | wc -l)" = 50 ]
	[ "$(jared-watch -o ports | sort -u | wc -l)" = 50 ]
	: >../go
	wait_for 20 nobody_alive
	rm ../go && : >../go
	jared-dispatch --reap || [ $? = 1 ]
	jared-dispatch t9 t51 >/dev/null || :
	wait_for 10 nobody_alive
	# The first lease is free again, so it is the next one given.
	[ "$(tail -1 ../ports)" = 9000 ]
}

beats() {
	local i
	for ((i = 0; i < 12; i++)); do
		jared-heartbeat || return
	done
}

@test "two heartbeats in loops start each task once" {
	worker_repo "$agent" 'max_workers: 3'
	for i in {1..12}; do task "t$i"; done
	git add -A && git commit -qm Tasks
	all_at_once 2 beats
	cat ../err
	[ "$(cat ../statuses)" = 0:2 ]
	while ready; do jared-heartbeat; done
	wait_for 10 nobody_alive
	[ "$(sort ../starts | uniq -c | awk '{ print $1 }' | sort -u)" = 1 ]
	[ "$(wc -l <../starts)" = 12 ]
	model 3
}

@test "two heartbeats at once: the second finds the first at work and leaves it alone" {
	worker_repo "$agent"
	jared-heartbeat
	(exec 9<>"$state/lock/beat"; flock 9; : >../locked; until [ -e ../go ]; do sleep 0.05; done) 3>&- &
	wait_for 5 test -e ../locked
	task a
	run -0 jared-heartbeat
	[ ! -e ../starts ]
	: >../go
	wait $!
	jared-heartbeat
	wait_for 10 test -e ../starts
}

@test "settling without a pause takes no claim away from a dispatcher at work" {
	worker_repo "$agent" 'max_workers: 4'
	for i in {1..8}; do task "t$i"; done
	git add -A && git commit -qm Tasks
	jared-dispatch --reap
	(until [ -e ../stop ]; do jared-dispatch --reap || [ $? = 1 ]; done) >/dev/null 3>&- &
	for _ in {1..20}; do
		jared-queue | jared-pick -q | jared-dispatch >/dev/null || [ $? = 1 ]
		[ "$(wc -l <../starts)" -lt 8 ] || break
	done
	: >../stop
	wait $!
	wait_for 10 nobody_alive
	jared-dispatch --reap
	[[ $(model 4) == "8 claims, 8 starts,"* ]]
}
