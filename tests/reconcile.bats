load lib.bash

# What jared-reconcile finds, and what it puts right.

setup() {
	setup_world
	new_repo
	state=$PWD/.git/jared
	cat >jared.yaml <<-'END'
	agent: sh
	command: [sh, worker.sh]
	END
	echo 'case $JARED_TASK in
	good*) git commit -q --allow-empty -m work; echo done >"$JARED_STATUS" ;;
	none*) : ;;
	*) exec sleep 300 ;;
	esac' >worker.sh
	git add -A && git commit -qm Tools
}

teardown() { end_tmux; }

file() { echo "tasks/workstreams/main/tasks/$1.md"; }
start() {
	jared-dispatch -q "$@" >/dev/null
	wait_for 30 eval '! jared-watch -q -s claimed,starting'
}
# found STATUS RECORD...: the records, as id,kind,state,fix
found() {
	run -"$1" --separate-stderr jared-reconcile "${how[@]}" -o id,kind,state,fix
	shift
	[ "$output" = "$(printf '%s\n' "$@")" ] || { echo "$output"; false; }
}
how=()

@test "where all agrees it says so" {
	task a
	run -0 --separate-stderr jared-reconcile
	[ "$output$stderr" = "jared-reconcile: nothing to reconcile" ]
	run -0 --separate-stderr jared-reconcile -q
	[ "$output$stderr" = "" ]
	start a
	found 0 ''
}

@test "an attempt that is gone is appended with --fix, and stays a person's to decide" {
	task a
	start a
	tmux -S "$JARED_TMUX_SOCKET" list-panes -a -F '#{pane_pid}' | xargs kill -9
	kill -9 "$(jared-watch -o pid a)" || :
	wait_for 30 eval 'jared-watch -s interrupted -q'
	found 1 $'a\tunsettled\topen\tsettle'
	how=(--fix)
	found 1 $'a\tunsettled\tfixed\tsettle' $'a\tinterrupted\topen\t-'
	sum=$(md5sum <"$state/journal/000001.tsv")
	found 1 $'a\tinterrupted\topen\t-'
	[ "$(md5sum <"$state/journal/000001.tsv")" = "$sum" ]
}

@test "what ended well and shows nothing is told, what waits for its merge is not" {
	task none; task good
	start none good
	wait_for 30 eval '[ "$(jared-watch -s exited | wc -l)" = 2 ]'
	found 1 $'none\tunreconciled\topen\t-'
}

@test "a task that has landed is set to done by --fix --write, and by nothing less" {
	task good
	git add -A; git commit -qm task
	start good
	wait_for 30 eval 'jared-watch -s exited -q'
	git merge -q --no-ff -m merge jared/good/1
	wait_for 30 eval '[ "$(tmux -S "$JARED_TMUX_SOCKET" list-panes -a -F "#{pane_dead}")" = 1 ]'
	how=(--fix)
	found 1 $'good\tunsettled\tfixed\tsettle' $'good\tlanded_open\topen\tdone' $'good\tdebris\tfixed\tremove'
	git diff --exit-code
	how=()
	found 1 $'good\tlanded_open\topen\tdone'
	how=(--fix --write)
	found 0 $'good\tlanded_open\tfixed\tdone'
	[ "$(git diff -U0 | grep '^[-+][^-+]')" = $'-status: ready\n+status: done' ]
	found 0 ''
	run -2 jared-reconcile --write
}

@test "a task that is edited under its worker is told, and no more when both copies agree" {
	task a
	git add -A; git commit -qm task
	start a
	echo 'One thing more.' >>"$(file a)"
	found 1 $'a\troot_task_edited\topen\t-'
	jared-snap -q
	[ "$(cut -f1-3 "$state/signals")" = "$(tsv a root_task_edited 1)" ]
	cp "$(file a)" ".worktrees/a/$(file a)"
	found 0 ''
	jared-snap -q
	[ ! -e "$state/signals" ]
}

