load lib.bash
load work.bash

setup() { setup_world; }
teardown() { end_work; }

# Everything that some layer might take for its own.
nasty() {
	printf '%s\n' '"; touch HIT1; "' '$(touch HIT2)' '`touch HIT3`' \
	    '#(touch HIT4)' '#{pane_id} #{?1,a,b}' "'; touch HIT5 #'" '-n -rf --' \
	    'C-c Enter;' '{{id}} {{nothing}}' '%1 %s %n' 'back\slash \n \t' \
	    '| > HIT6 & < * ? ~ !!'
	printf '\033]52;c;aGk=\a\033[31mred\033[0m \001\177 \t tab \r return\n'
	printf 'naïve — 日本語 \xff\xfe not UTF-8\n'
}

# Nothing below the test's directory or where a shell might have stood.
untouched() {
	[ -z "$(find "$BATS_TEST_TMPDIR" -name 'HIT*')" ] && [ -z "$(ls -d /HIT* 2>/dev/null)" ]
}

# body FILE: the prompt without what the template puts around it must hold it
holds() {
	perl -e 'local $/; open A, "<", $ARGV[0]; open B, "<", $ARGV[1];
		exit(index(<A>, <B>) >= 0 ? 0 : 1)' "$1" "$2"
}

@test "a prompt full of shell, tmux and terminal language arrives byte for byte on stdin" {
	worker_repo 'cat >"$JARED_ROOT/../prompt"; : >"$JARED_ROOT/../seen"'
	task a
	nasty >../nasty
	cat ../nasty >>tasks/workstreams/main/tasks/a.md
	jared-dispatch a >/dev/null
	wait_for 5 test -e ../seen
	cmp ../prompt "$state/run/a.1/prompt.md"
	holds ../prompt ../nasty
	untouched
}

@test "a prompt of 200 kB arrives byte for byte on stdin" {
	worker_repo 'cat >"$JARED_ROOT/../prompt"; : >"$JARED_ROOT/../seen"'
	task a
	head -c 150000 /dev/urandom | base64 -w 3000 >../big
	nasty >>../big
	cat ../big >>tasks/workstreams/main/tasks/a.md
	jared-dispatch a >/dev/null
	wait_for 5 test -e ../seen
	cmp ../prompt "$state/run/a.1/prompt.md"
	holds ../prompt ../big
	untouched
}

# An agent of the repository's own that takes its prompt as an argument.
arg_agent() {
	worker_repo "$1" 'agent: arg'
	sed -i '/^agent: sh/d; /^command/d' jared.yaml
	mkdir -p .jared/agents
	printf 'headless: ["%s/agent", "--", "{{prompt}}"]\nprompt: arg\nmode: headless\n' \
	    "$(cd .. && pwd)" >.jared/agents/arg.yaml
}

@test "a prompt arrives byte for byte as an argument" {
	arg_agent 'printf %s "$2" >"$JARED_ROOT/../prompt"; echo $# >"$JARED_ROOT/../argc"; : >"$JARED_ROOT/../seen"'
	task a
	nasty >../nasty
	cat ../nasty >>tasks/workstreams/main/tasks/a.md
	jared-dispatch a >/dev/null
	wait_for 5 test -e ../seen
	[ "$(cat ../argc)" = 2 ]
	holds ../prompt ../nasty
	untouched
}

@test "a prompt of 200 kB is handed to an agent that wants an argument as the name of a file" {
	arg_agent 'printf "%s\n" "$2" >"$JARED_ROOT/../arg"; : >"$JARED_ROOT/../seen"'
	task a
	head -c 150000 /dev/urandom | base64 -w 3000 >../big
	cat ../big >>tasks/workstreams/main/tasks/a.md
	jared-dispatch a >/dev/null
	wait_for 5 test -e ../seen
	[ "$(wc -c <../arg)" -lt 4096 ] && [ "$(wc -l <../arg)" = 1 ]
	file=$(grep -o '/[^ ]*prompt\.md' ../arg)
	holds "$file" ../big
	untouched
}

