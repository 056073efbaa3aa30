load ../lib.bash
load ../work.bash
load ../mail.bash

# The long versions of tests/mail.bats.

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() { setup_mail; }
teardown() { end_work; }

@test "200 sends to a busy worker: none is lost, none comes twice" {
	prompting -w 100
	for round in $(seq 10); do
		pids=
		for i in $(seq 20); do
			jared-send -q a "message $(((round - 1) * 20 + i))" >/dev/null 3>&- & pids="$pids $!"
		done
		wait $pids
	done
	wait_for 600 eval '[ "$(jared-send -l -o state | sort -u)" = taken ]'
	[ "$(jared-send -l | wc -l)" = 200 ]
	[ "$(ls "$got" | grep -vc raw)" = 200 ]
	for i in $(seq 200); do cat "$got/$i"; echo; done >order
	jared-send -l -o text >want
	same want order
	sort -u order >once
	seq -f 'message %g' 200 | sort >want
	same want once
}

@test "the supervisor is killed at 40 moments: no message is lost or doubled unsaid" {
	prompting -w 30
	for round in $(seq 40); do
		for i in 1 2 3; do jared-send -q a "round $round message $i" >/dev/null; done
		sleep "$((round % 4 / 3)).$((round * 137 % 1000 + 1000))"
		kill -9 "$(supervisor)"
		wait_for 20 eval 'jared-dispatch --reap >/dev/null; [ "$(jared-queue -o state)" != running ]'
		jared-send -l -o message,state,why,text >list
		for i in 1 2 3; do
			here=$(grep -lx "round $round message $i" "$got"/[0-9]* | wc -l)
			how=$(awk -F'\t' -v t="round $round message $i" '$4 == t { print $2 "," $3 }' list)
			echo "$here $how" >>seen
			case $here,$how in
			1,taken,*|[01],unsure,*|0,refused,over) ;;
			*) echo "round $round message $i: $here times, $how"; return 1 ;;
			esac
		done
		rm -f "$got"/*
		jared-mark -q unpark a >/dev/null
		jared-dispatch -q a >/dev/null
	done
	sort seen | uniq -c >&3
}
