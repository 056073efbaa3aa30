load lib.bash

# jared-attach and jared-log (by jared-legible), on workers that are there.

setup() {
	setup_world
	new_repo
	export TERM=xterm
}

teardown() {
	: >"$BATS_TEST_TMPDIR/repo/go"
	[ -z "${terminal-}" ] || kill "$terminal" 2>/dev/null || :
	end_tmux
}

# start ID SCRIPT: a worker at ID that runs it
start() {
	printf '%s\n' "$2" >"../$1.sh"
	printf 'agent: sh\ncommand: [sh, "%s"]\n' "$BATS_TEST_TMPDIR/$1.sh" >jared.yaml
	task "$1"
	git add -A
	git commit -qm "$1"
	jared-dispatch -q "$1" >/dev/null
}

# ended ID: until its worker has
ended() { wait_for 10 eval '[ "$(jared-watch -a -o exit '"$1"')" != - ]'; }

# An agent that lives until the test lets it go.
lives='until [ -e ../../go ]; do sleep 0.1; done; exit 3'

@test "a log is what the worker wrote" {
	start a 'echo one; echo two >&2; printf three'
	ended a
	run -0 --separate-stderr jared-log a
	[ "$output" = "one
two
three" ]
	[ -z "$stderr" ]
}

@test "a log cannot drive the terminal that it is read on" {
	start a 'printf "\033[31mred\033[0m \033]0;title\007\033]8;;http://x\033\\link\n"
		printf "10%%\r50%%\r100%%\n"
		printf "bell\007 \001 tab\t \302\233 \342\200\256 \303\251\n"
		printf "\033Pq\033\\ \033(B\033=\033c end\n"'
	ended a
	run -0 jared-log a
	[ "$output" = $'red link\n100%\nbell? ? tab\t ? ? é\n end' ]
}

@test "a spinner or a bar is there once, as it was at last; a screen as it was left" {
	start a 'for i in 1 2 3; do printf "\033[2K\033[1Gworking %s\nplease wait\033[1A" $i; done; printf "\n\ndone\n"
		printf "\033[?1049h\033[2J\033[3;5Hmenu\033[1;1Htop\033[?1049lafter\n"
		printf "abc\bX\033[Dx\033[3Cend\033[1;1H\n"'
	ended a
	run -0 jared-log a
	[ "$output" = $'working 3\nplease wait\ndone\ntop\n\n    menu\nafter\nabx   end' ]
}

@test "--raw prints the bytes as they are" {
	start a 'printf "\033[31mred\007\n"'
	ended a
	jared-log --raw a >raw
	cmp raw .git/jared/run/a.1/log
	grep -q $'\e\\[31mred\a' raw
}

@test "--count prints so many lines from the end" {
	start a 'seq 20'
	ended a
	run -0 jared-log --count=2 a
	[ "$output" = "19
20" ]
	run -0 jared-log -c 0 a
	[ -z "$output" ]
}

@test "the older half of a log comes before the newer one" {
	start a 'echo new'
	ended a
	echo old >.git/jared/run/a.1/log.1
	run -0 jared-log a
	[ "$output" = "old
new" ]
}

@test "--follow goes on until the worker ends" {
	start a "echo begun; $lives"
	jared-log --follow a >out 3>&- &
	follower=$!
	wait_for 10 grep -q begun out
	kill -0 $follower
	: >go
	wait $follower
	run -0 jared-log -f a
	[[ $output == *begun* ]]
}

@test "--follow waits for an attempt that is about to start" {
	mkdir -p fake .git/jared/run/a.1
	cp "$BUILD/bin/jared-log" fake
	cat >fake/jared-watch <<-END
	#!/bin/sh
	echo x >>asked
	case \$(wc -l <asked) in
	1) printf 'a\t1\tclaimed\t-\n' ;;
	2) printf 'a\t1\tstarting\t-\n' ;;
	*) echo here >.git/jared/run/a.1/log; printf 'a\t1\tworking\t%s\n' $$ ;;
	esac
	END
	chmod 755 fake/jared-watch
	JARED_LIBEXEC=$BUILD/libexec/jared JARED_SHARE=$BUILD/share/jared fake/jared-log -f a >out 3>&- &
	follower=$!
	wait_for 10 grep -qx here out
	kill $follower
	[ "$(wc -l <asked)" -eq 3 ]
}

