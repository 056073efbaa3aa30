load lib.bash
load work.bash

# What the supervisor says of its agent: by the agent's own reports, and
# whether anything goes forward.

setup() { setup_world; traces=$BATS_TEST_DIRNAME/fixtures/agents/traces; }
teardown() { end_work; }

# --- the recordings, in this process ---

@test "a recorded session tells the same cut at every byte, and what a search for reports finds" {
	"$BUILD/tests/osc" "$traces/codex.raw" >told
	grep -aoP '\e\]7501;state=\K[^\e\a]*' "$traces/codex.raw" |
	    sed 's/:app=codex//; s/:kind=/ /; s/^/report /' >want
	grep '^report' told >reports
	[ "$(wc -l <want)" -ge 20 ]
	same want reports
	# Nothing else of it is lost either.
	[ "$(grep -c '^title' told)" = "$(grep -aoP '\e\][02];[^\e\a]*' "$traces/codex.raw" | wc -l)" ]
}

# --- through the supervisor ---

attempt() { "$BUILD/tests/helper/attempt" "$@"; }

# claim [OPTION...] -- ARG...: an attempt t1.1 that is to run ARG...
claim() {
	local opts=()
	while [ "$1" != -- ]; do opts+=("$1"); shift; done
	shift
	attempt "${opts[@]}" -e PATH="$PATH" -e HERE="$BATS_TEST_TMPDIR" "$state" t1 1 \
	    "$PWD" "$PWD/.git" refs/heads/main "$@"
	dir=$state/run/t1.1
}

# A repository and a state directory of its own.
bare_state() {
	new_repo
	state=$BATS_TEST_TMPDIR/state
	run=$BUILD/libexec/jared/jared-run
	mkdir -m 700 "$state"
}

# supervise: run it on a terminal, in the background; $pty is ptyrun's pid
supervise() {
	"$BUILD/tests/tools/ptyrun" "$run" "$state" t1 1 </dev/null >../screen 3>&- &
	pty=$!
}
supervisor() { pgrep -P "$pty"; }
ends() { local status=0; wait "$pty" || status=$?; [ "$status" = "$1" ]; }
state_is() { [[ $(cut -f1,2,4 "$dir/status") == "$1" ]]; }

# stream LOG: the reports of a recording as an agent writes them
stream() {
	grep -oE 'state=.*' "$1" | while IFS= read -r fields; do
		fields=${fields// /:}
		printf 'some output\r\n\e]7501;%s\e\\more' "$fields"
	done
}

# expected FILE: what is to be said after each of the reports in FILE, worked
# out by other means: state, reason, source, text
expected() {
	local fields state reason msg before=
	grep -aoP '\e\]7501;state=\K[^\e\a]*' "$1" | while IFS= read -r fields; do
		state=${fields%%:*} reason=- msg=-
		case $state in
		blocked) state=waiting; reason=${fields#*kind=}; reason=${reason%%:*} ;;
		done | error) reason=$state state=idle ;;
		clear) echo "$before"; continue ;;
		esac
		case $fields in *:msg=*) msg=$(base64 -d <<<"${fields#*:msg=}") ;; esac
		before=$(tsv "$state" "$reason" osc7501 "$msg")
		echo "$before"
	done
}

# replay STREAM PIECE PAUSE: what was said
replay() {
	rm -rf "$state" && mkdir -m 700 "$state"
	claim -- sh -c 'exec replay7501 "$@" 2>"$HERE/said"' sh "$1" "$2" "$3" "$state/run/t1.1/status"
	supervise
	ends 0
}

@test "recorded reports through the supervisor, in pieces of any size, give the same states" {
	bare_state
	PATH=$BUILD/tests/tools:$PATH
	for trace in osc7501-claude.log osc7501-codex.log; do
		stream "$traces/$trace" >../stream
		expected ../stream >../want
		[ "$(wc -l <../want)" -ge 13 ]
		for piece in 1 2 3 5 7 11 64 100000; do
			replay "$PWD/../stream" $piece $((piece < 5 ? 200 : 0))
			same ../want ../said
		done
	done
	# A whole session, with all that its screen needs between the reports.
	expected "$traces/codex.raw" >../want
	for piece in 13 4096; do
		replay "$traces/codex.raw" $piece 0
		# Without a message the title is said.
		cut -f1-3 ../want >../want3
		cut -f1-3 ../said >../said3
		same ../want3 ../said3
	done
}

