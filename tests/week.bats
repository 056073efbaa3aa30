load lib.bash
load whole.bash

# tests/long has the whole week.

setup_file() { export BATS_TEST_TIMEOUT=1800; }
setup() { setup_world; }
teardown() {
	[ -z "${busy-}" ] || kill "$busy" "$child" 2>/dev/null || :
	mkdir -p "$BATS_TEST_TMPDIR/live"; touch "$BATS_TEST_TMPDIR/live/.stop"
	end_tmux
}

@test "300 beats: every task ends, no start is too many, nothing is left" {
	# Under sanitizers each program takes many times as long.
	case $BUILD in
	*/build/*) set -- 60 6 ;;
	*) set -- 300 7 ;;
	esac
	bash "$BATS_TEST_DIRNAME/week.bash" "$@" >figures 3>&- || { cat figures; return 1; }
	sed 's/^/# /' figures >&3
}

# A world with one attempt behind it, in which all is well.
over_world() {
	new_repo
	mkdir ../tmp
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	cat >jared.yaml <<-'END'
	agent: sh
	command: [sh, -c, 'git commit -q --allow-empty -m w; echo done >"$JARED_STATUS"']
	port_base: 18000
	port_step: 10
	END
	printf '/.worktrees/\n/tasks/\n' >.gitignore
	git add -A && git commit -qm Settings
	task t
	jared-dispatch -q t >/dev/null 3>&-
	over() { jared-dispatch --reap; [ "$(jared-watch -o state)" = exited ]; }
	wait_for 60 over
	git merge -q jared/t/1 && jared-heartbeat -q && jared-task -q "done" t && jared-clean -qy >/dev/null && jared-heartbeat -q
	printf -v JARED_NOW '%(%FT%TZ)T' -1
	export JARED_NOW
}

# sees PATTERN: that, and nothing else, is wrong
sees() {
	local said
	said=$(wrong 3 4 18000 18099)
	echo "$said"
	[[ -n $said ]] && ! grep -qvE "$1" <<<"$said"
}

@test "the last look sees what is planted, and nothing where nothing is" {
	local tmux=(tmux -S "$JARED_TMUX_SOCKET") journal=.git/jared/journal/000001.tsv
	over_world
	run wrong 3 4 18000 18099
	[ -z "$output" ] || { echo "$output"; return 1; }

	# One claim too many for the task, and for the places; in a copy.
	cp $journal ../doctored
	for n in 2 3 4; do
		awk -F'\t' -v OFS='\t' -v n=$n -v last="$(wc -l <../doctored)" '$6 == "claim" { $1 = last + 1; $5 = n; print; $1++; $6 = "exited"; print }' $journal >>../doctored
	done
	[[ $(over_budget 3 4 ../doctored) == *"start 4 of t"* ]]
	[[ $(over_budget 4 4 ../doctored) != *"start "* ]]
	awk -F'\t' -v OFS='\t' '$6 == "claim" { for (i = 0; i < 5; i++) { $4 = "u" i; print } }' $journal >../doctored
	[[ $(over_budget 3 4 ../doctored) == *"5 are open"* ]]
	[[ $(over_budget 3 5 ../doctored) != *"record "*"are open"* ]]

	JARED_STATE=$PWD/.git/jared sleep 1000 3>&- & child=$!
	sees "^process $child is left"
	kill $child; wait $child || :
	(cd .git/jared/run && exec sleep 1000 3>&-) & child=$!
	sees "^process $child is left"
	kill $child; wait $child || :

	"${tmux[@]}" new-session -d -s jared-t-9 sleep 1000 3>&-
	sees '^session jared-t-9 is left'
	"${tmux[@]}" kill-session -t jared-t-9

	python3 -S -c 'import socket, time; s = socket.create_server(("127.0.0.1", 18055)); open("../up", "w"); time.sleep(1000)' 3>&- & child=$!
	wait_for 60 [ -e ../up ]
	sees '^somebody listens on port 18055'
	kill $child; wait $child || :

	jared-worktree -q hand >/dev/null
	sees '^(lease is left: hand|the next ports are 18010-18019|worktree is left: .*/hand|branch hand is left)$'
	git worktree remove .worktrees/hand && git branch -qD hand
	git worktree add -q ../away
	sees '^(worktree is left: .*/away|branch away is left)$'
	git worktree remove ../away && git branch -qD away

	for f in .git/jared/.signals.123 .git/jared/run/t.1/.status.9 .git/index.lock .git/objects/tmp_obj_x "$TMPDIR/x"; do
		: >"$f"
		sees '^/?.*'"${f##*/}"' is left$'
		rm "$f"
	done

	mkdir .git/jared/run/t.{2..9}
	sees 'run directories of 1 attempts'
	rmdir .git/jared/run/t.{2..9}
	mkdir -p .git/jared/trash/x.1/tree
	sees 'in the trash for good: x.1'
	rm -r .git/jared/trash/x.1
	task u
	sees '^has not ended: u	ready'
	rm tasks/workstreams/main/tasks/u.md
	run wrong 3 4 18000 18099
	[ -z "$output" ] || { echo "$output"; return 1; }
}

@test "a descriptor that is not closed again is seen, one that is closed again is not" {
	local first
	mkfifo never orders
	echo 'mkfifo pipe
	while read -r order; do
		case $order in
		leak)	exec {leak}<>pipe ;;
		close)	exec {leak}<&- ;;
		esac
		: >"$order"
	done <orders
	' >holder
	# It opens and closes one all the time.
	bash -c 'exec 8<>never; while :; do exec 7<never; read -rt 0.005 -u 8 _; exec 7<&-; read -rt 0.01 -u 8 _; done' 3>&- & busy=$!
	bash holder 3>&- & child=$!
	exec 9>orders
	echo start >&9; wait_for 60 [ -e start ]
	first=$(descriptors never $child $busy)
	[ "$(wc -l <<<"$first")" = 2 ]
	[ -z "$(more_descriptors "$first" "$(descriptors never $child $busy)")" ]
	echo leak >&9; wait_for 60 [ -e leak ]
	[[ $(more_descriptors "$first" "$(descriptors never $child $busy)") == "descriptors of $child: "*" became "* ]]
	echo close >&9; wait_for 60 [ -e close ]
	[ -z "$(more_descriptors "$first" "$(descriptors never $child $busy)")" ]
	# Nor does one that has come since stand for one that was there.
	[[ $(more_descriptors "$first" "$(descriptors never $$)") == "descriptors of $$: 0 became "* ]]
	exec 9>&-
	wait $child
}
