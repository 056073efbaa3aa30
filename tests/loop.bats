load lib.bash

# The loop with real stages: what it costs, what stops it, whom it tells.

setup() {
	setup_world
	new_repo
	state=$PWD/.git/jared
	cat >jared.yaml <<-END
	agent: sh
	command: [sh, worker.sh]
	backoff_base: 0s
	backoff_max: 0s
	escalate: ['$BATS_TEST_TMPDIR/call', escalate, "{{id}}", "{{code}}", "{{pack}}"]
	notify: ['$BATS_TEST_TMPDIR/call', notify, "{{text}}"]
	END
	cat >../call <<-END
	#!/bin/sh
	cat >>'$BATS_TEST_TMPDIR/stdin'
	echo "\$*" >>'$BATS_TEST_TMPDIR/calls'
	[ ! -e '$BATS_TEST_TMPDIR/deaf' ]
	END
	chmod 755 ../call
	: >../calls
	echo 'case $JARED_TASK in
	ask*) echo "waiting which colour?" >"$JARED_STATUS"; exec sleep 300 ;;
	work*) exec sleep 300 ;;
	good*) git commit -q --allow-empty -m work; echo done >"$JARED_STATUS" ;;
	none*) : ;;
	*) exit 7 ;;
	esac' >worker.sh
	git add -A && git commit -qm Tools
}

teardown() { end_tmux; }

# Every worker that was started has come to where it stays.
settled() { ! jared-watch -q -s claimed,starting && ! jared-watch -o id,state | grep -vE '^(ask|work)' | grep -q working; }
beat() { jared-heartbeat -q "$@" && wait_for 30 settled && jared-dispatch --reap >/dev/null; }
begin() { jared-queue | jared-pick -q | jared-dispatch >/dev/null && wait_for 30 settled && jared-dispatch --reap >/dev/null; }
codes() { cut -f1,2 "$state/signals" | tr '\t\n' ' ;'; }

@test "a quiet beat is at most 8 processes" {
	jared-heartbeat -q
	strace -f -qq -e trace=execve -e signal=none -o ../trace jared-heartbeat
	cut -d' ' -f1 ../trace | sort -u | wc -l >../n
	[ "$(cat ../n)" -le 8 ] || { cat ../trace; false; }
}

@test "a quiet beat with a worker at work asks tmux once and git never" {
	task work
	beat
	jared-heartbeat -q
	strace -f -qq -e trace=execve -e signal=none -o ../trace jared-heartbeat
	[ "$(grep -c 'execve.*"tmux".*= 0' ../trace)" -le 1 ]
	[ "$(grep -c 'execve.*"git".*= 0' ../trace)" -eq 0 ]
}

@test "a snapshot stands after every beat, after a paused one too" {
	task a status=draft
	jared-heartbeat -q
	newest() { find "$state/snap" -name '2*.tsv' -newer ../mark | wc -l; }
	touch -d '1 minute ago' ../mark; find "$state/snap" -type f -exec touch -d '1 hour ago' {} +
	[ "$(newest)" = 0 ]
	jared-heartbeat -q
	[ "$(newest)" = 1 ]
	find "$state/snap" -type f -exec touch -d '1 hour ago' {} +
	jared-heartbeat pause
	jared-heartbeat -q
	[ "$(newest)" = 1 ]
	task b
	jared-heartbeat -q
	[ "$(grep -lc ^queue.b "$state"/snap/2*.tsv | wc -l)" = 1 ]
	[ "$(jared-watch 2>/dev/null | wc -l)" = 0 ]
}

@test "with no environment at all a beat starts and ends workers" {
	task good; task work
	unset JARED_TMUX_SOCKET
	ln -s "$BUILD" ../prefix
	run -0 --separate-stderr env -i "$BUILD/bin/jared-heartbeat" -C "$PWD"
	[ "$stderr" = "" ]
	wait_for 30 eval 'jared-watch -o id,state | grep -q "good.exited"'
	run -0 --separate-stderr env -i "$BUILD/bin/jared-heartbeat" -C "$PWD"
	[ "$stderr" = "" ]
	[ "$(jared-queue -o id,state)" = $'good\treview\nwork\trunning' ]
	kill "$(jared-watch -o pid work)"
	tmux -S "$(jared-watch -T)" kill-server
}