@test "every state of an agent that reports itself is right, those that its hooks get wrong too" {
	bare_state
	PATH=$BUILD/tests/tools:$PATH
	# As a session goes: event, report, and what is to be said.
	cat >../session <<-'END'
	start	idle	idle	-
	streams	working	working	-
	asks	blocked:kind=permission	waiting	permission
	approved, long tool call	working	working	-
	asks a question	blocked:kind=question	waiting	question
	answered	working	working	-
	asks	blocked:kind=permission	waiting	permission
	denied with Esc	idle	idle	-
	streams	working	working	-
	interrupted	idle	idle	-
	retries a 529	working	working	-
	failed turn	error	idle	error
	hangs	working	working	-
	needs a login	blocked:kind=auth	waiting	auth
	blocked by who knows what	blocked	waiting	blocked
	turn is over	done	idle	done
	END
	cut -f2 ../session | while IFS= read -r report; do printf '\e]7501;state=%s\a' "$report"; done >../stream
	awk -F'\t' -v OFS='\t' '{ print $3, $4, "osc7501", "-" }' ../session >../want
	replay "$PWD/../stream" 6 100
	same ../want ../said
}

@test "the question is answered before anything that follows, and the screen gets neither" {
	bare_state
	claim -- sh -c 'stty raw -echo; printf "a\033]75"; sleep 0.3; printf "01;?\007\033[c"
		dd bs=1 count=20 2>/dev/null >"$HERE/got"'
	tmux -S "$JARED_TMUX_SOCKET" -f /dev/null new-session -d -s other -- sleep 1000 3>&-
	tmux -S "$JARED_TMUX_SOCKET" set -g remain-on-exit on
	tmux -S "$JARED_TMUX_SOCKET" new-session -d -s work -- "$run" "$state" t1 1 3>&-
	wait_for 20 test -s ../got
	sleep 0.2
	printf '\e]7501;?\a\e[?' | cmp -n 12 - ../got
}

@test "the question with the other end, and within what else is written, is answered alike" {
	bare_state
	claim -- sh -c 'stty raw -echo; printf "text\033]7501;?\033\\\\text"; dd bs=1 count=10 2>/dev/null >"$HERE/got"'
	supervise
	ends 0
	printf '\e]7501;?\e\\' | cmp - ../got
	grep -q texttext ../screen
	! grep -q 7501 ../screen
	# The log has all that was written.
	grep -q 7501 "$dir/log"
}

@test "on a terminal that shows what is typed, an answer does not ask again" {
	bare_state
	claim -- sh -c 'stty raw echo -echoctl; printf "\033]7501;?\007"; sleep 1'
	supervise
	ends 0
	[ "$(grep -o 7501 "$dir/log" | wc -l)" = 1 ]
}

@test "a title is said without what turns at its front, and each of its frames writes nothing" {
	bare_state
	claim -- sh -c 'printf "\033]0;\342\240\213 fix the parser\007"; : >"$HERE/1"; until [ -e "$HERE/go" ]; do sleep 0.05; done
		for f in 231 271 271 270; do printf "\033]0;\342\240%b fix the parser\007" "\\0$f"; done; : >"$HERE/2"; until [ -e "$HERE/end" ]; do sleep 0.05; done'
	supervise
	wait_for 20 grep -q 'fix the parser' "$dir/status"
	cp "$dir/status" ../before
	[ "$(cut -f1,2,4,5 ../before)" = $'working\t-\tprocess\tfix the parser' ]
	inode=$(stat -c %i "$dir/status")
	: >../go
	wait_for 20 test -e ../2
	sleep 0.3
	[ "$(stat -c %i "$dir/status")" = "$inode" ]
	: >../end
	ends 0
}

@test "what a report or title holds cannot drive a terminal" {
	bare_state
	claim -- sh -c 'printf "\033]7501;state=error:msg=%s\007" "$(printf "\033[31m\tx\342\200\256y\n" | base64)"
		until [ -e "$HERE/end" ]; do sleep 0.05; done'
	supervise
	wait_for 20 state_is $'idle\terror\tosc7501'
	[ "$(cut -f5 "$dir/status")" = '[31m xy ' ]
	: >../end
	ends 0
}

@test "a report that is withdrawn stands until the agent goes on without it" {
	bare_state
	claim -- sh -c 'printf "\033]7501;state=done\007\033]7501;state=clear\007"; : >"$HERE/1"; until [ -e "$HERE/end" ]; do sleep 0.05; done'
	supervise
	wait_for 20 state_is $'idle\tdone\tosc7501'
	wait_for 20 state_is $'working\t-\tprocess'
	: >../end
	ends 0
}

# --- progress ---

# Turns its spinner until the file end is there, for next to nothing.
spinner='exec perl -e '"'"'$| = 1; until (-e "$ENV{HERE}/end") { print "\r", (qw(| / - \\))[$n++ % 4]; select undef, undef, undef, 0.1 }'"'"

