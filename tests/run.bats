load lib.bash

setup() {
	setup_world
	new_repo
	STATE=$BATS_TEST_TMPDIR/state
	mkdir -m 700 "$STATE"
	HERE=$BATS_TEST_TMPDIR
	RUN=$BUILD/libexec/jared/jared-run
	opts=()
}

teardown() {
	end_tmux
	# Agents write their pids there; those of a failed test still live.
	for f in "$HERE"/*.pid; do
		[ ! -s "$f" ] || kill -KILL "$(cat "$f")" 2>/dev/null || :
	done
}

attempt() { "$BUILD/tests/helper/attempt" "$@"; }

# claim ID ARG...: attempt n (1) of ID, which is to run ARG...
claim() {
	attempt "${opts[@]}" -e PATH="$PATH" -e HERE="$HERE" "$STATE" "$1" "${n:-1}" \
	    "$PWD" "$PWD/.git" refs/heads/main "${@:2}"
}

# in_pty ID [N]: run it on a terminal whose input is standard input
in_pty() { "$BUILD/tests/tools/ptyrun" "$RUN" "$STATE" "$1" "${2:-1}"; }

# in_pty_behind ID INPUT: the same in the background; $pty is its pid
in_pty_behind() {
	"$BUILD/tests/tools/ptyrun" "$RUN" "$STATE" "$1" 1 <"$2" >out 3>&- &
	pty=$!
	echo $pty >"$HERE/pty.pid"
}
ends() { local status=0; wait "$2" || status=$?; [ "$status" = "$1" ]; }

# in_tmux ID [N]: run it in a pane of a server that has another one, too
in_tmux() {
	local tmux=(tmux -u -S "$JARED_TMUX_SOCKET" -f /dev/null)
	"${tmux[@]}" new-session -d -s other -- sleep 1000 3>&- || return
	"${tmux[@]}" set -g remain-on-exit on
	"${tmux[@]}" new-session -d -s work -- "$RUN" "$STATE" "$1" "${2:-1}" 3>&-
}
tmux() { command tmux -S "$JARED_TMUX_SOCKET" "$@"; }

rundir() { echo "$STATE/run/$1.${2:-1}"; }
state_is() { [[ $(attempt -s "$STATE" "$1" "${3:-1}") == $2 ]]; }
alive() { attempt -l "$STATE" "$1"; }
not() { ! "$@"; }
gone() { not kill -0 "$1" || grep -q '^State:.Z' "/proc/$1/status"; }
supervisor() { sed -n 's/.*running.*\tpid=\([0-9]*\)\t.*/\1/p' "$STATE/journal/000001.tsv"; }

# --- the agent's end ---

@test "run: an agent that exits 7 is recorded so, and its status is ours" {
	claim t1 sh -c 'exit 7'
	run -7 in_pty t1 </dev/null
	[[ $output == *"jared-run: t1.1: exit, status 7"* ]]
	tip=$(git rev-parse HEAD)
	[ "$(attempt -s "$STATE" t1 1)" = "exited 7 0 exit $tip -" ]
	[ "$(attempt -x "$STATE" t1 1)" = "7 0 exit -" ]
	[[ $(cat "$(rundir t1)/status") == exited$'\t'exit$'\t'* ]]
}

@test "run: an agent killed by signal 9 is recorded so" {
	claim t1 sh -c 'kill -9 $$'
	run -137 in_pty t1 </dev/null
	[[ $output == *"t1.1: exit, signal 9"* ]]
	state_is t1 "exited -1 9 exit *"
	[ "$(attempt -x "$STATE" t1 1)" = "-1 9 exit -" ]
}

@test "run: the branch's commit at the end and the report's last word are recorded" {
	claim t1 sh -c 'git commit -q --allow-empty -m work
		printf "waiting for nobody\ndone: all of it\n" >"$HERE/state/run/t1.1/report"'
	in_pty t1 </dev/null
	[ "$(attempt -s "$STATE" t1 1)" = "exited 0 0 exit $(git rev-parse HEAD) done" ]
	[ "$(attempt -x "$STATE" t1 1)" = "0 0 exit done" ]
}

@test "run: processor time and memory are recorded" {
	claim t1 sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done'
	in_pty t1 </dev/null
	grep -qE $'\tutime=[1-9][0-9]*\tstime=[0-9]+\tmaxrss=[1-9][0-9]*\t' \
	    "$STATE/journal/000001.tsv"
}

@test "run: a program that is not there is a failed start, status 127" {
	claim t1 no-such-program
	run -127 in_pty t1 </dev/null
	[[ $output == *"jared-run: cannot execute 'no-such-program': No such file"* ]]
	state_is t1 "exited 127 0 failed *"
	[ "$(attempt -x "$STATE" t1 1)" = "127 0 failed -" ]
}

@test "run: a worktree that is not there is a failed start" {
	claim t1 touch started
	cd "$HERE" && rm -rf repo
	run -127 in_pty t1 </dev/null
	[[ $output == *"cannot enter '$HERE/repo': No such file"* ]]
	state_is t1 "exited 127 0 failed *"
}

@test "run: a prompt that is not there is a failed start" {
	opts=(-p)
	claim t1 touch started
	run -127 in_pty t1 </dev/null
	[[ $output == *"cannot open 'prompt.md'"* ]]
	[ ! -e started ]
}

# --- what the agent is given ---

@test "run: the environment is the spec's, to the letter" {
	opts=(-e 'A=b c' -e $'B=x\ny\tz\\' -e EMPTY=)
	claim t1 env -0
	JARED_NOISE=1 in_pty t1 </dev/null
	printf 'A=b c\0B=x\ny\tz\\\0EMPTY=\0PATH=%s\0HERE=%s\0' "$PATH" "$HERE" >want
	cmp want "$(rundir t1)/log"
}

@test "run: arguments arrive byte for byte" {
	payload=$'a\nb\tc\'"`$(touch bad)`;#(touch bad) \\ \e[31m \xff'
	claim t1 sh -c 'printf "%s|" "$@" >got' sh "$payload" "" "#{pane_id}"
	in_pty t1 </dev/null
	printf '%s||#{pane_id}|' "$payload" | cmp - got
	[ ! -e bad ]
}

@test "run: the program is looked for in the spec's PATH" {
	mkdir bin && printf '#!/bin/sh\necho ours\n' >bin/agent && chmod +x bin/agent
	attempt -e "PATH=$PWD/bin:$PATH" "$STATE" t1 1 "$PWD" "$PWD/.git" refs/heads/main agent
	in_pty t1 </dev/null
	[ "$(cat "$(rundir t1)/log")" = ours ]
}

@test "run: only 0, 1, 2 and the alive lock are open in the agent" {
	claim t1 sh -c 'ls /proc/$$/fd; readlink /proc/$$/fd/63'
	in_pty t1 5</dev/null 63</dev/null 70</dev/null </dev/null
	[ "$(tr -s ' \n' ' ' <"$(rundir t1)/log")" = "0 1 2 63 $STATE/run/t1.alive " ]
}

@test "run: no signal is blocked or ignored in the agent" {
	claim t1 grep -E '^Sig(Blk|Ign)' /proc/self/status
	(trap '' TERM HUP INT; exec "$RUN" "$STATE" t1 1 </dev/null)
	# 32 and 33 are the C library's own: it lets nobody change them.
	run -0 grep -cE ':.0{7}(00|18)0{7}' "$(rundir t1)/log"
	[ "$output" = 2 ] || { cat "$(rundir t1)/log"; false; }
}

@test "run: the agent leads a session on a terminal of its own" {
	claim t1 sh -c 'ps -o sid=,tty= -p $$ >got; tty >>got; echo $$ >>got'
	in_pty t1 </dev/null
	read -r sid tty <got
	[ "/dev/$tty" = "$(sed -n 2p got)" ]
	[ "$sid" = "$(sed -n 3p got)" ]
}

@test "run: a prompt on standard input arrives byte for byte, NULs too" {
	opts=(-p)
	claim t1 sh -c 'cat >got; tty <&1 >tty'
	head -c 200000 /dev/urandom >"$(rundir t1)/prompt.md"
	printf '\0\1\377\r\n' >>"$(rundir t1)/prompt.md"
	in_pty t1 </dev/null
	cmp "$(rundir t1)/prompt.md" got
	grep -q /dev/pts tty
}

@test "run: the spec is gone once it was read, the run directory names the agent" {
	claim t1 sh -c 'echo $$ >"$HERE/a.pid"; echo up; exec sleep 100'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	wait_for 5 grep -q working "$(rundir t1)/status"
	[ ! -e "$(rundir t1)/spec" ]
	[ "$(cut -f1 "$(rundir t1)/agent")" = "$(cat "$HERE/a.pid")" ]
	[[ $(attempt -s "$STATE" t1 1) == running* ]]
}

# --- the terminal ---

@test "run: output reaches log and screen byte for byte" {
	head -c 300000 /dev/urandom >data
	claim t1 cat data
	in_pty t1 </dev/null >out
	cmp data "$(rundir t1)/log"
	head -c 300000 out | cmp data -
}

@test "run: input reaches the agent byte for byte" {
	head -c 100000 /dev/urandom >data
	claim t1 head -c 100000
	in_pty t1 <data >/dev/null
	cmp data "$(rundir t1)/log"
}

@test "run: the terminal's size and its changes are passed on" {
	claim t1 sh -c 'stty size; trap "stty size; exit" WINCH; echo up; while :; do sleep 0.1; done'
	"$BUILD/tests/tools/ptyrun" -r 33 -c 99 "$RUN" "$STATE" t1 1 </dev/null >out 3>&- &
	wait_for 5 grep -q up "$(rundir t1)/log"
	kill -USR1 $!
	ends 0 $!
	[ "$(tr '\n' ' ' <"$(rundir t1)/log")" = "33 99 up 50 132 " ]
}

@test "run: in tmux, typed keys arrive and the pane shows the output" {
	claim t1 sh -c 'read -r line; echo "got <$line>"; read -r line'
	in_tmux t1
	wait_for 5 test -e "$(rundir t1)/agent"
	tmux send-keys -t work -l 'C-c; $x é'
	tmux send-keys -t work Enter
	shown() { tmux capture-pane -p -t work | grep -qF 'got <C-c; $x é>'; }
	wait_for 5 shown
}

@test "run: the terminal has its modes back at the end" {
	claim t1 stty raw -echo
	cat >both <<-'END'
		before=$(stty -g)
		"$@"
		[ "$before" = "$(stty -g)" ] && echo the same
	END
	run -0 "$BUILD/tests/tools/ptyrun" sh both "$RUN" "$STATE" t1 1 </dev/null
	[[ $output == *"the same"* ]]
}

@test "run: without a terminal the agent still gets one" {
	claim t1 sh -c 'tty; stty size'
	"$RUN" "$STATE" t1 1 </dev/null >out 2>&1
	grep -q '^/dev/pts/' "$(rundir t1)/log"
	grep -q '^24 80' "$(rundir t1)/log"
}

@test "run: the last words of a dying agent are not lost" {
	claim t1 sh -c 'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i + 1)); done; kill -9 $$'
	run -137 in_pty t1 </dev/null
	[ "$(tr -d '\r' <"$(rundir t1)/log" | tail -n 1)" = "line 1999" ]
	[[ $output == *"line 1999"* ]]
}

@test "run: the log keeps the newest 8 MB of 30" {
	claim t1 sh -c 'yes "thirty-two bytes to each line.." | head -c 30000000; echo the end'
	in_pty t1 </dev/null >/dev/null
	state_is t1 "exited 0 0 exit *"
	cd "$(rundir t1)"
	[ "$(cat log.1 log | wc -c)" -le 8388608 ]
	[ "$(cat log.1 log | wc -c)" -ge 4194304 ]
	[ "$(tail -n 1 log)" = "the end" ]
	[ "$(cat log.1 log | grep -vc '^thirty-two bytes to each line\.\.$')" -le 2 ]
}

# An agent that waits for the file stopped, writes 3 MB and
# touches done, waits for the file go, writes a last line
FLOOD='echo up; while [ ! -e stopped ]; do sleep 0.05; done
	yes "thirty-two bytes to each line.." | head -c 3000000; touch done
	while [ ! -e go ]; do sleep 0.05; done; echo the end'

@test "run: a terminal that takes nothing does not hold up the agent" {
	claim t1 sh -c "$FLOOD"
	touch go
	in_pty_behind t1 /dev/null
	wait_for 5 grep -q up out
	kill -STOP $pty
	touch stopped
	wait_for 20 state_is t1 "exited 0 0 exit *"
	kill -CONT $pty
	ends 0 $pty
	[ "$(tail -n 1 "$(rundir t1)/log")" = "the end" ]
	[ "$(wc -c <"$(rundir t1)/log")" = 3000011 ]
}

@test "run: a terminal that takes output again is told what it missed" {
	claim t1 sh -c "$FLOOD"
	in_pty_behind t1 /dev/null
	wait_for 5 grep -q up out
	kill -STOP $pty
	touch stopped
	wait_for 20 test -e done
	kill -CONT $pty
	wait_for 5 grep -qaE 'jared-run: [0-9]+ bytes are not shown here' out
	touch go
	ends 0 $pty
	grep -q 'the end' out
}

@test "run: a terminal that is slow misses nothing" {
	head -c 1000000 /dev/urandom >data
	claim t1 cat data
	in_pty t1 </dev/null | (sleep 0.5 && cat) >out
	head -c 1000000 out | cmp data -
}

# --- fence and lock ---

# Its child is there and has the lock file open.
waits_for_alive() { readlink "/proc/$(pgrep -P "$pty")"/fd/* | grep -q t1.alive; }

@test "run: an attempt that was never claimed is not started" {
	mkdir "$STATE"/{journal,lock,run}
	run -75 in_pty t1 </dev/null
	[[ $output == *"jared-run: t1.1: was never claimed"* ]]
}

@test "run: a released attempt is not started" {
	claim t1 touch started
	attempt -a released "$STATE" t1 1
	run -75 in_pty t1 </dev/null
	[[ $output == *"jared-run: t1.1: is over already"* ]]
	[ ! -e started ]
}

@test "run: an attempt that is not the task's newest is not started" {
	claim t1 touch started
	attempt -a released "$STATE" t1 1
	n=2 claim t1 touch started
	run -75 in_pty t1 </dev/null
	[[ $output == *"t1.1: the task's newest attempt is 2"* ]]
	[ ! -e started ]
}

@test "run: an attempt that runs is not started a second time" {
	claim t1 sh -c 'echo >>starts; exec sleep 100'
	in_tmux t1
	wait_for 5 test -s starts
	run -75 in_pty t1 </dev/null
	[[ $output == *"t1.1: runs already"* ]]
	[ "$(wc -l <starts)" = 1 ]
}

@test "run: of twenty supervisors at once one starts the agent" {
	claim t1 sh -c 'echo >>starts; sleep 0.5'
	pids=
	for i in {1..20}; do
		"$RUN" "$STATE" t1 1 </dev/null >/dev/null 2>&1 3>&- &
		pids+=" $!"
	done
	wait $pids || :
	[ "$(wc -l <starts)" = 1 ]
	[ "$(grep -c $'\trunning\t' "$STATE/journal/000001.tsv")" = 1 ]
}

@test "run: while another holds alive nothing starts, and the claim is handed back" {
	opts=(-t 1)
	claim t1 touch started
	"$BUILD/tests/helper/attempt" -w "$STATE" t1 3>&- &
	holder=$!
	wait_for 5 alive t1
	run -75 in_pty t1 </dev/null
	kill $holder
	[[ $output == *"jared-run: t1.1: somebody still works on this task"* ]]
	state_is t1 "released *"
	grep -q $'\treleased\treason=alive-held\t' "$STATE/journal/000001.tsv"
	[ ! -e started ]
	[ ! -e "$(rundir t1)/spec" ]
}

@test "run: alive that comes free in time is taken" {
	claim t1 touch started
	"$BUILD/tests/helper/attempt" -w "$STATE" t1 3>&- &
	holder=$!
	wait_for 5 alive t1
	in_pty_behind t1 /dev/null
	wait_for 5 waits_for_alive
	kill $holder
	ends 0 $pty
	[ -e started ]
}

@test "run: a claim that is handed back while alive is waited for ends the wait" {
	claim t1 touch started
	"$BUILD/tests/helper/attempt" -w "$STATE" t1 3>&- &
	holder=$!
	wait_for 5 alive t1
	in_pty_behind t1 /dev/null
	wait_for 5 waits_for_alive
	attempt -a released "$STATE" t1 1
	ends 75 $pty
	kill $holder
	grep -q 'is over already' out
	[ ! -e started ]
}

# --- pane, server and supervisor die ---

@test "run: closing the pane ends the agent's whole tree" {
	claim t1 sh -c 'setsid sh -c "echo \$\$ >$HERE/b.pid; trap : HUP; while :; do sleep 1; done" &
		echo $$ >"$HERE/a.pid"; trap "" HUP; while :; do sleep 1; done'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	wait_for 5 test -s "$HERE/b.pid"
	tmux kill-session -t work
	wait_for 10 state_is t1 "exited * closed *"
	wait_for 2 gone "$(cat "$HERE/a.pid")"
	wait_for 2 gone "$(cat "$HERE/b.pid")"
	wait_for 2 not alive t1
	state_is t1 "exited -1 15 closed *"
	[ "$(attempt -x "$STATE" t1 1)" = "-1 15 closed -" ]
}

@test "run: an agent that minds neither HUP nor TERM ends with its pane all the same" {
	claim t1 sh -c 'trap "" HUP TERM; echo $$ >"$HERE/a.pid"; while :; do sleep 1; done'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	tmux kill-pane -t work
	wait_for 15 state_is t1 "exited -1 9 closed *"
	wait_for 2 gone "$(cat "$HERE/a.pid")"
}

@test "run: when the tmux server is killed the agent goes on and its exit is recorded" {
	claim t1 sh -c 'echo $$ >"$HERE/a.pid"; while [ ! -e go ]; do sleep 0.1; done
		echo after; exit 5'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	kill -KILL "$(tmux display -p '#{pid}')"
	wait_for 5 grep -q ^terminal-lost "$(rundir t1)/status"
	alive t1
	touch go
	wait_for 5 state_is t1 "exited 5 0 exit *"
	grep -q after "$(rundir t1)/log"
}

@test "run: ending the server by kill-server is no order to end its workers" {
	claim t1 sh -c 'echo $$ >"$HERE/a.pid"; while [ ! -e go ]; do sleep 0.1; done'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	tmux kill-server
	wait_for 5 grep -q ^terminal-lost "$(rundir t1)/status"
	touch go
	wait_for 5 state_is t1 "exited 0 0 exit *"
}

@test "run: TERM ends the agent's tree, cause stopped" {
	claim t1 sh -c 'sleep 1000 & echo $! >"$HERE/b.pid"; echo $$ >"$HERE/a.pid"; wait'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	kill "$(supervisor)"
	wait_for 5 state_is t1 "exited -1 15 stopped *"
	wait_for 2 gone "$(cat "$HERE/b.pid")"
}

@test "run: an orphaned agent is ended by TERM to its supervisor" {
	claim t1 sh -c 'trap "" HUP; echo $$ >"$HERE/a.pid"; while :; do sleep 1; done'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	kill -KILL "$(tmux display -p '#{pid}')"
	wait_for 5 grep -q ^terminal-lost "$(rundir t1)/status"
	kill "$(supervisor)"
	wait_for 10 state_is t1 "exited -1 15 stopped *"
}

@test "run: a HUP with the terminal in place means nothing" {
	claim t1 sh -c 'echo $$ >"$HERE/a.pid"; while [ ! -e go ]; do sleep 0.1; done; exit 4'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	kill -HUP "$(supervisor)"
	touch go
	wait_for 5 state_is t1 "exited 4 0 exit *"
}

@test "run: a killed supervisor leaves no exit record, and alive held while the agent lives" {
	claim t1 sh -c 'trap "" HUP; echo $$ >"$HERE/a.pid"; while :; do sleep 1; done'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	kill -KILL "$(supervisor)"
	wait_for 2 gone "$(supervisor)"
	run -1 attempt -x "$STATE" t1 1
	alive t1
	[[ $(attempt -s "$STATE" t1 1) == running* ]]
	kill -KILL "$(cat "$HERE/a.pid")"
	wait_for 5 not alive t1
}

@test "run: a killed supervisor takes an agent with it that minds HUP" {
	claim t1 sh -c 'echo $$ >"$HERE/a.pid"; exec sleep 1000'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	kill -KILL "$(supervisor)"
	wait_for 2 not alive t1
	wait_for 2 gone "$(cat "$HERE/a.pid")"
}

@test "run: killed with its agent at any system call it leaves one of five states" {
	# A traced process cannot be searched for leaks.
	export ASAN_OPTIONS=detect_leaks=0 KILLAT_COUNT=$HERE/count
	claim t1 sh -c 'echo >ran; exit 7'
	"$BUILD/tests/tools/killat" 0 "$RUN" "$STATE" t1 1 </dev/null || [ $? = 7 ]
	calls=$(cat "$HERE/count")
	for i in {0..30}; do
		rm -rf "$STATE" ran && mkdir -m 700 "$STATE"
		claim t1 sh -c 'echo >ran; exit 7'
		"$BUILD/tests/tools/killat" $((i * calls / 30 + 1)) "$RUN" "$STATE" t1 1 \
		    </dev/null >/dev/null 2>&1 || :
		wait_for 5 not alive t1
		read -r state code _ < <(attempt -s "$STATE" t1 1 2>"$HERE/err")
		[ ! -s "$HERE/err" ]
		record=$(attempt -x "$STATE" t1 1) || record=none
		ran=no; [ ! -e ran ] || ran=yes
		echo "$i: $state $code, $record, $ran"
		case "$state, $record, $ran" in
		"claimed, none, no" | "running, none, no" | "running, none, yes" | \
		    "running, 7 0 exit -, yes") ;;
		"exited, 7 0 exit -, yes") [ "$code" = 7 ] ;;
		*) false ;;
		esac
		echo "$state" >>"$HERE/seen"
	done
	# The sweep reached from before the claim was taken to after the end.
	[ "$(sort -u "$HERE/seen" | wc -l)" = 3 ]
}

# --- what the agent leaves behind ---

@test "run: what the agent leaves running is ended, in a session of its own too" {
	claim t1 sh -c 'setsid sh -c "echo \$\$ >$HERE/b.pid; exec sleep 1000" &
		(setsid sh -c "echo \$\$ >$HERE/c.pid; exec sleep 1000" &)
		while [ ! -s "$HERE/b.pid" ] || [ ! -s "$HERE/c.pid" ]; do sleep 0.05; done; exit 3'
	run -3 in_pty t1 </dev/null
	gone "$(cat "$HERE/b.pid")"
	gone "$(cat "$HERE/c.pid")"
	not alive t1
	state_is t1 "exited 3 0 exit *"
}

@test "run: a leftover that minds no TERM is killed, after the exit was recorded" {
	claim t1 sh -c 'setsid sh -c "trap : TERM HUP; echo \$\$ >$HERE/b.pid; while :; do sleep 1; done" &
		while [ ! -s "$HERE/b.pid" ]; do sleep 0.05; done; exit 3'
	in_pty_behind t1 /dev/null
	wait_for 2 attempt -x "$STATE" t1 1
	kill -0 "$(cat "$HERE/b.pid")"
	[[ $(attempt -s "$STATE" t1 1) == running* ]]
	ends 3 $pty
	gone "$(cat "$HERE/b.pid")"
}

@test "run: keep_leftovers keeps them, and they hold alive" {
	opts=(-k)
	claim t1 sh -c 'setsid sh -c "echo \$\$ >$HERE/b.pid; exec sleep 1000" &
		while [ ! -s "$HERE/b.pid" ]; do sleep 0.05; done; exit 3'
	run -3 in_pty t1 </dev/null
	kill -0 "$(cat "$HERE/b.pid")"
	alive t1
	state_is t1 "exited 3 0 exit *"
	kill "$(cat "$HERE/b.pid")"
	wait_for 5 not alive t1
}

@test "run: the supervisor of an idle agent does not wake up" {
	claim t1 sh -c 'echo $$ >"$HERE/a.pid"; exec sleep 1000'
	in_tmux t1
	wait_for 5 test -s "$HERE/a.pid"
	wait_for 5 grep -q working "$(rundir t1)/status"
	switches() { grep ctxt "/proc/$(supervisor)/status"; }
	sleep 0.5
	before=$(switches)
	sleep 2
	[ "$(switches)" = "$before" ]
	[ "$(ls "/proc/$(supervisor)/fd" | wc -l)" -le 16 ]
}

# --- full disks ---

# on_small_disk SCRIPT: run it with STATE on a file system of 256 kB
on_small_disk() {
	local user=''
	[ "$(id -u)" = 0 ] || user=-Ur
	STATE=$STATE PATH=$BUILD/tests/helper:$BUILD/libexec/jared:$PATH unshare $user -m \
	    sh -euc 'mount -t tmpfs -o size=256k none "$STATE"; eval "$1"' sh "$1"
}

@test "run: a disk that fills up while the agent runs loses no exit" {
	run -0 on_small_disk '
		attempt -e PATH="$PATH" "$STATE" t1 1 "$PWD" "$PWD/.git" refs/heads/main \
		    sh -c "cat /dev/zero >$STATE/fill; exit 5"
		attempt -z 240 "$STATE" pad
		status=0
		jared-run "$STATE" t1 1 </dev/null >/dev/null || status=$?
		echo "status $status"
		attempt -x "$STATE" t1 1
		attempt -s "$STATE" t1 1'
	[[ $output == *"cannot write 'exited' into the journal: No space left"* ]]
	[[ $output == *"t1.1: the exit record is kept"* ]]
	[[ $output == *$'status 5\n5 0 exit -\nrunning '* ]]
}

@test "run: on a full disk nothing is started" {
	run -0 on_small_disk '
		attempt -e PATH="$PATH" "$STATE" t1 1 "$PWD" "$PWD/.git" refs/heads/main touch started
		attempt -z 100 "$STATE" pad
		touch "$STATE/run/t1.alive"
		cat /dev/zero >"$STATE/fill" 2>/dev/null || :
		status=0
		jared-run "$STATE" t1 1 </dev/null >/dev/null || status=$?
		echo "status $status"
		attempt -s "$STATE" t1 1'
	[[ $output == *"cannot write 'running' into the journal: No space left"* ]]
	[[ $output == *$'status 3\nclaimed '* ]]
	[ ! -e started ]
}

# --- the command line ---

@test "run: --help and --version go to standard output" {
	run --separate-stderr -0 "$RUN" --help
	[[ $output == "usage: jared-run STATE ID N"* && -z $stderr ]]
	run --separate-stderr -0 "$RUN" -V
	[[ $output == "jared-run "* ]]
}

@test "run: a wrong command line is a usage error" {
	run --separate-stderr -2 "$RUN"
	[[ $stderr == "usage: jared-run STATE ID N"* && -z $output ]]
	run --separate-stderr -2 "$RUN" a b c d
	run --separate-stderr -2 "$RUN" --no-such-option
	run --separate-stderr -2 "$RUN" "$STATE" t1 0
	[ "$stderr" = "jared-run: bad attempt number '0'" ]
}

@test "run: a state directory that is not there is named" {
	run --separate-stderr -3 "$RUN" "$HERE/none" t1 1
	[ "$stderr" = "jared-run: cannot open '$HERE/none': No such file or directory" ]
}

@test "run: the manual's examples do what they say" {
	claim ws-a sh -c 'exec sleep 1000'
	in_tmux ws-a
	wait_for 5 test -e "$(rundir ws-a)/agent"
	sed -n 's/^\.Dl //p' "$BATS_TEST_DIRNAME/../man/jared-run.8" >examples
	[ "$(wc -l <examples)" = 2 ]
	run -0 sh -euc "$(sed -n 1p examples)"
	[[ $output == *"jared-run $STATE ws-a 1"* ]]
	# Only ours: the path of this test's state stands for any.
	run -0 sh -euc "$(sed -n "2s|\[^ \]\*|$STATE|p" examples)"
	wait_for 5 state_is ws-a "exited -1 15 stopped *"
}