@test "failures alike at more than one task pull the brake, for a time and with the reason" {
	export JARED_BRAKE_AFTER=3
	task a; task b
	beat
	[ ! -e "$state/brake" ]
	jared-heartbeat -q
	wait_for 30 settled
	run -0 --separate-stderr jared-dispatch --reap
	[[ $stderr == "jared-dispatch: brake: nothing is started until 20"*" in a row ended alike (sh: exit 7): "*[ab]* ]]
	[[ $(cut -f2,5 "$state/brake") == $'sh: exit 7\t'*'in a row ended alike: '* ]]
	jared-heartbeat -q
	[[ $(codes) == *"@fleet brake;"* ]]
	grep -qx "escalate @fleet brake $state/packs/fleet.brake.md" ../calls
	# It starts nothing, and is told once.
	task work
	jared-heartbeat -q
	run ! jared-watch -q work
	[ "$(grep -c '^escalate @fleet' ../calls)" = 1 ]
}

@test "a brake whose time is up is let go; the next failure of that kind pulls it for twice as long" {
	export JARED_BRAKE_AFTER=3 JARED_BRAKE_FOR=100s JARED_ATTEMPTS=20
	task a; task b
	beat; beat
	[ -e "$state/brake" ]
	seq=$(cut -f3 "$state/brake")
	sleep_until=$(date -u -d '+101 seconds' +%Y-%m-%dT%H:%M:%SZ)
	JARED_NOW=$sleep_until jared-heartbeat -q
	[ ! -e "$state/brake" ] || [ "$(cut -f3 "$state/brake")" -gt "$seq" ]
	wait_for 30 settled
	JARED_NOW=$sleep_until jared-dispatch --reap >/dev/null
	[ "$(cut -f4 "$state/brake")" = 2 ]
	[ "$(cut -f1 "$state/brake")" = "$(date -u -d "$sleep_until + 200 seconds" +%Y-%m-%dT%H:%M:%SZ)" ]
}

@test "one task that fails, other failures between, a success, and a person's end pull no brake" {
	export JARED_BRAKE_AFTER=2
	export JARED_ATTEMPTS=20
	task a
	beat; beat; beat
	[ ! -e "$state/brake" ]
	task good
	beat
	[ ! -e "$state/brake" ]
}

@test "a brake that a person let go pulls again at the next failure, not for the old ones" {
	export JARED_BRAKE_AFTER=2
	task a; task b
	beat
	[ -e "$state/brake" ]
	jared-heartbeat resume
	jared-dispatch --reap >/dev/null
	[ ! -e "$state/brake" ]
	beat
	[ -e "$state/brake" ]
}

@test "a brake made by hand stays until it is removed" {
	jared-heartbeat -q
	: >"$state/brake"
	task work
	jared-heartbeat -q; jared-heartbeat -q
	[ -e "$state/brake" ]
	run ! jared-watch -q work
}

@test "one stuck task is told once in an episode, 226 beats later still once" {
	task ask
	task none
	beat
	jared-heartbeat -q
	[ "$(codes)" = "ask waiting_for_input;none unreconciled;" ]
	sort ../calls >../first
	{
		echo "escalate ask waiting_for_input $state/packs/ask.waiting_for_input.md"
		echo "escalate none unreconciled $state/packs/none.unreconciled.md"
		echo "notify ask: waits for somebody's answer: which colour? (Task ask)"
		echo "notify none: the worker ended well and nothing shows for it: no commit and no report (Task none)"
	} | diff - ../first
	for _ in {1..226}; do jared-escalate -q; done
	for _ in 1 2 3; do jared-heartbeat -q; done
	sort ../calls | diff ../first -
	# What it waits for next is another episode, at the soonest five minutes later.
	echo 'waiting for a brush' >>"$state/run/ask.1/report"
	touch -d '1 second ago' "$state/run/ask.1/report"
	sed -i "s/\(^ask\twaiting_for_input\t2\t\)[^\t]*/\1$(date -u +%Y-%m-%dT%H:%M:%SZ)/" "$state/signals"
	jared-escalate -q
	sort ../calls | diff ../first -
	JARED_NOW=$(date -u -d '+301 seconds' +%Y-%m-%dT%H:%M:%SZ) jared-escalate -q
	[ "$(grep -c '^escalate ask' ../calls)" = 2 ]
	[ "$(grep -c '^escalate none' ../calls)" = 1 ]
}

@test "the pack holds the task, the attempts, the output and the commands" {
	task ask
	beat
	jared-heartbeat -q
	for what in '^# ask: waits for' 'Do ask' 'Attempts' 'waiting 1: since' 'jared-send ask'; do
		grep -q "$what" "$state/packs/ask.waiting_for_input.md" || { echo "no $what"; false; }
	done
	grep -q '^# ask: waits for' ../stdin
	jared-escalate --pack ask >../pack
	grep -q '^# ask: Task ask' ../pack
	run -1 jared-escalate -p nosuch
}

@test "what is in titles drives no terminal" {
	task ask title="\"a\\x1b[31mb\\u202e\""
	beat
	jared-heartbeat -q
	run ! grep -P '\x1b|\x{202e}' ../calls "$state/packs/ask.waiting_for_input.md" ../stdin
}

