load lib.bash

# The tmux module by its unit program: tmux new|panes|kill|server|socket STATE.

setup() {
	setup_world
	mkdir -m 700 state
	S=$PWD/state
	# Says its words, one in brackets after the other, and waits.
	printf '#!/bin/sh\nfor w; do printf "[%%s]\\n" "$w"; done >"%s/said.tmp"\nmv "%s/said.tmp" "%s/said"\nexec sleep 1000\n' \
	    "$PWD" "$PWD" "$PWD" >say
	chmod +x say
}
teardown() {
	end_tmux
	[ ! -e server2 ] || kill -9 "$(cat server2)" 2>/dev/null || :
}

t() { local verb=$1; shift; "$BUILD/tests/tmux" "$verb" "$S" "$@"; }
mux() { tmux -S "$JARED_TMUX_SOCKET" "$@"; }
server() { mux display-message -p '#{pid}'; }
said() { wait_for 5 test -e said && cat said; rm -f said; }

@test "a session starts, is listed with its pane, and is there once" {
	t new jared-a-1 "$PWD/say" one
	[ "$(said)" = "[one]" ]
	[[ $(t panes) == "jared-a-1 %0 alive "* ]]
	run -1 t new jared-a-1 "$PWD/say" two
	[[ $output == *"exists: tmux: duplicate session: jared-a-1" ]]
	[ "$(t panes | wc -l)" = 1 ]
}

@test "every word arrives as it was given, and no shell and no format sees it" {
	words=('a;' ';' '\;' 'a\;' 'a\\;' ';;' 'a;b' '#(touch hit)' '$(touch hit)' '`touch hit`'
	    '#{pid}' '%h' 'two words' '"' "'" '$HOME' '\' 'back\' $'new\nline' $'tab\t' -x -- '~'
	    'süß' '' '{' '}' '{a}' $'\e[31m' 'last;')
	t new jared-a-1 "$PWD/say" "${words[@]}"
	printf '[%s]\n' "${words[@]}" >want
	said >got
	same want got
	[ ! -e hit ] && [ ! -e /hit ] && [ ! -e "$HOME/hit" ]
}

@test "hazard 6: two words are executed, not given to a shell; names with dots do not come up" {
	t new jared-a-1 "$PWD/say" 'echo $((1+1))'
	[ "$(said)" = '[echo $((1+1))]' ]
	[ "$(mux list-panes -a -F '#{session_name}')" = jared-a-1 ]
}

@test "a program in a directory with a format and spaces in its name is started" {
	mkdir 'a #(touch hit); b' && cp say 'a #(touch hit); b/say'
	t new jared-a-1 "$PWD/a #(touch hit); b/say" x
	[ "$(said)" = "[x]" ]
	[ ! -e hit ] && [ ! -e 'a #(touch hit); b/hit' ]
}

@test "hazard 1: the server inherits no descriptor of ours" {
	exec 9>lock
	flock -n 9
	t new jared-a-1 "$PWD/say" x
	exec 9>&-
	flock -n lock true
	run -0 ls -l "/proc/$(server)/fd"
	[[ $output != *"$PWD/"* ]]
}

@test "hazard 2: a TAB in a format is a TAB under LC_ALL=C and without a locale" {
	t new jared-a-1 "$PWD/say" x
	LC_ALL=C LANG= run -0 t panes
	[[ $output == "jared-a-1 %0 alive "* ]]
	run -0 env -i "JARED_TMUX_SOCKET=$JARED_TMUX_SOCKET" "JARED_SHARE=$BUILD/share/jared" "$BUILD/tests/tmux" panes "$S"
	[[ $output == "jared-a-1 %0 alive "* ]]
}

@test "a title with a TAB or with formats in it is text" {
	printf '#!/bin/sh\nprintf "\\033]2;a #(touch %s/hit) #{pid}\\007"\nexec sleep 1000\n' "$PWD" >titled
	chmod +x titled
	t new jared-a-1 "$PWD/titled" x
	wait_for 5 bash -c '[[ $("$BUILD/tests/tmux" panes '"$S"') == "jared-a-1 %0 alive a #(touch $PWD/hit) #{pid}" ]]'
	[ ! -e hit ]
}

