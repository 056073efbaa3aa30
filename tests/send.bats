load lib.bash
load journal.bash
load work.bash

# jared-send: what is sent, what is refused, what becomes of it.

setup() {
	setup_world
	export LOGNAME=ann
	PATH=$BUILD/tests/tools:$PATH
}
teardown() { end_work; }

# A worker that reads nothing more.
one_worker() {
	worker_repo "$until_go" "$@"
	task a
	jared-dispatch -q a
}

# body N: the bytes of message N of attempt 1 of a
body() {
	local f
	f=$(printf "$state/run/a.1/%s/%06d" inbox "$1")
	[ -e "$f" ] || f=$(printf "$state/run/a.1/%s/%06d" handled "$1")
	tail -n +2 "$f"
}

@test "a message is a durable file with who, when and its exact bytes" {
	one_worker
	jared-send a Use the new client.
	JARED_NOW=2026-11-22T10:00:00Z jared-send a two >got
	tsv a 1 2 queued 2026-11-22T10:00:00Z idle 2026-11-22T10:00:00Z ann 3 exit two >want
	same want got
	[ "$(body 1)" = "Use the new client." ]
	jared-send -l -o message,state,by,bytes,text a >got
	{ tsv 1 queued ann 19 "Use the new client."; tsv 2 queued ann 3 two; } >want
	same want got
	jared-send -lj | jq -r '[.id, .attempt, .message, .when] | @tsv' >got
	{ tsv a 1 1 idle; tsv a 1 2 idle; } >want
	same want got
}

@test "every byte that can arrive is kept: quotes, semicolons, tabs, newlines, 100 kB" {
	one_worker
	n=0
	sent() { n=$((n + 1)); jared-send -q a - <text >/dev/null; body $n >got; cmp text got; }
	printf 'a trailing ;' >text; sent
	printf -- '-leading' >text; sent
	printf 'C-c' >text; sent
	printf 'a\tb\n\n  c\n' >text; sent
	printf '\n' >text; sent
	printf '`id` $(id) "\047\\ #{pane_id} %%1 \\; ~' >text; sent
	printf 'gr\xc3\xbc\xc3\x9fe \xf0\x9f\x8e\x89 \xe2\x80\xae' >text; sent
	yes 'a line of text' | head -c 102400 >text; sent
	head -c 1048576 /dev/zero | tr '\0' x >text; sent
	[ "$(jared-send -l -o bytes | tail -1)" = 1048576 ]
}

@test "words are joined by a blank; a text that looks like an option stands behind --" {
	one_worker
	jared-send -o text a one 'two  three' >got
	jared-send a -o text -- -n >>got
	jared-send -o text -- a -n >>got
	jared-send a -o text -- - >>got
	printf '%s\n' 'one two  three' -n -n '\-' >want
	same want got
	run -2 jared-send a --nou text
	run -2 jared-send a text -n
	[ "$(jared-send -l | wc -l)" = 4 ]
}

@test "what would not arrive as it is, is refused and nothing is filed" {
	one_worker
	refused() {
		run -1 --separate-stderr jared-send a - <text
		[ -z "$output" ]
		[ "$stderr" = "jared-send: a: $1" ] || { echo "$stderr"; return 1; }
	}
	printf 'one\ntwo\033[201~' >text; refused "line 2: the control character 0x1b would be obeyed, not taken"
	printf 'a\0b' >text; refused "line 1: the control character 0x00 would be obeyed, not taken"
	printf '\3' >text; refused "line 1: the control character 0x03 would be obeyed, not taken"
	printf 'a\177' >text; refused "line 1: the control character 0x7f would be obeyed, not taken"
	printf 'a\xc2\x9b1m' >text; refused "line 1: the control character 0x9b would be obeyed, not taken"
	printf 'a\r\nb' >text; refused "line 1: a carriage return, which is the Enter key"
	printf 'a\xff' >text; refused "line 1: byte 0xff is not UTF-8"
	printf 'a\xe2\x82' >text; refused "line 1: byte 0xe2 is not UTF-8"
	: >text; refused "there is no text"
	head -c 1048577 /dev/zero | tr '\0' x >text
	run -1 --separate-stderr jared-send a - <text
	[[ $stderr == *"more than the 1048576 bytes"* ]]
	for code in $(seq 0 31); do
		[ "$code" = 9 ] || [ "$code" = 10 ] || {
			printf "x\\x$(printf %02x "$code")y" >text
			run -1 jared-send -q a - <text
		}
	done
	[ -z "$(ls -A "$state/run/a.1/inbox")" ]
	run -1 jared-send -l
}