quiet() { test -e "$dir/quiet"; }
# moving SECONDS: it is never quiet in that time
moving() {
	local end=$((SECONDS + $1))
	while [ $SECONDS -le $end ]; do ! quiet || return; sleep 0.1; done
}
finish() { : >../end; ends 0; }

@test "an agent that only turns its spinner is quiet once, until something changes" {
	bare_state
	touch -d '1 hour ago' old
	claim -S 3 -- sh -c "$spinner"
	supervise
	start=$(date +%s)
	sleep 2
	! quiet
	wait_for 20 quiet
	[ $(($(date +%s) - start)) -ge 3 ]
	IFS=$'\t' read -r since limit <"$dir/quiet"
	[ "$limit" = 3 ]
	# It is told since when, and told once.
	[ $(($(date -d "$since" +%s) - start)) -le 1 ]
	inode=$(stat -c %i "$dir/quiet")
	sleep 3
	[ "$(stat -c %i "$dir/quiet")" = "$inode" ]
	# The spinner went on all the time.
	[ $(($(date +%s) - $(stat -c %Y "$dir/log"))) -le 2 ]
	mkdir -p deep/er && echo x >deep/er/file
	wait_for 20 not quiet
	# Another episode.
	wait_for 20 quiet
	echo "waiting for an answer" >"$dir/report"
	wait_for 20 not quiet
	finish
	! quiet
}
not() { ! "$@"; }

@test "a silent agent is not quiet before the limit, nor is one below which something computes" {
	bare_state
	claim -S 4 -- sh -c "setsid sh -c 'until [ -e \"\$HERE/stop\" ]; do :; done' & $spinner"
	supervise
	moving 8
	: >../stop
	wait_for 30 quiet
	finish
}

@test "an agent that draws on its terminal is not at work for that, what it runs is" {
	bare_state
	# Both burn: the one in the foreground of a raw terminal is a screen.
	claim -S 4 -- sh -c 'stty raw -echo; until [ -e "$HERE/stop" ]; do :; done
		setsid sh -c "until [ -e \"$HERE/end\" ]; do :; done" & until [ -e "$HERE/end" ]; do sleep 0.3; done'
	supervise
	wait_for 30 quiet
	: >../stop
	wait_for 30 not quiet
	moving 4
	finish
}

@test "commits are progress, files of the worktree, and a transcript that a hook named" {
	bare_state
	claim -S 3 -- sh -c "$spinner"
	hook() { tsv 2026-11-30T00:00:00Z event working - s "$PWD/../transcript" - >>"$dir/hooks"; }
	hook
	supervise
	for _ in 1 2 3 4 5; do git commit -q --allow-empty -m work; ! quiet; sleep 1; done
	for i in 1 2 3 4 5; do echo $i >src; ! quiet; sleep 1; done
	for _ in 1 2 3 4 5; do echo line >>../transcript; ! quiet; sleep 1; done
	wait_for 20 quiet
	hook
	wait_for 5 not quiet
	finish
}

@test "time in which the supervisor was stopped does not count" {
	bare_state
	claim -S 4 -- sh -c "$spinner"
	supervise
	wait_for 10 test -s "$dir/log"
	sleep 1
	kill -STOP "$(supervisor)"
	sleep 6
	! quiet
	kill -CONT "$(supervisor)"
	# At most a second or two of it were watched before.
	sleep 1
	! quiet
	wait_for 20 quiet
	finish
}

@test "an agent that waits or is idle is never quiet, and costs nothing" {
	bare_state
	claim -S 2 -- sh -c 'printf "\033]7501;state=blocked:kind=permission\007"; until [ -e "$HERE/go" ]; do sleep 0.3; done
		printf "\033]7501;state=working\007"; until [ -e "$HERE/end" ]; do sleep 0.3; done'
	supervise
	wait_for 10 state_is $'waiting\tpermission\tosc7501'
	sleep 0.3
	before=$(grep ctxt "/proc/$(supervisor)/status")
	moving 5
	[ "$(grep ctxt "/proc/$(supervisor)/status")" = "$before" ]
	: >../go
	wait_for 20 quiet
	finish
}

@test "a worker without progress is stalled for those who watch, one episode is told once" {
	worker_repo "HERE=\$JARED_ROOT/..; export HERE; $spinner" 'stall_after: 2s'
	task a
	git add -A && git commit -qm Tasks
	jared-dispatch a >/dev/null
	is run_of a working
	jared-snap >/dev/null
	wait_for 20 is run_of a stalled
	[ "$(jared-watch -o evidence)" = progress ]
	[ "$(jared-watch -o signals)" = stalled ]
	jared-snap >../first
	jared-snap >../second
	[ "$(grep -c stalled ../first)" -ge 1 ]
	[ ! -s ../second ]
	: >.worktrees/a/file
	wait_for 20 is run_of a working
	: >../end
	wait_for 10 nobody_alive
}