@test "fifty first sessions at once make one server and fifty sessions" {
	for i in $(seq 50); do
		t new "jared-x-$i" sleep 1000 >"out.$i" 2>&1 3>&- & pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
	[ -z "$(cat out.*)" ]
	[ "$(t panes | wc -l)" = 50 ]
	[ "$(pgrep -cf "^tmux -u -S $JARED_TMUX_SOCKET ")" = 1 ]
	[ "$(t server)" = "$(server)" ]
}

@test "sessions start while the server is ended again and again" {
	for i in $(seq 30); do
		t new "jared-x-$i" sleep 1000 >"out.$i" 2>&1 3>&- & pids+=($!)
		[ $((i % 5)) != 0 ] || mux kill-server 2>/dev/null || :
	done
	for pid in "${pids[@]}"; do wait "$pid" || fail=1; done
	[ -z "${fail-}" ] || { cat out.*; return 1; }
	t new jared-last sleep 1000
	[ "$(t server)" = "$(server)" ]
	[ "$(pgrep -cf "^tmux -u -S $JARED_TMUX_SOCKET ")" = 1 ]
}

@test "the socket is removed: the server is asked to make it anew, and there is no second" {
	t new jared-a-1 sleep 1000
	pid=$(server)
	rm "$JARED_TMUX_SOCKET"
	run -1 t panes
	[[ $output == *"lives but its socket is gone"* ]]
	t new jared-b-1 sleep 1000
	[ "$(server)" = "$pid" ]
	[ "$(t panes | cut -d' ' -f1 | paste -sd' ')" = "jared-a-1 jared-b-1" ]
}

@test "twenty sessions at once after the socket was removed share the old server" {
	t new jared-a-1 sleep 1000
	pid=$(server)
	rm "$JARED_TMUX_SOCKET"
	for i in $(seq 20); do
		t new "jared-x-$i" sleep 1000 3>&- & pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p"; done
	[ "$(server)" = "$pid" ]
	[ "$(t panes | wc -l)" = 21 ]
}

@test "a server that lives and does not answer is never doubled" {
	t new jared-a-1 sleep 1000
	pid=$(server)
	kill -STOP "$pid"
	rm "$JARED_TMUX_SOCKET"
	run -1 t new jared-b-1 sleep 1000
	kill -CONT "$pid"
	[[ $output == *"failed: the tmux server (pid $pid) lives but does not make its socket"* ]]
	wait_for 5 test -S "$JARED_TMUX_SOCKET"
	[ "$(server)" = "$pid" ]
	[ "$(t panes | wc -l)" = 1 ]
}

@test "no answer in time is unknown, not failed" {
	mkdir bin
	printf '#!/bin/sh\nexec sleep 1000\n' >bin/tmux && chmod +x bin/tmux
	run -1 env PATH="$PWD/bin:$PATH" "$BUILD/tests/tmux" new "$S" jared-a-1 sleep 1
	[[ $output == *"unknown: cannot run tmux: Connection timed out" ]]
}

@test "the server dies: there are no panes, and the next session has a new server" {
	t new jared-a-1 sleep 1000
	kill -9 "$(server)"
	wait_for 5 bash -c '[ -z "$("$BUILD/tests/tmux" panes '"$S"')" ]'
	t new jared-b-1 sleep 1000
	[ "$(t panes | cut -d' ' -f1)" = jared-b-1 ]
	[ "$(t server)" = "$(server)" ]
}

@test "without a server there are no panes, and looking makes neither server nor directory" {
	rmdir t
	run -0 t panes
	[ -z "$output" ]
	[ ! -e t ]
}

@test "a session is ended by its exact name" {
	t new jared-1 sleep 1000; t new jared-10 sleep 1000
	run -1 t kill jared
	t kill jared-1
	[ "$(t panes | cut -d' ' -f1)" = jared-10 ]
	run -1 t kill jared-1
}

@test "the server outlives its last session" {
	t new jared-a-1 sleep 1000
	pid=$(server)
	t kill jared-a-1
	[ -z "$(t panes)" ]
	t new jared-b-1 sleep 1000
	[ "$(server)" = "$pid" ]
}