@test "who is not there is told nothing, and a command that leads on is said" {
	worker_repo true
	task a; task b
	run -1 --separate-stderr jared-send a hello
	[ "$stderr" = "jared-send: a: no task of that name was ever started" ]
	[ ! -e "$state" ]
	jared-dispatch -q a
	wait_for 10 nobody_alive
	run -1 --separate-stderr jared-send a hello
	[ "$stderr" = "jared-send: a: attempt 1 is over: jared-mark unpark a && jared-dispatch a" ]
	run -1 --separate-stderr jared-send b hello
	[ "$stderr" = "jared-send: b: no task of that name was ever started" ]
	run -1 --separate-stderr jared-send -q a hello
	[ -z "$stderr$output" ]
	jared-mark -q unpark a && jared-dispatch -q a
}

@test "a worker whose supervisor is gone is not sent to" {
	worker_repo 'trap "" HUP; exec >/dev/null 2>&1; '"$until_go"
	task a
	jared-dispatch -q a
	jared-send -q a before >/dev/null
	kill -9 "$(sed -n 's/.*\trunning\tpid=\([0-9]*\).*/\1/p' "$state"/journal/*.tsv)"
	wait_for 5 eval '! jared-send -q a hello >/dev/null'
	run -1 --separate-stderr jared-send a hello
	[[ $stderr == *"its supervisor is gone"* ]]
	[ "$(jared-send -l -o state,why,text | head -1)" = "$(tsv refused over before)" ]
}

@test "a dry run files nothing; a worker may look but not send, unless forced" {
	one_worker
	[ "$(jared-send -n -o message,state a x)" = "$(tsv - queued)" ]
	[ -z "$(ls -A "$state/run/a.1/inbox")" ]
	export JARED_ATTEMPT=b.1
	run -1 --separate-stderr jared-send a x
	[[ $stderr == *"refused inside a worker"* ]]
	jared-send -n a x
	[ "$(jared-send -F -o by a x)" = b.1 ]
	jared-send -l
}

@test "it waits no longer than it is told to, and not for what is over" {
	one_worker
	run -75 --separate-stderr jared-send -w 1s -o state a x
	[ "$output" = queued ]
	kill -9 "$(sed -n 's/.*\trunning\tpid=\([0-9]*\).*/\1/p' "$state"/journal/*.tsv)"
	run -1 --separate-stderr jared-send -w 60s -o state a x
	[[ $stderr == *"supervisor is gone"* ]]
}

@test "forty at a time are forty messages, each whole" {
	one_worker
	pids=
	for i in $(seq 40); do
		jared-send -q a "message $i" >/dev/null 3>&- & pids="$pids $!"
	done
	wait $pids
	jared-send -l -o message | sort -n >got
	seq 40 >want
	same want got
	jared-send -l -o text | sort >got
	seq -f 'message %g' 40 | sort >want
	same want got
}

@test "killed at any moment, it has sent the message whole or not at all" {
	one_worker
	KILLAT_COUNT=count killat 0 jared-send -q a "message 0" >/dev/null
	calls=$(cat count)
	[ "$calls" -gt 40 ]
	for i in $(seq 1 30); do
		rm -f got
		run killat $((calls * i / 30)) jared-send a -o text "message $i"
		[ -z "$output" ] || echo "$i" >>told
	done
	jared-send -l -o text >got
	cat got
	run -1 grep -vxE 'message [0-9]+' got
	sort got | uniq -d >twice
	[ ! -s twice ]
	# What was told was sent.
	touch told
	while read -r i; do grep -qx "message $i" got; done <told
	jared-send a "and another"
}

