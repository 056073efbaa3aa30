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
	how=(--fix)
	found 1 $'good\tunsettled\tfixed\tsettle' $'good\tlanded_open\topen\tdone'
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

@test "a port that an attempt left open is told" {
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
	run -1 --separate-stderr jared-reconcile -o id,kind,fix
	pid=$(grep -lz "^JARED_STATE=$state" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | head -n1)
	kill "$pid"
	[[ $output == *$'a\tport_leak\tkill'* ]]
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
