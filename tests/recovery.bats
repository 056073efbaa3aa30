load lib.bash
load work.bash

# What jared(7) says to do after each kind of accident, done.

setup() { setup_world; }
teardown() { end_work; }

# advice SECTION: the commands that the page shows there, one a line
advice() {
	awk -v want=".Ss $1" '/^\.S[hs] /{ on = $0 == want } on && /^\.Dl /{ sub(/^\.Dl /, ""); print }' \
		"$TESTS/../man/jared.7" | sed 's/\\(dq/"/g; s/\\&//g'
}

# follow SECTION ID: do all of it, with that id; where it asks, say yes
follow() {
	local line status
	advice "$1" >"$BATS_TEST_TMPDIR/advice"
	[ -s "$BATS_TEST_TMPDIR/advice" ]
	while IFS= read -r line; do
		echo "$ $line"
		line=${line//ID/$2}
		case $line in
		*--repair*)
			{ sleep 1; echo y; sleep 1; } | script -qec "$line" /dev/null 3>&- || return
			;;
		*)	status=0
			bash -o pipefail -c "$line" </dev/null 3>&- || status=$?
			[ $status -le 3 ] || return
			;;
		esac
	done <"$BATS_TEST_TMPDIR/advice"
}

# A machine that is on: its own processes, and a boot id of its own.  What is
# run in it ends as by a power cut.
boot() {
	export -f advice follow tsv
	pids="-p -f --mount-proc" own_mounts "
	printf '%s\n' $1 >../boot_id
	mount --bind ../boot_id /proc/sys/kernel/random/boot_id
	trap - EXIT
	$2
	kill -9 -1 2>/dev/null || :"
}

three() {
	worker_repo "git commit -q --allow-empty -m \$JARED_TASK; echo half >half; $until_go" 'mode: headless'
	task a; task b; task c; task d depends_on='[a]'
	git add -A; git commit -qm tasks
	cd ..
}

@test "after a restart of the machine what ran is interrupted, nothing starts by itself, and the advice brings it back" {
	three
	cd repo
	boot 11111111-1111-4111-8111-111111111111 '
	jared-dispatch -q a b c >/dev/null
	wait_for 20 test -e .worktrees/a/half -a -e .worktrees/b/half -a -e .worktrees/c/half'
	[ "$(grep -c $'\trunning\t' .git/jared/journal/000001.tsv)" = 3 ]
	! pgrep -f "jared-run $state" || return 1
	boot 22222222-2222-4222-8222-222222222222 '
	# No beat yet: it is seen all the same.
	[ "$(jared-watch -o state | sort -u)" = interrupted ]
	for i in 1 2 3; do jared-heartbeat -q; done
	[ "$(jared-watch -o state,attempt | sort -u)" = "$(tsv interrupted 1)" ]
	[ "$(jared-queue -o waits a b c | sort -u)" = interrupted:1 ]
	[ "$(jared-watch -a -o id | wc -l)" = 3 ]
	jared-status >../status
	jared-doctor >../doctor || [ $? = 1 ]'
	grep -qx 'the machine was restarted: 3 workers are gone with it; none starts again until it is unparked' ../status
	for t in a b c; do grep -q "^  $t .*jared mark unpark $t$" ../status; done
	touch ../go
	boot 33333333-3333-4333-8333-333333333333 '
	follow "After a restart of the machine" a >../out 2>&1
	wait_for 20 eval "[ \"\$(jared-queue -o state a b c | sort -u)\" = review ]"'
	cat ../out
	[ "$(jared-watch -o id,attempt)" = "$(tsv a 2; tsv b 2; tsv c 2)" ]
	[ -e .worktrees/a/half ] && [ ! -e .worktrees/a.2 ]
	model
}

@test "the tmux server dies: what outlives it is an orphan, and the advice ends it" {
	worker_repo "trap '' HUP; exec >/dev/null 2>&1 </dev/null; $until_go" 'mode: headless'
	task a; git add -A; git commit -qm tasks
	jared-dispatch -q a >/dev/null
	wait_for 20 is run_of a working
	kill -9 "$(tmux -S "$JARED_TMUX_SOCKET" display-message -p '#{pid}')"
	wait_for 20 is run_of a orphan
	run -1 jared-dispatch -q a
	follow "The tmux server died" a
	wait_for 20 nobody_alive
	[ "$(jared-queue -o state a)" = exited ]
	jared-mark -q unpark a; touch ../go
	jared-dispatch -q a >/dev/null
	wait_for 20 nobody_alive
	model
}

@test "the disk is full: it is found, and the beat goes on when there is room" {
	own_mounts '
	mkdir m && mount -t tmpfs -o size=3m tmpfs m
	export JARED_STATE=$PWD/m/state
	worker_repo "exit 0"; task a; git add -A; git commit -qm t
	jared-mark -q hold a
	head -c 4M /dev/zero >../m/fill 2>/dev/null || :
	status=0; jared-doctor -q -o check,result >../found || status=$?
	cat ../found; [ $status = 3 ]
	grep -q "^disk.state.bad$" ../found
	rm ../m/fill
	jared-mark -q unpark a
	jared-heartbeat -q
	wait_for 20 eval "[ \"\$(jared-queue -o state)\" = exited ]"'
}

@test "the journal is damaged, or gone, or with it the state directory: the advice, typed at a terminal, brings back every worker" {
	three
	cd repo
	jared-dispatch -q a b c >/dev/null
	wait_for 20 eval '[ "$(jared-watch -o state | sort -u)" = working ]'
	sed -i '2s/./X/12' .git/jared/journal/000001.tsv
	run -3 jared-dispatch -q d
	follow "The journal is damaged, or gone"
	[ "$(jared-watch -o state,attempt | sort -u)" = "$(tsv working 1)" ]
	rm -r .git/jared/journal
	run -3 jared-dispatch -q d
	follow "The journal is damaged, or gone"
	[ "$(jared-watch -o state,attempt | sort -u)" = "$(tsv working 1)" ]
	touch ../go
	wait_for 20 nobody_alive
	rm -rf .git/jared
	follow "The state directory is lost"
	[ "$(jared-queue -o id,state a b c)" = "$(tsv a exited; tsv b exited; tsv c exited)" ]
	[ "$(jared-watch -a -o id | wc -l)" = 3 ]
	model
}

@test "every section of the guide has a test" {
	sed -n '/^\.Sh RECOVERY/,/^\.Sh EXAMPLES/s/^\.Ss //p' "$TESTS/../man/jared.7" >sections
	[ "$(wc -l <sections)" = 5 ]
	while read -r section; do
		[ "$section" = "The disk is full" ] || grep -qF "follow \"$section\"" "$BATS_TEST_FILENAME" || { echo "$section"; return 1; }
	done <sections
}