@test "copies that were both edited have drifted apart; a worker's own edit has not" {
	task a
	git add -A; git commit -qm task
	start a
	sed -i 's/ready/in_progress/' ".worktrees/a/$(file a)"
	found 0 ''
	sed -i 's/ready/blocked/' "$(file a)"
	found 1 $'a\tmetadata_drift\topen\t-'
	jared-snap -q
	[ "$(cut -f1-3 "$state/signals")" = "$(tsv a metadata_drift 2)" ]
}

@test "an end that only the worktree knows has drifted" {
	task none
	git add -A; git commit -qm task
	echo 'sed -i s/ready/done/ tasks/workstreams/main/tasks/none.md' >worker.sh
	git commit -qam worker
	start none
	wait_for 30 eval 'jared-watch -s exited -q'
	found 1 $'none\tunreconciled\topen\t-' $'none\tmetadata_drift\topen\t-'
}

@test "what belongs to no attempt is told: run directories, locked worktrees, workers without a task" {
	task a; task b
	start a
	mkdir "$state/run/x.3"
	git worktree add -q --lock --reason jared:y:2 -b jared/y/2 .worktrees/y
	touch -d '2 minutes ago' "$state/run/x.3" .git/worktrees/y
	rm "$(file a)"
	found 1 $'a\tregister_orphan\topen\t-' $'x\tregister_orphan\topen\t-' $'y\tregister_orphan\topen\t-'
	how=(--fix)
	found 1 $'a\tregister_orphan\topen\t-' $'x\tregister_orphan\topen\t-' $'y\tregister_orphan\topen\t-'
	[ -d "$state/run/x.3" ] && [ -d .worktrees/y ]
}

@test "a file that somebody did not live to finish goes, another's does not" {
	task a
	jared-dispatch --reap
	sleep 0 & gone=$!
	wait $gone
	touch -d '2 minutes ago' "$state/.told.$gone" "$state/.told.$$" "$state/.mine"
	touch "$state/.pause.$gone"
	found 1 $'@fleet\tdebris\topen\tremove'
	how=(--fix)
	found 0 $'@fleet\tdebris\tfixed\tremove'
	[ ! -e "$state/.told.$gone" ] && [ -e "$state/.told.$$" ] && [ -e "$state/.mine" ] && [ -e "$state/.pause.$gone" ]
}

