load lib.bash

# The beat with stages that only say what they were asked: $calls is the list
# of their command lines, the files in $says end them with another status.
setup() {
	setup_world
	new_repo
	unset JARED_TMUX_SOCKET
	calls=$BATS_TEST_TMPDIR/calls says=$BATS_TEST_TMPDIR/says fake=$BATS_TEST_TMPDIR/fake
	mkdir "$fake" "$says"
	cp "$BUILD/bin/jared-heartbeat" "$fake"
	export JARED_SHARE=$BUILD/share/jared
	for tool in queue pick dispatch snap reconcile escalate; do
		cat >"$fake/jared-$tool" <<-END
		#!/bin/sh
		echo "$tool\${*:+ \$*}" >>'$calls'
		mkdir -p '$PWD/.git/jared/lock'
		[ ! -e '$says/$tool.sh' ] || . '$says/$tool.sh'
		echo "by $tool"
		[ "\$1" != --reap ] || exit \$(cat '$says/reap' 2>/dev/null || echo 0)
		exit \$(cat '$says/$tool' 2>/dev/null || echo 0)
		END
		chmod 755 "$fake/jared-$tool"
	done
	state=$PWD/.git/jared
	PATH=$fake:$PATH
}

# ends TOOL STATUS
ends() { echo "$2" >"$says/$1"; }

called() { printf '%s\n' "$@" | diff - "$calls"; }

