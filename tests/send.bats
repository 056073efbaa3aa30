load lib.bash
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