@test "a log is found from a worktree, a subdirectory and -C" {
	start a 'echo one'
	ended a
	mkdir sub
	(cd sub && jared-log a | grep -qx one)
	(cd .worktrees/a && jared-log a | grep -qx one)
	(cd / && jared-log -C "$BATS_TEST_TMPDIR/repo" a | grep -qx one)
	(cd / && JARED_STATE=$BATS_TEST_TMPDIR/repo/.git/jared JARED_ROOT=$BATS_TEST_TMPDIR/repo jared-log a | grep -qx one)
}

@test "a task without an attempt has no log" {
	run -1 --separate-stderr jared-log nope
	[ -z "$output" ]
	[[ $stderr == *nope* ]]
	start a 'echo one'
	ended a
	rm .git/jared/run/a.1/log
	run -1 --separate-stderr jared-log a
	[ "$stderr" = "jared-log: attempt 1 of a has no log" ]
}

@test "a worker that ended without a word is told" {
	start a :
	ended a
	run -1 --separate-stderr jared-log a
	[ "$stderr" = "jared-log: attempt 1 of a has written nothing" ]
	run -0 jared-log -f a
}

@test "jared-log refuses a wrong command line" {
	for args in '' 'a b' '-c x a' --frob '-c' '-n 3 a'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr jared-log $args
		[[ $stderr == "jared-log: "*"usage: jared-log"* ]]
	done
	run -0 jared-log --help
	run -0 jared-log -V
}

# at_terminal COMMAND: run it on a terminal of its own, in the background;
# its status comes into the file status
at_terminal() {
	script -qec "$1; echo \$? >status" screen >/dev/null </dev/null 3>&- &
	terminal=$!
}

clients() { tmux -S "$JARED_TMUX_SOCKET" list-clients -F "$1"; }

# client FORMAT TEXT: somebody is attached, and tmux says TEXT of him
client() { [ "$(clients "$1")" = "$2" ]; }

@test "attach takes the worker that is named, and detaching leaves it at work" {
	start a "$lives"
	start b "$lives"
	at_terminal 'jared-attach b'
	wait_for 10 client '#{session_name} #{client_readonly}' 'jared-b-1 0'
	tmux -S "$JARED_TMUX_SOCKET" detach-client -s jared-b-1
	wait_for 10 grep -qx 0 status
	wait_for 10 jared-watch -q -s working b
}

@test "attach without a name takes the only worker that is at work" {
	start done 'echo over'
	ended done
	start a "$lives"
	at_terminal 'jared attach --read-only'
	wait_for 10 client '#{session_name} #{client_readonly}' 'jared-a-1 1'
}

@test "attach works inside another tmux" {
	start a "$lives"
	at_terminal 'TMUX=/tmp/other,1,0 jared-attach'
	wait_for 10 client '#{session_name}' jared-a-1
}

@test "attach without a name lists the workers if there are several" {
	start a "$lives"
	start b "$lives"
	wait_for 10 eval '[ "$(jared-watch -s working | wc -l)" -eq 2 ]'
	run -1 --separate-stderr jared-attach
	[ -z "$output" ]
	[ "$stderr" = $'a\t1\tworking\nb\t1\tworking\njared-attach: name one of these' ]
}

@test "attach says why there is nothing to look at" {
	run -1 --separate-stderr jared-attach
	start a 'echo over'
	ended a
	run -1 --separate-stderr jared-attach
	[ "$stderr" = "jared-attach: no worker is at work; name one that has ended" ]
	run -1 --separate-stderr jared-attach nope
	[[ $stderr == *nope* ]]
	end_tmux
	wait_for 5 eval '! tmux -S "$JARED_TMUX_SOCKET" ls'
	run -1 --separate-stderr jared-attach a
	[ "$stderr" = "jared-attach: no worker of a has a terminal" ]
}

@test "attach wants a terminal" {
	start a "$lives"
	run -2 --separate-stderr jared-attach a
	[ "${stderr_lines[0]}" = "jared-attach: standard input and output must be a terminal" ]
}

@test "jared-attach refuses a wrong command line" {
	for args in 'a b' --frob -C; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr jared-attach $args
		[[ $stderr == "jared-attach: "*"usage: jared-attach"* ]]
	done
	run -0 jared-attach --help
	run -0 jared-attach -V
}