# A worker of task a that leaves a process at its port; it has ended.
leave_port() {
	echo 'export JARED_ATTEMPT JARED_STATE
	setsid python3 -c "
import socket, os, time; os.close(63)
s = socket.socket(); s.bind((\"127.0.0.1\", int(os.environ[\"JARED_PORT\"]))); s.listen()
open(\"up\", \"w\").close()
time.sleep(300)" >/dev/null 2>&1 </dev/null &
	while [ ! -e up ]; do sleep 0.1; done' >worker.sh
	printf '%s\n' 'keep_leftovers: true' "port_base: $((20000 + RANDOM % 20000))" >>jared.yaml
	git commit -qam worker
	task a
	start a
	wait_for 30 eval 'jared-watch -s exited -q'
	jared-dispatch --reap >/dev/null
	left=$(grep -lz "^JARED_STATE=$state" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | head -n1)
}

@test "a port that an attempt left open is told" {
	leave_port
	run -1 --separate-stderr jared-reconcile -o id,kind,fix
	kill -0 "$left"
	kill "$left"
	[[ $output == *$'a\tport_leak\tkill'* ]]
}

@test "a port that an attempt left open is freed by --fix, and another's is not" {
	leave_port
	port=$(tr '\0' '\n' <"/proc/$left/environ" | sed -n 's/^JARED_PORT=//p')
	# In the next port, by somebody whom nobody can take for the attempt's.
	python3 -c "
import socket, time
s = socket.socket(); s.bind((\"127.0.0.1\", $port + 1)); s.listen()
open(\"../up\", \"w\").close()
time.sleep(300)" 3>&- & other=$!
	wait_for 30 test -e ../up
	jared-reconcile --fix -o id,kind,state,fix >../fixed || [ $? = 1 ]
	kill -0 $other
	kill $other
	grep -qx $'a\tport_leak\tfixed\tkill' ../fixed
	wait_for 30 eval '[ ! -e /proc/$left/environ ] || ! grep -qz JARED_STATE /proc/$left/environ'
	jared-reconcile -o id,kind >../after || [ $? = 1 ]
	run ! grep port_leak ../after
}

sessions() { tmux -S "$JARED_TMUX_SOCKET" list-sessions -F '#{session_name}' 2>/dev/null | sort | xargs; }
# asked: how many tmux a call starts
asked() {
	strace -f -qq -e trace=execve -o ../trace jared-reconcile "$@" >/dev/null || [ $? = 1 ]
	grep -c 'execve.*"tmux".*= 0' ../trace || :
}

@test "a dead session goes once its task has gone on, landed or was closed, and not before" {
	echo 'case $JARED_ATTEMPT in
	*.1) git commit -q --allow-empty -m "work at $JARED_TASK"; echo done >"$JARED_STATUS" ;;
	*) exec sleep 300 ;;
	esac' >worker.sh
	git commit -qam worker
	for id in again landed closed stays; do task $id; done
	git add -A; git commit -qm tasks
	start again landed closed stays
	wait_for 30 eval '[ "$(jared-watch -s exited | wc -l)" = 4 ]'
	wait_for 30 eval '[ "$(tmux -S "$JARED_TMUX_SOCKET" list-panes -a -F "#{pane_dead}" | xargs)" = "1 1 1 1" ]'
	# Somebody's own, and one that looks like ours.
	tmux -S "$JARED_TMUX_SOCKET" new-session -d -s notes -- true x
	tmux -S "$JARED_TMUX_SOCKET" new-session -d -s jared-again-7 -- true x
	all='jared-again-1 jared-again-7 jared-closed-1 jared-landed-1 jared-stays-1 notes'
	jared-reconcile --fix -q >/dev/null || [ $? = 1 ]
	[ "$(sessions)" = "$all" ]
	jared-mark unpark again
	start again
	git merge -q --no-ff -m merge jared/landed/1
	sed -i s/ready/done/ "$(file closed)"
	jared-dispatch --reap >/dev/null
	jared-reconcile -o id,kind,attempt,fix >../found || [ $? = 1 ]
	[ "$(grep debris ../found)" = "$(tsv again debris 1 remove; tsv closed debris 1 remove; tsv landed debris 1 remove)" ]
	[ "$(sessions | tr ' ' '\n' | grep -c .)" = 7 ]
	jared-reconcile --fix -o id,kind,state >../fixed || [ $? = 1 ]
	[ "$(grep -c $'debris\tfixed' ../fixed)" = 3 ]
	[ "$(sessions)" = "jared-again-2 jared-again-7 jared-stays-1 notes" ]
	jared-watch -q -s working again
	# Known, and not asked about again.
	[ "$(asked --fix)" = 0 ]
	[ "$(asked)" = 0 ]
	echo damaged >"$state/tombs"
	[ "$(asked --fix)" = 1 ]
	[ "$(asked --fix)" = 0 ]
}

@test "a session at which somebody looks, or in which something lives, stays" {
	echo 'exit 3' >worker.sh
	echo 'backoff_base: 0s' >>jared.yaml
	git commit -qam worker
	task a
	over() { [ "$(jared-watch -o attempt,state a)" = "$(tsv "$1" exited)" ]; }
	dead() { tmux -S "$JARED_TMUX_SOCKET" list-panes -t "=jared-a-$1:" -F '#{pane_dead}' | grep -qx 1; }
	start a; wait_for 30 over 1; wait_for 30 dead 1
	tmux -S "$JARED_TMUX_SOCKET" split-window -d -t =jared-a-1: -- sleep 300
	start a; wait_for 30 over 2; wait_for 30 dead 2
	jared-dispatch --reap >/dev/null
	jared-reconcile --fix -q >/dev/null || [ $? = 1 ]
	[ "$(sessions)" = "jared-a-1 jared-a-2" ]
	tmux -S "$JARED_TMUX_SOCKET" kill-pane -t "$(tmux -S "$JARED_TMUX_SOCKET" list-panes -t =jared-a-1: -F '#{pane_dead} #{pane_id}' | sed -n 's/^0 //p')"
	mkfifo ../keys
	script -qfc "tmux -S '$JARED_TMUX_SOCKET' attach-session -t =jared-a-1" /dev/null >/dev/null <>../keys 3>&- & looks=$!
	wait_for 30 eval '[ "$(tmux -S "$JARED_TMUX_SOCKET" list-clients | wc -l)" = 1 ]'
	jared-reconcile --fix -q >/dev/null || [ $? = 1 ]
	[ "$(sessions)" = "jared-a-1 jared-a-2" ]
	tmux -S "$JARED_TMUX_SOCKET" detach-client -s =jared-a-1
	wait $looks || :
	wait_for 30 eval '[ "$(tmux -S "$JARED_TMUX_SOCKET" list-clients | wc -l)" = 0 ]'
	jared-reconcile --fix -q >/dev/null || [ $? = 1 ]
	[ "$(sessions)" = jared-a-2 ]
}

@test "the dead session of an attempt that the journal does not know is debris, another state's is not" {
	echo 'exit 3' >worker.sh
	git commit -qam worker
	task a
	start a
	wait_for 30 eval 'jared-watch -s exited -q'
	jared-dispatch --reap >/dev/null
	wait_for 30 eval '[ "$(tmux -S "$JARED_TMUX_SOCKET" list-panes -a -F "#{pane_dead}")" = 1 ]'
	mv "$state/journal/000001.tsv" ../journal; rm -f "$state/tombs"
	tmux -S "$JARED_TMUX_SOCKET" new-session -d -s jared-b-1 -- "$BUILD/libexec/jared/jared-run" /other/.git/jared b 1 || :
	jared-reconcile --fix -o id,kind,state >../fixed || [ $? = 1 ]
	grep -qx $'a\tdebris\tfixed' ../fixed
	[ "$(sessions)" = jared-b-1 ]
}

@test "looking writes nothing, JSON Lines say the same, and a damaged journal is not mended" {
	task a
	start a
	echo more >>"$(file a)"
	find "$state" -newermt @0 | sort | xargs ls -ld --time-style=full-iso >../before
	jared-reconcile || :
	find "$state" -newermt @0 | sort | xargs ls -ld --time-style=full-iso | diff ../before -
	[ "$(jared-reconcile -j | jq -r '[.id,.kind,.attempt,.state,.fix]|tostring')" = '["a","root_task_edited",1,"open",null]' ]
	sed -i '1s/claim/clain/' "$state/journal/000001.tsv"
	run -3 jared-reconcile --fix
}

@test "init --hooks writes a hook that reconciles after a merge, and leaves another alone" {
	task good
	git add -A; git commit -qm task
	run -0 jared-init --hooks --dry-run
	[[ $output == *'post-merge would be written'* ]]
	[ ! -e .git/hooks/post-merge ]
	jared-init --hooks
	run -0 jared-init --hooks
	[[ $output == *'post-merge is there already'* ]]
	start good
	wait_for 30 eval 'jared-watch -s exited -q'
	run ! grep landed "$state/journal/000001.tsv"
	git merge -q --no-ff -m merge jared/good/1
	grep -q landed "$state/journal/000001.tsv"
	echo mine >.git/hooks/post-merge
	run -0 jared-init --hooks
	[[ $output == *'left alone'* ]]
	[ "$(cat .git/hooks/post-merge)" = mine ]
}
