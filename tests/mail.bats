load lib.bash
load work.bash
load mail.bash

# What jared-send sent is handed over, once, as it is.

setup() { setup_mail; }
teardown() { end_work; }

# told N: what message N is by now
told() { jared-send -l -o message,state,why | awk -F'\t' -v n="$1" '$1 == n { print $2, $3 }'; }
keys() { tmux -S "$JARED_TMUX_SOCKET" send-keys -t jared-a-1 "$@"; }

nasty() {
	printf 'a trailing ;' >text.1
	printf -- '-leading' >text.2
	printf 'C-c' >text.3
	printf '\ta\tb\n\n  c\n' >text.4
	printf '`id` $(id) "\047\\ #{pane_id} %%1 \\; ~ !x @y gr\xc3\xbc\xc3\x9fe \xf0\x9f\x8e\x89' >text.5
	yes 'a line of text, and some more' | head -c 102400 >text.6
	printf '\n\n' >text.7
}

@test "typed, every byte arrives as it was: quotes, semicolons, tabs, newlines, 100 kB" {
	prompting
	nasty
	for n in 1 2 3 4 5 6 7; do
		jared-send -w 60s -o state a - <text.$n >state
		[ "$(cat state)" = taken ]
		cmp text.$n "$got/$n"
	done
	[ "$(told 6)" = "taken osc7501" ]
	# Nothing but the pastes and Enter reached it.
	for n in 1 2 3 4 5 6 7; do printf '\033[200~'; cat text.$n; printf '\033[201~\r'; done >raw
	cmp raw "$got/raw"
}

@test "an agent that reads slowly gets all of it" {
	prompting -s
	yes 'a line of text, and some more' | head -c 40000 >text
	jared-send -q -w 90s a - <text
	cmp text "$got/1"
}

@test "many sends at once to a worker that works: none is lost, none comes twice" {
	prompting -w 100
	pids=
	for i in $(seq 12); do
		jared-send -q a "message $i" >/dev/null 3>&- & pids="$pids $!"
	done
	wait $pids
	wait_for 90 eval '[ "$(jared-send -l -o state | sort -u)" = taken ]'
	[ "$(ls "$got" | grep -vc raw)" = 12 ]
	for i in $(seq 12); do echo "message $i"; done | sort >want
	for i in $(seq 12); do cat "$got/$i"; echo; done >order
	sort order >list
	same want list
	jared-send -l -o text >want
	same want order
}

@test "while a question is open nothing is typed, and nothing is approved" {
	prompting -d
	wait_for 10 is run_of a waiting
	jared-send -q a hello
	wait_for 10 eval '[ "$(told 1)" = "queued dialog" ]'
	sleep 2
	[ ! -e "$got/raw" ]
	: >"$got/go"
	wait_for 20 eval '[ "$(told 1)" = "taken osc7501" ]'
	[ ! -e "$got/approved" ]
	[ "$(cat "$got/1")" = hello ]
}

@test "a person who types is not disturbed" {
	prompting
	wait_for 10 is run_of a idle
	keys -l 'one'
	jared-send -q a hello
	for word in ' two' ' three'; do
		sleep 3
		keys -l "$word"
	done
	[ "$(told 1)" = "queued person" ]
	keys Enter
	wait_for 10 test -e "$got/1"
	[ "$(cat "$got/1")" = "one two three" ]
	sleep 3
	[ ! -e "$got/2" ]
	wait_for 30 test -e "$got/2"
	[ "$(cat "$got/2")" = hello ]
	wait_for 10 eval '[ "$(told 1)" = "taken osc7501" ]'
}

@test "an agent that takes no pasted text gets one line, and several are refused" {
	prompting -b
	jared-send -q -w 30s a 'one line;'
	[ "$(cat "$got/1")" = 'one line;' ]
	run -1 jared-send -w 30s -o state,why a $'two\nlines'
	[ "$output" = "$(tsv refused paste)" ]
	run -1 jared-send -w 30s -o state,why a $'a\ttab'
	[ "$output" = "$(tsv refused paste)" ]
	printf 'one line;\r' >want
	cmp want "$got/raw"
}