@test "a command that fails is tried again later, not in every beat" {
	task ask
	touch ../deaf
	begin
	jared-heartbeat -q
	[ "$(grep -c ^escalate ../calls)" = 1 ]
	run -0 --separate-stderr jared-escalate
	[ "$(grep -c ^escalate ../calls)" = 1 ]
	[[ $output == *$'escalate\tsoon'* ]]
	rm ../deaf
	JARED_NOW=$(date -u -d '+301 seconds' +%Y-%m-%dT%H:%M:%SZ) jared-escalate -q
	[ "$(grep -c ^escalate ../calls)" = 2 ]
	JARED_NOW=$(date -u -d '+700 seconds' +%Y-%m-%dT%H:%M:%SZ) jared-escalate -q
	[ "$(grep -c ^escalate ../calls)" = 2 ]
}

@test "killed while a command runs it tells once more, and nothing is lost" {
	task ask
	printf '#!/bin/sh\necho "$*" >>%s/calls\nkill -9 $PPID\n' "$BATS_TEST_TMPDIR" >../call
	begin
	jared-snap -q
	jared-escalate -q || :
	[ "$(grep -c ^notify ../calls)" = 1 ]
	printf '#!/bin/sh\necho "$*" >>%s/calls\n' "$BATS_TEST_TMPDIR" >../call
	JARED_NOW=$(date -u -d '+301 seconds' +%Y-%m-%dT%H:%M:%SZ) jared-escalate -q
	JARED_NOW=$(date -u -d '+700 seconds' +%Y-%m-%dT%H:%M:%SZ) jared-escalate -q
	[ "$(grep -c ^notify ../calls)" = 2 ]
	[ "$(grep -c ^escalate ../calls)" = 1 ]
}

@test "an hour has its limit, the most urgent come first, and the rest is not lost" {
	task ask1; task none1; task none2
	export JARED_ESCALATE_LIMIT=1
	begin
	now=2027-01-01T10:30:00Z
	jared-snap -q
	JARED_NOW=$now jared-escalate -q
	[ "$(grep ^escalate ../calls | cut -d' ' -f2)" = ask1 ]
	JARED_NOW=2027-01-01T10:59:00Z jared-escalate -q
	[ "$(grep -c ^escalate ../calls)" = 1 ]
	JARED_NOW=2027-01-01T11:00:00Z jared-escalate -q
	JARED_NOW=2027-01-01T12:00:00Z jared-escalate -q
	[ "$(grep ^escalate ../calls | cut -d' ' -f2 | tr '\n' ' ')" = "ask1 none1 none2 " ]
}

@test "what goes and comes again with the same since has been told" {
	task ask; task none
	begin
	jared-snap -q
	JARED_NOW=2027-01-01T10:00:00Z jared-escalate -q
	cp "$state/signals" ../both
	grep ^none ../both >"$state/signals"
	JARED_NOW=2027-01-01T18:00:00Z jared-escalate -q
	cp ../both "$state/signals"
	JARED_NOW=2027-01-01T19:00:00Z jared-escalate -q
	[ "$(grep -c '^escalate ask' ../calls)" = 1 ]
	# What is over is not kept for good.
	grep ^none ../both >"$state/signals"
	JARED_NOW=2027-03-01T10:00:00Z jared-escalate -q
	run ! grep ^ask "$state/told"
}

@test "a dry run tells nobody and writes nothing" {
	task ask
	begin
	jared-snap -q
	run -0 --separate-stderr jared-escalate -n
	[ "$output" = "$(tsv ask waiting_for_input notify would which\ colour?; tsv ask waiting_for_input escalate would which\ colour?)" ]
	[ ! -s ../calls ] && [ ! -e "$state/told" ] && [ ! -e "$state/packs" ]
}

@test "inside a worker nobody is told, unless that is forced" {
	task ask
	begin
	jared-snap -q
	JARED_ATTEMPT=a.1 run -1 --separate-stderr jared-escalate
	[[ $stderr == *"--force does it all the same" ]]
	[ ! -s ../calls ]
	JARED_ATTEMPT=a.1 run -0 jared-escalate -F
	[ "$(wc -l <../calls)" = 2 ]
	JARED_ATTEMPT=a.1 run -1 jared-reconcile --fix
}

@test "an unknown name in a command is refused with the valid ones" {
	task ask
	begin
	jared-snap -q
	JARED_NOTIFY='echo {{wrong}}' run -3 --separate-stderr jared-escalate
	[[ $stderr == "jared-escalate: notify: unknown name '{{wrong}}', valid: id code "* ]]
}