# --- what an agent that is done may stay ---

# done_agent REPORT [WORD]: writes that; to a line WORD it ends with 0, and
# touches the file typed for whatever is typed
done_agent() {
	mkdir -p .jared/agents
	printf 'interactive: [x, "{{prompt}}"]\nmode: interactive\nquit: /leave\n' >.jared/agents/x.yaml
	cat >../agent <<-END
	#!/usr/bin/perl
	system "stty raw -echo";
	\$| = 1;
	print "$1";
	while (sysread STDIN, \$c, 1) {
		\$line = \$c eq "\x15" ? "" : \$line . \$c;
		open F, ">>\$ENV{HERE}/typed"; print F \$c; close F;
		exit 0 if \$line eq "${2-never}\r";
		print "\e]7501;state=working\a" if \$c eq "w";
	}
	END
	chmod +x ../agent
}

@test "an interactive agent that is done is asked to quit after done_linger" {
	bare_state
	done_agent '\e]7501;state=done\a' /leave
	claim -i 1 -g "$PWD:x" -- ../agent
	supervise
	wait_for 10 state_is $'idle\tdone\tosc7501'
	ends 0
	[ "$(od -An -c ../typed | tr -d ' \n')" = '025/leave\r' ]
	[ "$(attempt -x "$state" t1 1)" = "0 0 exit -" ]
}

@test "one that does not quit when asked is ended, as done" {
	bare_state
	done_agent '\e]7501;state=done\a\e]7501;state=idle\a'
	claim -i 1 -g "$PWD:x" -- ../agent
	supervise
	wait_for 40 state_is $'exited\tdone\tprocess'
	ends 0
	# Asked once, then ended.
	[ "$(grep -o leave ../typed | wc -l)" = 1 ]
	[ "$(attempt -x "$state" t1 1)" = "0 0 done -" ]
}

@test "the worker's own word that it is done counts, too; a dialog may be open, so nothing is typed" {
	bare_state
	done_agent 'output'
	claim -i 1 -g "$PWD:x" -- ../agent
	supervise
	wait_for 10 grep -q output "$dir/log"
	sleep 2
	kill -0 "$(supervisor)"
	echo "done: all of it" >"$dir/report"
	wait_for 20 state_is $'exited\tdone\tprocess'
	ends 0
	[ ! -e ../typed ]
	[ "$(attempt -x "$state" t1 1)" = "0 0 done done" ]
}

@test "who types to one that is done keeps it, and work that it begins does" {
	bare_state
	done_agent '\e]7501;state=done\a' /leave
	claim -i 2 -g "$PWD:x" -- ../agent
	mkfifo ../keys
	"$BUILD/tests/tools/ptyrun" "$run" "$state" t1 1 <../keys >../screen 3>&- &
	pty=$!
	exec 8>../keys
	wait_for 10 state_is $'idle\tdone\tosc7501'
	for _ in 1 2 3 4; do sleep 1; printf x >&8; done
	kill -0 "$(supervisor)"
	printf w >&8
	wait_for 10 state_is $'working\t-\tosc7501'
	sleep 3
	kill -0 "$(supervisor)"
	! grep -q leave ../typed
	kill "$(supervisor)"
	exec 8>&-
	wait "$pty" || :
}

@test "a headless agent is not asked to quit, nor one without done_linger" {
	bare_state
	done_agent '\e]7501;state=done\a' /leave
	claim -g "$PWD:x" -- ../agent
	supervise
	wait_for 10 state_is $'idle\tdone\tosc7501'
	sleep 2
	kill -0 "$(supervisor)"
	kill "$(supervisor)"
	wait "$pty" || :
	[ ! -e ../typed ]
}

@test "a title that a rule of the profile knows gives the state" {
	bare_state
	mkdir -p .jared/agents
	cat >.jared/agents/x.yaml <<-'END'
	interactive: [x, "{{prompt}}"]
	mode: interactive
	rules:
	  - { state: working, reason: turn, where: title, match: '^\* ' }
	  - { state: waiting, reason: action, where: title, match: '^! ' }
	END
	claim -g "$PWD:x" -- sh -c 'for t in "* one" "! one" "one"; do printf "\033]2;%s\007" "$t"
		until [ -e "$HERE/go" ]; do sleep 0.05; done; rm "$HERE/go"; done'
	supervise
	wait_for 10 state_is $'working\tturn\ttitle'
	: >../go
	wait_for 10 state_is $'waiting\taction\ttitle'
	[ "$(cut -f5 "$dir/status")" = one ]
	: >../go
	wait_for 10 state_is $'working\t-\tprocess'
	: >../go
	ends 0
}