@test "what the agent's input box would change is refused, but for the newline that ends the text" {
	prompting
	echo 'changes: [tab, ends]' >>.jared/agents/fake.yaml
	jared-kill -q a; jared-mark -q unpark a; rm -f "$got"/*; jared-dispatch -q a
	for text in ' x' 'x ' $'x\ty' $'x\n\n' $'\nx' $'\u00a0x' $'x\u2003' $'x\ufeff' $'\n' ' '; do
		run -1 jared-send -w 30s -o state,why a "$text"
		[[ $output == "refused	"@(ends|tab) ]] || { echo "'$text': $output"; false; }
	done
	printf 'two  words\n and a line\n' | jared-send -q -w 30s a -
	jared-send -q -w 30s a $'gr\u00fc\u00df \u00a0 x'
	printf 'two  words\n and a line' | cmp - "$got/1"
	[ "$(cat "$got/2")" = $'gr\u00fc\u00df \u00a0 x' ]
}

@test "a line that the terminal would cut off is refused, the longest that it takes arrives" {
	prompting -c
	head -c 4094 /dev/zero | tr '\0' x >text
	jared-send -q -w 30s a - <text
	cmp text "$got/1"
	head -c 4095 /dev/zero | tr '\0' x >text
	run -1 jared-send -w 30s -o state,why a - <text
	[ "$output" = "$(tsv refused line)" ]
	[ "$(ls "$got" | grep -vc raw)" = 1 ]
}

@test "an agent of which nothing tells that it is idle is typed nothing" {
	prompting -u
	jared-send -q a hello
	wait_for 20 eval '[ "$(told 1)" = "queued unknown" ]'
	sleep 2
	[ ! -e "$got/raw" ]
}

@test "--now interrupts a turn, and what waited comes after it" {
	prompting -w 600000
	jared-send -q -w 30s a first
	jared-send -q a second
	wait_for 20 eval '[ "$(told 2)" = "queued busy" ]'
	jared-send -q a --now -w 30s third
	[ "$(cat "$got/2")" = third ]
	[ -e "$got/interrupted" ]
	[ "$(told 2)" = "queued busy" ]
}

@test "its supervisor is killed: each message is there once, or told to be refused or unsure" {
	prompting -w 20
	for i in $(seq 6); do jared-send -q a "message $i" >/dev/null; done
	sleep 1.3
	kill -9 "$(supervisor)"
	wait_for 10 eval '! jared-send -q a more >/dev/null'
	for i in $(seq 6); do
		here=$(grep -lx "message $i" "$got"/[0-9]* | wc -l)
		case $here,$(told "$i") in
		1,taken*|1,unsure*|0,unsure*|"0,refused over") ;;
		*) echo "message $i: $here times, $(told "$i")"; return 1 ;;
		esac
	done
}

# --- headless ---

# answering [SCRIPT]: a worker that notes each prompt whole, as 1, 2, …
answering() {
	worker_repo 'n=1; until mkdir "'"$got"'/d$n" 2>/dev/null; do n=$((n + 1)); done
		cat >"'"$got"'/$n"; echo "$JARED_ATTEMPT" >>"'"$got"'/attempt"
		'"${1-}"
	task a
	jared-dispatch -q a
}

@test "a headless worker is run again with each message, in the same attempt" {
	answering 'pwd >>"'"$got"'/pwd"; '"$until_go"
	nasty
	for n in 1 2 3 4 5 6 7; do jared-send -q a - <text.$n >/dev/null; done
	: >../go
	wait_for 60 nobody_alive
	for n in 1 2 3 4 5 6 7; do cmp text.$n "$got/$((n + 1))"; done
	[ ! -e "$got/9" ]
	[ "$(sort -u "$got/pwd")" = "$PWD/.worktrees/a" ]
	[ "$(sort -u "$got/attempt")" = a.1 ]
	[ "$(events a)" = "claim running resumed resumed resumed resumed resumed resumed resumed exited" ]
	[ "$(jared-send -l -o state,why | sort -u)" = "$(tsv taken resumed)" ]
	model
	run -1 --separate-stderr jared-send a more
	[[ $stderr == *"attempt 1 is over"* ]]
}

@test "nobody takes a headless worker for one that is over before its last message" {
	answering 'sleep 0.2'
	for n in 1 2 3 4 5 6; do jared-send -q a "$n" >/dev/null; done
	until jared-watch -q -s exited a; do :; done
	wait_for 30 nobody_alive
	[ "$(events a)" = "claim running resumed resumed resumed resumed resumed resumed exited" ]
}

@test "--now ends a headless run, and its work and attempt go on with the message" {
	answering "echo kept >>kept; [ \$n -gt 1 ] || $until_go"
	wait_for 10 test -e .worktrees/a/kept
	jared-send -q a later
	jared-send -q -w 30s --now a 'read docs/api.md first'
	wait_for 30 nobody_alive
	[ "$(cat "$got/2" "$got/3")" = "read docs/api.md firstlater" ]
	[ "$(wc -l <.worktrees/a/kept)" = 3 ]
	[ "$(events a)" = "claim running resumed resumed exited" ]
	[ "$(jared-watch -o state,exit)" = "$(tsv exited 0)" ]
}

@test "a worker that is ended while it is interrupted for a message stays ended" {
	answering 'trap "" TERM; '"$until_go"
	wait_for 10 test -e "$got/1"
	jared-send -q a --now hello
	sleep 0.5
	kill "$(supervisor)"
	wait_for 20 nobody_alive
	[ "$(events a)" = "claim running exited" ]
	[ "$(told 1)" = "refused over" ]
	[ ! -e "$got/2" ]
}

@test "a run for a message that fails ends the attempt; what waited is refused" {
	answering "[ \$n -gt 1 ] || $until_go; exit \$((n - 1))"
	jared-send -q a one; jared-send -q a two
	: >../go
	wait_for 30 nobody_alive
	[ "$(told 1)" = "taken resumed" ]
	[ "$(told 2)" = "refused over" ]
	[ "$(events a)" = "claim running resumed exited" ]
	[ ! -e "$got/3" ]
}

@test "an argument is the message, whole; one that is too long for it is refused" {
	new_repo repo
	state=$PWD/.git/jared
	printf '#!/bin/sh\nprintf %%s "$1" >"%s/$$"\n%s\n' "$got" "$until_go" >../agent && chmod +x ../agent
	printf 'agent: sh\ncommand: ["%s/agent", "{{prompt}}"]\n' "$(cd .. && pwd)" >jared.yaml
	task a
	jared-dispatch -q a
	printf -- '-x "\047 $HOME;\n\ttwo\n' >text
	jared-send -q a - <text
	head -c 131000 /dev/zero | tr '\0' y >long
	jared-send -q a - <long
	head -c 131001 /dev/zero | tr '\0' y >longer
	run -1 --separate-stderr jared-send a - <longer
	[[ $stderr == *"131001 bytes, and agent 'sh' is given it as an argument"* ]]
	: >../go
	wait_for 30 nobody_alive
	for want in text long; do
		found=
		for f in "$got"/*; do ! cmp -s "$want" "$f" || found=$f; done
		[ -n "$found" ]
	done
}

@test "a headless agent whose profile cannot resume it is not sent to" {
	new_repo repo
	state=$PWD/.git/jared
	mkdir -p .jared/agents
	echo 'headless: [sleep, "30"]' >.jared/agents/deaf.yaml
	echo 'agent: deaf' >jared.yaml
	task a
	jared-dispatch -q a
	run -1 --separate-stderr jared-send a hello
	[ "$stderr" = "jared-send: a: agent 'deaf' is headless, and its profile does not tell how to resume it" ]
	run -1 jared-send -q --now a hello
}

@test "no exit passes a message by: told is taken, or refused before it was told" {
	answering 'sleep 0.$((RANDOM % 3))'
	sed -i '1s|/sh|/bash|' ../agent
	for i in $(seq 15); do
		jared-send -q -o message a "message $i" >>sent || break
	done
	wait_for 60 nobody_alive
	while read -r n; do
		[ "$(told "$n")" = "taken resumed" ]
		[ "$(cat "$got/$((n + 1))")" = "message $n" ]
	done <sent
	[ "$(events a | tr ' ' '\n' | grep -c resumed)" = "$(wc -l <sent)" ]
	model
}

@test "the supervisor is killed between two runs: the end of the first is not taken for that of the second" {
	answering '[ $n = 1 ] && { '"${until_go/\/go/\/first}"'; exit; }; trap "" HUP; exec >/dev/null 2>&1; '"$until_go"
	jared-send -q a more
	: >../first
	wait_for 20 test -e "$got/2"
	kill -9 "$(supervisor)"
	: >../go
	wait_for 20 nobody_alive
	jared-dispatch --reap >/dev/null || :
	[ "$(events a)" = "claim running resumed interrupted" ]
}

# killed_at CALL: a supervisor with two messages, killed with its agent at that
# system call; what came of them goes into seen
killed_at() {
	local here how i holder
	rm -rf "$STATE" ran && mkdir -m 700 "$STATE"
	"$BUILD/tests/helper/attempt" -r -e PATH="$PATH" "$STATE" t1 1 "$PWD" "$PWD/.git" \
	    refs/heads/main sh -c '[ -t 0 ] || { cat; echo; } >>ran'
	"$BUILD/tests/helper/attempt" -w "$STATE" t1 >/dev/null 3>&- & holder=$!
	wait_for 5 "$BUILD/tests/helper/attempt" -l "$STATE" t1
	for i in 1 2; do jared-send -q t1 "message $i" >/dev/null; done
	kill $holder
	wait_for 5 eval '! "$BUILD/tests/helper/attempt" -l "$STATE" t1'
	killat "$1" "$BUILD/libexec/jared/jared-run" "$STATE" t1 1 </dev/null >/dev/null 2>&1 || :
	wait_for 5 eval '! "$BUILD/tests/helper/attempt" -l "$STATE" t1'
	jared-send -l -o state,text >list
	touch ran
	for i in 1 2; do
		here=$(grep -cx "message $i" ran) || :
		how=$(awk -F'\t' -v t="message $i" '$2 == t { print $1 }' list)
		echo "$here $how" >>seen
		case $here,$how in
		# It was started with it, and what it did with that is its own.
		1,taken|0,taken|[01],unsure|0,refused|0,queued) ;;
		*) echo "call $1: message $i: $here times, $how"; return 1 ;;
		esac
	done
}

@test "killed with its agent at any system call, it hands nothing over twice and loses nothing unsaid" {
	export ASAN_OPTIONS=detect_leaks=0 KILLAT_COUNT=$BATS_TEST_TMPDIR/count
	new_repo repo
	export STATE=$BATS_TEST_TMPDIR/state JARED_STATE=$BATS_TEST_TMPDIR/state
	killed_at 0
	calls=$(cat "$KILLAT_COUNT")
	[ "$(cat ran)" = $'message 1\nmessage 2' ]
	for i in $(seq "${POINTS-10}"); do
		killed_at $((i * calls / ${POINTS-10}))
	done
	sort seen | uniq -c
	[ "$(sort -u seen | wc -l)" -ge 2 ]
}
