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