@test "a hostile title passes every tool and touches nothing" {
	worker_repo 'cat >"$JARED_ROOT/../prompt"; : >"$JARED_ROOT/../seen"' 'max_workers: 20'
	titles=(
		'"say \"hi\"; touch HIT1; $(touch HIT2) `touch HIT3`"'
		'"#(touch HIT4) #{pane_id};"'
		'"two\nlines\tand a tab"'
		'"\e]0;owned\a\e[2J"'
		"'-rf --help'"
		'"-"'
		"\"it's; rm 'x' #\""
		'";"'
	)
	for i in "${!titles[@]}"; do task "t$i" "title=${titles[i]}"; done
	git add -A && git commit -qm Tasks
	jared-queue | jared-pick | jared-dispatch >../runs
	jared-watch >../watch
	jared-watch -j | jq -r .title >../titles
	jared-queue | jared-pick -q || [ $? = 1 ]
	wait_for 10 nobody_alive
	[ "$(wc -l <../runs)" = "${#titles[@]}" ]
	! grep -P '[\x00-\x08\x0b-\x1f\x7f]' ../runs ../watch
	grep -qxF -- '-rf --help' ../titles
	grep -qxF -- "it's; rm 'x' #" ../titles
	untouched
}

@test "a dispatch runs no shell but the agent's own" {
	worker_repo ': >"$JARED_ROOT/../seen"'
	task a 'title="; $(touch HIT) #(touch HIT)"'
	git add -A && git commit -qm Tasks
	# strace stays as long as the server that it follows.
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -e signal=none -s 200 \
	    -o ../trace jared-dispatch a >/dev/null 3>&- </dev/null &
	wait_for 10 test -e ../seen
	wait_for 5 nobody_alive
	end_tmux
	wait $!
	grep execve ../trace | grep -v ENOENT >../execs
	grep -q "/agent\"" ../execs
	! grep -e '"-c"' -e '/sh"' ../execs
	untouched
}

@test "a repository path with a shell command, a tmux format and blanks in it" {
	dir='#(touch HIT1) $(touch HIT2);  x'"'"'"`touch HIT3`'
	mkdir "$dir" && cd "$dir" || return
	worker_repo 'pwd >"$JARED_ROOT/pwd"; cat >"$JARED_ROOT/prompt"; git commit -q --allow-empty -m W; echo done >"$JARED_STATUS"' \
	    "base: main"
	printf 'agent: sh\ncommand: [sh, "../../../agent"]\n' >jared.yaml
	task a
	git add -A && git commit -qm Tasks
	jared-queue | jared-pick | jared-dispatch >/dev/null
	wait_for 5 is events a "claim running exited"
	[ "$(cat pwd)" = "$PWD/.worktrees/a" ]
	[ "$(jared-queue -o state)" = review ]
	[ "$(jared-watch -o ahead)" = 1 ]
	git -C .worktrees/a fsck 2>&1
	untouched
}

@test "a secret of the caller's environment reaches no journal, log, argument or server" {
	worker_repo 'ps -ef; until [ -e "$JARED_ROOT/../go" ]; do sleep 0.1; done'
	task a
	git add -A && git commit -qm Tasks
	export CANARY_TOKEN=kGq7rT2canary
	jared-dispatch a >/dev/null
	jared-queue >/dev/null && jared-watch >/dev/null
	grep -alF "$CANARY_TOKEN" /proc/[0-9]*/cmdline 2>/dev/null >../argv || :
	cat ../argv
	[ ! -s ../argv ]
	! grep -rlF "$CANARY_TOKEN" "$state"
	tmux -S "$JARED_TMUX_SOCKET" show-environment -g >../server-env
	! grep -F canary ../server-env
	: >../go
	wait_for 10 nobody_alive
	! grep -rlF "$CANARY_TOKEN" "$state"
}

@test "nobody else may read the state directory" {
	umask 000
	worker_repo 'echo done >"$JARED_STATUS"; echo log'
	task a
	git add -A && git commit -qm Tasks
	jared-heartbeat >/dev/null
	wait_for 10 nobody_alive
	jared-heartbeat >/dev/null
	run find "$state" -perm /077
	[ -z "$output" ]
	[ "$(stat -c %a "$(dirname "$JARED_TMUX_SOCKET")")" = 700 ]
}