@test "what an agent puts into its inbox is no message" {
	one_worker
	jared-send -q a one >/dev/null
	cd "$state/run/a.1/inbox"
	mkfifo 000002
	echo nonsense >000003
	mkdir 000004
	sed '1s/queued/taken/' 000001 >000005
	head -c 30 000001 >000006
	ln -s 000001 000007
	sed 1s/one/one/ 000001 >000008
	run -3 --separate-stderr jared-send -l -o message,state
	[ "$output" = "$(tsv 1 queued)" ]
	[[ $stderr == *"7 files in its inbox are no messages"* ]]
	[ "$(jared-send -o message a nine)" = 9 ]
}

@test "listing works where nothing can be written" {
	one_worker
	jared-send -q a one >/dev/null
	repo=$PWD
	own_mounts "mount --bind -o ro '$repo' '$repo' || mount --bind '$repo' '$repo' && mount -o remount,ro,bind '$repo'
		cd '$repo'; [ \"\$(jared-send -l -o text)\" = one ]"
}

# --- what was not taken ---

# plant DIR N STATE TEXT [BY]: a message of attempt 1 of a, in inbox or handled
plant() {
	local IFS=$'\t' line crc file
	printf -v file '%s/run/a.1/%s/%06d' "$state" "$1" "$2"
	mkdir -p "${file%/*}"
	line="$2"$'\t'"$3"$'\t2026-11-22T10:00:0'"$2"$'Z\t2026-11-22T10:00:0'"$2"$'Z\t'"${5-ann}"$'\tidle\t-\t'"$(printf %s "$4" | wc -c)"
	crc32 "$line"
	printf '%s\t%s\n%s' "$line" "$crc" "$4" >"$file"
}

# left: what of a was not taken, by the run record, the overview and why
left() {
	local since=":since=$2"
	[ "$2" != - ] || since=''
	tsv "$1" "$2" >../want
	jared-watch -o messages,sent | same ../want - || return
	jared-status -o id,why >../status
	jared-why -o stage,code,fact a | sed -n 's/^message\t//p' >../why
	if [ "$1" = - ]; then
		[ "$(cat ../why)$(grep messages: ../status)" = "" ]
	else
		grep -q "messages:$1$since\$" ../status && [ -s ../why ]
	fi
}

@test "what a worker has not taken is told with since when, and once it has, no more" {
	one_worker
	left - -
	jared-snap -q && [ "$(jared-why -t last -o stage,fact a | grep -c messages)" = 0 ]
	JARED_NOW=2026-11-22T10:00:00Z jared-send -q a Use the new client. >/dev/null
	JARED_NOW=2026-11-22T11:00:00Z jared-send -q a two >/dev/null
	wait_for 10 [ -e "$state/run/a.1/inbox/kept" ]
	left 2 2026-11-22T10:00:00Z
	[ "$(cat ../why)" = "$(tsv queued '1: 2 messages not taken since 2026-11-22T10:00:00Z (exit), the first from ann: Use the new client.')" ]
	jared-status | grep -qE '^2 messages not taken for [0-9]+d: jared send -l$'
	jared-status | grep -q '^  a  working .*  messages:2:since=2026-11-22T10:00:00Z  Task a$'
	jared-status -j | jq -e '.group == "active" and .why == ["messages:2:since=2026-11-22T10:00:00Z"]'
	jared-snap -q; jared-snap --summary | grep -q 'messages:2:since='
	jared-why -t last -o fact a | grep -q ', messages not taken: 2, since 2026-11-22T10:00:00Z$'
	# The agent is run again with the first, and then with the second.
	touch ../go
	wait_for 20 eval 'jared-send -l -o state | sort -u | grep -qx taken'
	wait_for 20 nobody_alive
	left - -
}

@test "a worker that ended without having taken it is told of too, until its task has landed" {
	one_worker
	git add -A; git commit -qm tasks
	git -C .worktrees/a commit -q --allow-empty -m work
	JARED_NOW=2026-11-22T10:00:00Z jared-send -q a "one
more" >/dev/null
	jared-kill -q a
	left 1 2026-11-22T10:00:00Z
	[ "$(cat ../why)" = "$(tsv refused '1: 1 message not taken since 2026-11-22T10:00:00Z (over), from ann: one\nmore')" ]
	touch ../go
	jared-mark -q unpark a && jared-dispatch -q a
	wait_for 20 nobody_alive
	jared-dispatch -q --reap
	# The newest counts; of the one before why still knows.
	[ "$(jared-watch -o attempt,messages)" = "$(tsv 2 -)" ]
	[ "$(jared-why -o stage,fact a | sed -n 's/^message\t\(..\).*/\1/p')" = 1: ]
	[ "$(jared-status | grep -c messages:)" = 0 ]
}

@test "what was refused counts until something that was sent later was taken" {
	one_worker
	plant handled 1 refused 'with	a TAB'
	left 1 2026-11-22T10:00:01Z
	plant handled 2 taken without
	left - -
	plant handled 3 refused again
	plant handled 4 typed four
	left 2 2026-11-22T10:00:03Z
	plant handled 5 taken five
	left 1 2026-11-22T10:00:04Z
}

@test "no message and no sender can drive the terminal or break a line" {
	one_worker
	printf -v evil '\033]52;c;eA==\a\r\nb\ttwo \xe2\x80\xae\xff'
	plant inbox 1 queued "$evil" $'x\033[31m'
	left 1 2026-11-22T10:00:01Z
	[ "$(jared-why a | grep -c .)" = 6 ]
	script -qec "jared-why a; jared-status" /dev/null </dev/null >../shown
	[ -s ../shown ] && [ "$(grep -cE $'\e\\]52|\e\\[31m|\xe2\x80\xae|\xff|\a' ../shown)" = 0 ]
	run -0 jared-why -j a
	jq -se 'length == 6 and (map(select(.stage == "message")) | length == 1)' <<<"$output"
	head -c 1000000 /dev/zero | tr '\0' x >text
	jared-send -q a - <text >/dev/null
	[ "$(jared-watch -o messages)" = 2 ]
	[ "$(jared-why a | wc -c)" -lt 3000 ]
}

@test "what cannot be read in an inbox is said, and what is no message is not followed" {
	one_worker
	inbox=$state/run/a.1/inbox
	mkfifo "$inbox/000001"
	echo nonsense >"$inbox/000002"
	echo secret >../secret
	ln -s "$PWD/../secret" "$inbox/000003"
	echo x >"$inbox/notes"
	left 3 -
	[ "$(cat ../why)" = "$(tsv damaged '1: 3 in its inbox cannot be read')" ]
	plant inbox 4 queued four
	left 4 2026-11-22T10:00:04Z
	[ "$(cat ../why)" = "$(tsv queued '1: 3 in its inbox cannot be read; 1 message not taken since 2026-11-22T10:00:04Z, from ann: four')" ]
	[ "$(jared-why a | grep -c secret)" = 0 ]
	rm -r "$inbox"; echo x >"$inbox"
	left 1 -
	rm "$inbox"
	left - -
}

@test "who looks at all tasks opens no inbox of what has landed, and none is written" {
	for t in a b c; do task $t; done
	new_repo repo; state=$PWD/.git/jared; printf 'agent: sh\ncommand: ["true"]\n' >jared.yaml
	for t in a b c; do task $t; exited $t 1 code=0 cause=exit; done
	for t in a b; do record $t 1 landed proof=tree oid=x; done
	mkdir -p -m 700 "$state/run"
	for t in a b c; do mkdir -p "$state/run/$t.1/inbox"; done
	find "$state" | sort >../before
	strace -f -qq -e trace=openat,execve -o ../trace jared-status >/dev/null
	[ "$(grep -c 'openat(.*"inbox"' ../trace)" = 1 ]
	[ "$(grep execve ../trace | grep -vc '/git"\|/tmux"\|jared-status"')" = 0 ]
	find "$state" | sort | same ../before -
}