@test "the server's environment holds the allowed names and nothing else" {
	export SECRET_TOKEN=hush GITHUB_TOKEN=hush SSH_AUTH_SOCK=/hush TERM=xterm LC_TIME=C
	t new jared-a-1 sleep 1000
	run -0 mux show-environment -g
	[[ $output != *hush* && $output == *"HOME=$HOME"* && $output == *LC_TIME=C* ]]
	[ -z "$(cut -d= -f1 <<<"$output" | grep -vE '^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]*|TZ|PWD)$')" ]
	! grep -qz hush "/proc/$(server)/environ"
}

@test "what a person's terminal brings when attaching does not reach new sessions" {
	t new jared-a-1 sleep 1000
	[ -z "$(mux show-options -gv update-environment)" ]
}

@test "our options hold, and the operator's configuration is not read" {
	echo 'set -g history-limit 7' >"$HOME/.tmux.conf"
	t new jared-a-1 sleep 1000
	[ "$(mux show-options -gv remain-on-exit)" = on ]
	[ "$(mux show-options -gv focus-events)" = on ]
	[ "$(mux show-options -gv history-limit)" = 20000 ]
	[ "$(mux show-messages -J 2>/dev/null | grep -c "unknown\|invalid")" = 0 ]
	[ "$(mux list-panes -a -F '#{pane_width}x#{pane_height}')" = 200x50 ]
}

@test "the configuration is found under a relative JARED_SHARE too" {
	ln -s "$BUILD/share/jared" share
	JARED_SHARE=share t new jared-a-1 sleep 1000
	[ "$(mux show-options -gv remain-on-exit)" = on ]
}

@test "a pane stays when its program has ended" {
	t new jared-a-1 true x
	wait_for 5 bash -c '[[ $("$BUILD/tests/tmux" panes '"$S"') == "jared-a-1 %0 dead"* ]]'
}

@test "the socket's name follows the state directory's real path, not how it was reached" {
	unset JARED_TMUX_SOCKET
	ln -s state link
	[ "$(t socket)" = "$("$BUILD/tests/tmux" socket "$PWD/link")" ]
	[ "$(t socket)" = "$(TMPDIR=/x XDG_RUNTIME_DIR=/y TMUX_TMPDIR=/z "$BUILD/tests/tmux" socket ./state/)" ]
	[[ $(t socket) =~ ^/tmp/jared-$(id -u)/[0-9a-f]{16}$ ]]
	mkdir other
	[ "$(t socket)" != "$("$BUILD/tests/tmux" socket other)" ]
}

@test "a socket directory that is a link, open to others, or no directory is refused" {
	rmdir t
	mkdir -m 700 real && ln -s real t
	run -3 t new jared-a-1 sleep 1000
	[[ $output == *"cannot open '$PWD/t': not a directory" ]]
	run -3 t panes
	rm t && mkdir -m 755 t
	run -3 t new jared-a-1 sleep 1000
	[[ $output == *"'$PWD/t' must belong to us and to nobody else (owner $(id -u), mode 755)" ]]
	rmdir t && touch t
	run -3 t new jared-a-1 sleep 1000
	rm t
	t new jared-a-1 sleep 1000
	[ "$(stat -c %a t)" = 700 ]
}

@test "a socket directory of another user is refused" {
	[ "$(id -u)" = 0 ] || skip "needs root to give a directory away"
	chown 65534 t
	run -3 t new jared-a-1 sleep 1000
	[[ $output == *"must belong to us and to nobody else (owner 65534, mode 700)" ]]
	chown 0 t
}

@test "a socket path that is relative or too long is refused with the reason" {
	JARED_TMUX_SOCKET=t/s run -3 t panes
	[[ $output == *"not an absolute path"* ]]
	JARED_TMUX_SOCKET=$PWD/$(printf 'x%.0s' {1..120}) run -3 t panes
	[[ $output == *"is too long" ]]
}

@test "a command that is too long for tmux is refused with the reason" {
	run -1 t new jared-a-1 sleep "$(head -c 20000 /dev/zero | tr '\0' 1)"
	[[ $output == *"failed: tmux: command too long" ]]
}

@test "without tmux a session fails with the reason" {
	run -1 env PATH=/nowhere "$BUILD/tests/tmux" new "$S" jared-a-1 sleep 1
	[[ $output == *"failed: cannot run tmux: No such file or directory" ]]
}
