load lib.bash
load work.bash

# What a worker may run, told by JARED_ATTEMPT: whatever looks, and its own
# report; what starts, kills, removes or decides is refused unless forced.

setup() {
	setup_world
	worker_repo 'exit 0'
	task a; task b
	git add -A; git commit -qm tasks
	export JARED_ATTEMPT=x.1 JARED_TASK=x
}
teardown() { end_work; }

# Each line: a tool, and a command line of it that is refused, which does no harm
# here when it is forced; "!" before it: it cannot be; "-": none is refused.
table() {
	cat <<-'END'
	attach -
	clean jared-clean --yes
	dispatch jared-dispatch a
	doctor jared-doctor --repair --yes
	escalate ! jared-escalate
	heartbeat ! jared-heartbeat pause
	init -
	kill jared-kill a
	log -
	manager ! jared-manager start
	mark jared-mark hold a
	pick -
	pr -
	queue -
	reconcile jared-reconcile --fix
	report -
	send jared-send a hello
	skills -
	snap -
	status -
	task jared-task ready a
	watch -
	why -
	worktree jared-worktree x
	END
}

@test "of every tool it is said whether a worker may run it" {
	for tool in "$BUILD"/bin/jared-*; do
		table | grep -q "^${tool##*/jared-} " || { echo "say it of ${tool##*/}"; return 1; }
	done
}

@test "what starts, kills, removes or decides is refused inside a worker, and done when forced" {
	n=0
	while read -r tool refused; do
		[ -x "$BUILD/bin/jared-$tool" ] || continue
		[ "$refused" != - ] || continue
		forced=1
		case $refused in '! '*) forced='' refused=${refused#! } ;; esac
		before=$(find .git/jared -type f 2>/dev/null | sort)
		# shellcheck disable=SC2086
		run -1 --separate-stderr $refused
		[[ -z $output && $stderr == "jared-$tool: "*inside*worker* ]] || { echo "$refused: $output$stderr"; return 1; }
		[ "$(find .git/jared -type f 2>/dev/null | sort)" = "$before" ]
		n=$((n + 1))
		[ -n "$forced" ] || continue
		# shellcheck disable=SC2086
		set -- $refused
		run --separate-stderr "$1" -F "${@:2}"
		[[ $status != 2 && $stderr != *inside*worker* ]] || { echo "$1 -F: $stderr"; return 1; }
	done < <(table)
	[ $n -ge 10 ]
}

@test "a beat inside a worker starts nothing" {
	run jared-heartbeat -q
	[ -z "$(jared-watch -a -o id 2>/dev/null)" ]
	[ ! -e .worktrees ]
}

@test "whatever only looks works inside a worker" {
	for line in "queue" "why a" "status" "doctor" "snap -n" "watch" "pick" "init -n"; do
		# shellcheck disable=SC2086
		run jared-${line%% *} ${line#"${line%% *}"} </dev/null
		[[ $status -le 1 && $output != *inside*worker* ]] || { echo "$line: $status $output"; return 1; }
	done
}