@test "a beat settles, queues, picks, dispatches and snaps" {
	ends reap 0
	jared-heartbeat
	rm "$calls"
	run -0 --separate-stderr jared-heartbeat
	[ "$output" = "by snap" ]
	[ "$stderr" = "" ]
	called 'dispatch --reap' 'reconcile --fix --quiet' 'queue --quiet' "pick --rejects $state/beat/rejects.tsv" dispatch snap
	cd "$state/beat"
	[ "$(cat settled.tsv queue.tsv picks.tsv runs.tsv)" = "by dispatch
by queue
by pick
by dispatch" ]
}

@test "a repository that never had a state directory gets one from the tools" {
	jared-heartbeat
	called 'dispatch --reap' 'dispatch --reap' 'reconcile --fix --quiet' 'queue --quiet' "pick --rejects $state/beat/rejects.tsv" dispatch snap
}

@test "nothing to do ends a beat quietly: the later stages are left out, snap is not" {
	ends queue 1
	run -0 --separate-stderr jared-heartbeat
	[ "$stderr" = "" ]
	[ "$(tail -n 2 "$calls")" = "queue --quiet
snap" ]
	ends queue 0
	ends pick 1
	run -0 jared-heartbeat
	[ "$(tail -n 2 "$calls")" = "pick --rejects $state/beat/rejects.tsv
snap" ]
	ends pick 0
	ends dispatch 1
	run -0 jared-heartbeat
}

@test "what may succeed later ends a beat with 0, and starts nothing" {
	ends reap 75
	mkdir -p "$state/lock"
	run -0 jared-heartbeat
	called 'dispatch --reap' snap
	ends reap 0
	ends dispatch 75
	run -0 jared-heartbeat
	[ "$(tail -n 1 "$calls")" = snap ]
}

@test "a stage that needs a person gives the beat its status, after snap" {
	ends dispatch 3
	run -3 jared-heartbeat
	[ "$(tail -n 1 "$calls")" = snap ]
	ends dispatch 2
	run -2 jared-heartbeat
	[ "$(tail -n 1 "$calls")" = snap ]
	ends snap 3
	run -3 jared-heartbeat
	ends dispatch 3
	ends snap 2
	run -3 jared-heartbeat
}

@test "a journal that cannot be settled starts nothing" {
	mkdir -p "$state/lock"
	ends reap 3
	run -3 jared-heartbeat
	called 'dispatch --reap' snap
}

@test "a stage that was killed is a fault" {
	echo 'kill -9 $$' >"$says/pick.sh"
	run -3 jared-heartbeat
	[ "$(tail -n 1 "$calls")" = snap ]
}

@test "a stage whose file cannot be written is a fault, and snap still runs" {
	mkdir -p "$state/beat/picks.tsv"
	run -3 jared-heartbeat
	[ "$(tail -n 2 "$calls")" = "queue --quiet
snap" ]
}

@test "what could not be reconciled stops no start, a broken reconcile is told" {
	mkdir -p "$state/lock"
	ends reconcile 1
	jared-heartbeat
	grep -qx dispatch "$calls"
	ends reconcile 3
	run -3 jared-heartbeat
	grep -qx snap "$calls"
}

@test "somebody is told only while there are signals, of a paused beat too" {
	mkdir -p "$state/lock"
	jared-heartbeat
	run ! grep escalate "$calls"
	echo signal >"$state/signals"
	touch "$state/pause"
	jared-heartbeat
	[ "$(tail -n 2 "$calls")" = "snap
escalate --quiet" ]
}

@test "a beat leaves its status and its time" {
	jared-heartbeat
	[ "$(cat "$state/beat/last")" = 0 ]
	touch -d '1 hour ago' "$state/beat/last"
	ends snap 3
	run -3 jared-heartbeat
	[ "$(cat "$state/beat/last")" = 3 ]
	[ -n "$(find "$state/beat/last" -mmin -30)" ]
}

@test "pause and resume make and remove the sentinels" {
	run -0 jared-heartbeat pause the office moves
	[[ $(cat "$state/pause") == 20*Z$'\t'*$'\t''the office moves' ]]
	run -0 --separate-stderr jared-heartbeat pause
	[ "$stderr" = "jared-heartbeat: paused already" ]
	[[ $(cat "$state/pause") == *'the office moves' ]]
	: >"$calls"
	jared-heartbeat
	run ! grep -q queue "$calls"
	echo 2026 >"$state/brake"
	run -0 --separate-stderr jared-heartbeat resume
	[ "$stderr" = "jared-heartbeat: pause removed
jared-heartbeat: brake removed" ]
	[ ! -e "$state/pause" ] && [ ! -e "$state/brake" ]
	run -1 --separate-stderr jared-heartbeat resume
	[ "$stderr" = "jared-heartbeat: neither paused nor braked" ]
	JARED_ATTEMPT=a.1 run -1 jared-heartbeat pause
	[ ! -e "$state/pause" ]
	JARED_ATTEMPT=a.1 run -0 jared-heartbeat -F pause
	JARED_ATTEMPT=a.1 run -0 jared-heartbeat --force resume
	for args in 'resume now' '-n pause' '-l 5 resume'; do
		# shellcheck disable=SC2086
		run -2 jared-heartbeat $args
	done
}

@test "what a person says of a pause is one field" {
	jared-heartbeat pause "$(printf 'a\tb\nc\\d')"
	[ "$(wc -l <"$state/pause")" -eq 1 ]
	[ "$(cut -f3 "$state/pause")" = 'a b c d' ]
}

@test "pause and brake stop the starting, not the watching" {
	mkdir -p "$state/lock"
	for sentinel in pause brake; do
		: >"$state/$sentinel"
		: >"$calls"
		run -0 jared-heartbeat
		called 'dispatch --reap' 'reconcile --fix --quiet' snap
		rm "$state/$sentinel"
	done
}

@test "a beat that finds the lock held says so and ends with 0" {
	mkdir -p "$state/lock"
	run -0 --separate-stderr flock "$state/lock/beat" "$fake/jared-heartbeat"
	[ "$stderr" = "jared-heartbeat: skipped: beat lock is held" ]
	[ ! -e "$calls" ]
}

@test "what a beat leaves running does not hold its lock" {
	echo "sleep 60 3>&- >/dev/null 2>&1 & echo \$! >'$BATS_TEST_TMPDIR/pid'" >"$says/dispatch.sh"
	ends pick 0
	jared-heartbeat
	run -0 --separate-stderr jared-heartbeat
	kill "$(cat "$BATS_TEST_TMPDIR/pid")"
	[ "$stderr" = "" ]
}

@test "a dry run settles nothing, starts nothing and takes no snapshot" {
	mkdir -p "$state/lock"
	run -0 jared-heartbeat --dry-run
	[ "$output" = "by dispatch" ]
	called 'queue --quiet' "pick --rejects $state/beat/rejects.tsv" 'dispatch -n'
}

@test "a dry run adds to the file that its output goes to" {
	mkdir -p "$state/lock"
	echo before >out
	jared-heartbeat -n >>out
	[ "$(cat out)" = "before
by dispatch" ]
}

@test "-q is for snap, messages stay" {
	mkdir -p "$state/lock"
	run -0 --separate-stderr jared-heartbeat -qv
	[ "$(tail -n 1 "$calls")" = "snap -q" ]
	[ -n "$stderr" ]
}

@test "the stages are given the PATH that the caller has, and are those beside the beat" {
	printf '#!/bin/sh\necho impostor >>"%s"\n' "$calls" >"$says/jared-queue"
	chmod 755 "$says/jared-queue"
	echo "echo \"\$PATH\" >'$BATS_TEST_TMPDIR/path'" >"$says/dispatch.sh"
	PATH=$says:$PATH
	jared-heartbeat
	[ "$(cat "$BATS_TEST_TMPDIR/path")" = "$PATH" ]
	run ! grep impostor "$calls"
}

@test "outside git a beat says so in its own name" {
	cd /
	run -3 --separate-stderr jared-heartbeat
	[[ $stderr == "jared-heartbeat: not a git repository"* ]]
}

@test "what git warns about does not become part of the path" {
	printf '#!/bin/sh\necho "warning: unable to access a file" >&2\nexec %s "$@"\n' "$(command -v git)" >"$fake/git"
	chmod 755 "$fake/git"
	jared-heartbeat
	[ -e "$state/beat/queue.tsv" ]
}

@test "-C goes where it says and nowhere else" {
	run -3 --separate-stderr jared-heartbeat -C nowhere
	[ "$stderr" = "jared-heartbeat: cannot enter 'nowhere'" ]
	mkdir sub ../elsewhere ../elsewhere/sub
	CDPATH=$BATS_TEST_TMPDIR/elsewhere run -0 jared-heartbeat -C sub
	[[ $output == *"by snap" ]]
}

@test "a wrong command line is told before the usage" {
	for args in '-x:no option -x' '--frob:no option --frob' '-l:option -l needs a value' \
	    "-l 1x:bad number of seconds '1x'" "foo:takes no 'foo'"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr jared-heartbeat ${args%%:*}
		[ "${stderr_lines[0]}" = "jared-heartbeat: ${args#*:}" ]
		[[ ${stderr_lines[1]} == "usage: jared-heartbeat"* ]]
	done
}

@test "-v tells the status of every stage" {
	ends pick 1
	mkdir -p "$state/lock"
	run -0 --separate-stderr jared-heartbeat -v
	[ "$stderr" = "jared-heartbeat: jared-dispatch: 0
jared-heartbeat: jared-reconcile: 0
jared-heartbeat: jared-queue: 0
jared-heartbeat: jared-pick: 1
jared-heartbeat: jared-snap: 0" ]
}

@test "-l goes on beating, past a fault too, and says that a person must act" {
	ends snap 3
	jared-heartbeat -l 1 >out 2>err 3>&- &
	loop=$!
	wait_for 10 eval '[ "$(grep -c snap "$calls")" -ge 2 ]'
	kill $loop
	grep -qx 'jared-heartbeat: a person must act; the next beat comes in 1 s' err
}

@test "a beat finds the state from a subdirectory, a linked worktree and -C" {
	git worktree add -q ../linked
	mkdir sub
	(cd sub && jared-heartbeat)
	(cd ../linked && jared-heartbeat)
	(cd / && jared-heartbeat -C "$BATS_TEST_TMPDIR/repo")
	(cd / && jared-heartbeat --directory="$BATS_TEST_TMPDIR/linked")
	[ "$(grep -c "pick --rejects $state/beat/rejects.tsv" "$calls")" -eq 4 ]
}

@test "a beat started by a git hook looks where it stands" {
	git init -q ../other
	GIT_DIR=$BATS_TEST_TMPDIR/other/.git jared-heartbeat
	grep -q "pick --rejects $state/" "$calls"
}

@test "JARED_STATE names the state directory" {
	mkdir -p ../elsewhere/lock
	JARED_STATE=$BATS_TEST_TMPDIR/elsewhere jared-heartbeat
	[ -e ../elsewhere/beat/queue.tsv ]
}

@test "a beat works with no environment at all" {
	run -0 --separate-stderr env -i JARED_SHARE="$JARED_SHARE" "$fake/jared-heartbeat" -C "$PWD"
	[ "$stderr" = "" ]
	[ "$(tail -n 1 "$calls")" = snap ]
}

@test "outside a repository a beat is a fault" {
	cd "$BATS_TEST_TMPDIR"
	run -3 jared-heartbeat
	[ ! -e "$calls" ]
}

@test "a wrong command line is refused" {
	for args in --frob '-l 0' '-l x' '-l -1' --loop= frob 'locked locked' -l; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr jared-heartbeat $args
		[[ $stderr == *"usage: jared-heartbeat"* ]]
	done
	[ ! -e "$calls" ]
	run -0 jared-heartbeat -h
	run -0 jared-heartbeat --version
}
