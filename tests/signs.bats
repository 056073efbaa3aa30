load lib.bash
load work.bash
load journal.bash

# What an attempt shows: that its agent was never started, that a person goes on
# with it.

setup() { setup_world; }
teardown() { end_work; }

over() { ! jared-watch -q -s claimed,starting,working && nobody_alive; }
start() { jared-dispatch -q a >/dev/null; wait_for 30 over; jared-dispatch --reap >/dev/null || [ $? = 1 ]; }
# signs: id, code, tier, attempt and fact
signs() { jared-snap -q; jared-snap --signals -o id,code,tier,attempt,fact 2>/dev/null || [ $? = 1 ]; }

@test "a setup that fails is a failed start: the loop's at first, then a person's" {
	worker_repo 'exit 3' 'setup: [sh, -c, "[ -e $JARED_ROOT/../fine ] || exit 9"]' 'backoff_base: 0s' 'attempts: 9'
	task a
	git add -A && git commit -qm Tasks
	jared-worktree --trust
	what="a command that sets its worktree up failed, status 9"
	start
	[ "$(signs)" = "$(tsv a dispatch_failed 1 1 "$what, 1 in a row")" ]
	[ "$(jared-watch -o state,signals,exit,reason)" = "$(tsv exited dispatch_failed 9 setup)" ]
	[[ $(jared-why -o stage,fact a | grep ^attempt) == *"exit 9 (setup)"* ]]
	since=$(jared-snap --signals -o since)
	sleep 1.1
	start; start
	[ "$(signs)" = "$(tsv a dispatch_failed 2 3 "$what, 3 in a row")" ]
	[ "$(jared-snap --signals -o since)" = "$since" ]
	: >../fine
	start
	[ "$(signs)" = "" ]
	[ "$(jared-watch -o state,exit,reason)" = "$(tsv exited 3 -)" ]
	# From here on it is counted anew.
	rm ../fine .git/worktrees/a/jared-setup
	start
	[ "$(signs)" = "$(tsv a dispatch_failed 1 5 "$what, 1 in a row")" ]
}

@test "an agent that cannot be executed is a failed start, and a person's when no attempt is left" {
	worker_repo true 'backoff_base: 0s' 'attempts: 2'
	printf '#!/no/such/program\n' >../agent
	task a
	git add -A && git commit -qm Tasks
	start
	what="its agent could not be started, status 127"
	[ "$(signs)" = "$(tsv a dispatch_failed 1 1 "$what, 1 in a row")" ]
	[ "$(jared-watch -o signals,reason)" = "$(tsv dispatch_failed not-started)" ]
	start
	[ "$(signs)" = "$(tsv a parked 2 2 attempts:2/2; tsv a dispatch_failed 2 2 "$what, 2 in a row")" ]
	# A person has seen to it.
	jared-mark unpark a
	[ "$(signs)" = "" ]
	start
	[ "$(signs)" = "$(tsv a dispatch_failed 1 3 "$what, 1 in a row")" ]
}

@test "one that ended otherwise is no failed start, and ends a row" {
	worker_repo true
	task a
	export JARED_NOW=2026-11-22T10:00:00Z
	exited a 1 code=9 cause=setup
	exited a 2 code=9 cause=exit
	JARED_NOW=2026-11-23T10:00:00Z
	[ "$(signs | grep dispatch)" = "" ]
	exited a 3 code=127 cause=failed
	record a 4 claim base=x branch=b session=s
	record a 4 released reason=disk
	JARED_NOW=2026-11-24T10:00:00Z
	jared-mark unpark a; exited a 5 code=9 cause=setup
	JARED_NOW=2026-11-25T10:00:00Z
	[[ $(signs | grep dispatch) == *"status 9, 1 in a row" ]] || { signs; return 1; }
	record a 6 claim base=x branch=b session=s
	record a 6 released reason=disk
	# Two ways to fail are one sign.
	[ "$(signs | grep dispatch)" = "$(tsv a dispatch_failed 1 6 "disk, 2 in a row")" ] || { signs; return 1; }
}

@test "a task that somebody goes on with by hand has no worker to be missed" {
	worker_repo true
	task a; task b; task c
	git add -A && git commit -qm Tasks
	for id in a b c; do
		record $id 1 claim "base=$(git rev-parse HEAD)" onto=main branch=jared/$id/1 worktree=.worktrees/$id session=$id
		record $id 1 running pid=1 start=1
	done
	gone() { jared-watch -o id,state,signals | awk '$3 == "worker_gone" { printf "%s ", $1 }'; }
	[ "$(gone)" = "a b c " ]
	jared-worktree -q -F a >/dev/null
	jared-worktree -q -b jared/b/1 other >/dev/null
	[ "$(gone)" = "c " ]
	[ "$(signs | cut -f1,2)" = "$(tsv c worker_gone)" ]
	[ "$(jared-reconcile --fix -o id,kind | grep interrupted)" = "$(tsv c interrupted)" ]
	[ "$(gone)" = "c " ]
	# An attempt that came later is another matter, and so is a worktree that is gone.
	git worktree remove -f .worktrees/other
	[ "$(gone)" = "b c " ]
	sleep 1.1
	record a 2 claim "base=$(git rev-parse HEAD)" onto=main branch=jared/a/2 session=a
	record a 2 running pid=1 start=1
	[ "$(gone)" = "a b c " ]
}

# closed ID: a person says in its file that the task is done
closed() { sed -i 's/^status:.*/status: done/' "tasks/workstreams/main/tasks/$1.md"; }

@test "of a closed task what is over shows nothing, in watch as elsewhere; what lives does" {
	worker_repo 'case $JARED_TASK in
		live) echo waiting which port >"$JARED_STATUS"; '"$until_go"' ;;
		calm) '"$until_go"' ;;
	esac' 'mode: headless'
	for id in gone silent live calm; do task $id; done
	git add -A && git commit -qm Tasks
	record gone 1 claim "base=$(git rev-parse HEAD)" onto=main branch=jared/gone/1 worktree=.worktrees/gone
	record gone 1 running pid=1 start=1
	jared-dispatch -q live calm >/dev/null
	exited silent 1 code=0 cause=exit
	shows() { jared-watch -o id,signals | sort >../shown; tsv "$@" | xargs -n2 | tr ' ' '\t' | sort | same ../shown -; }
	wait_for 20 shows gone worker_gone silent unreconciled live waiting_for_input calm -
	timeout 30 jared-watch -f -o id,signals >../followed 3>&- & pid=$!
	wait_for 10 grep -q silent ../followed
	for id in gone silent live calm; do closed $id; done
	shows gone - silent - live waiting_for_input calm -
	[ "$(signs | cut -f1,2)" = "$(tsv live waiting_for_input)" ]
	[ "$(awk -F'\t' '$1 == "run" && $6 != "-" { print $2 }' .git/jared/snap/*.tsv)" = live ]
	wait_for 20 grep -qx "$(tsv silent -)" ../followed
	# Opened again they show it again.
	sed -i 's/^status:.*/status: ready/' tasks/workstreams/main/tasks/silent.md
	shows gone - silent unreconciled live waiting_for_input calm -
	[ "$(grep -c $'silent\tunrec' ../followed)" = 1 ]
	wait_for 20 eval '[ "$(grep -c $'\''silent\tunrec'\'' ../followed)" = 2 ]'
	kill $pid; wait $pid || :
	# A worker whose task is closed is not hidden among what is finished.
	[ "$(jared-status -o id,group,state,why,remedy | grep -E '^(live|calm)')" = "$(
		tsv live attention waiting waiting_for_input,status:done 'jared kill live'
		tsv calm active working status:done -)" ]
	touch ../go
	wait_for 20 nobody_alive
	[ "$(jared-status -o id,group | sort | xargs)" = 'calm finished gone finished live finished silent attention' ] || jared-status
}

@test "a worker whose task file is gone is not hidden: status, why and its exit code know it" {
	worker_repo "$until_go" 'max_workers: 4'
	task a; task b; task c
	jared-dispatch -q a b >/dev/null
	rm tasks/workstreams/main/tasks/a.md
	[ "$(jared-status -o id,group,attempt,why,remedy | head -1)" = "$(
		tsv a attention 1 register_orphan,file:gone 'jared kill a')" ]
	[ "$(jared-status -o id,group | sort | xargs)" = 'a attention b active c ready' ]
	jared-snap -q
	[ "$(jared-snap --summary -o id,group | head -1)" = "$(tsv a attention)" ]
	[ "$(jared-why -o stage,code,fact a | sed 2q | cut -f1,2)" = "$(tsv file gone; tsv attempt working)" ]
	jared-why -q a
	jared-kill -q -w 0s a >/dev/null
	run -1 jared-why -q a
	[ "$(jared-why -o stage,code a)" = "$(tsv file gone; tsv attempt killed)" ]
	[ "$(jared-status -o id,group | sort | xargs)" = 'b active c ready' ]
	# What was never worked on is nothing.
	rm tasks/workstreams/main/tasks/c.md
	run -1 --separate-stderr jared-why c
	[ "$stderr" = 'jared-why: c: no such task' ]
	touch ../go
	wait_for 20 nobody_alive
}

@test "the worktrees of people are listed once, however many attempts show something" {
	worker_repo true
	for id in a b c d; do
		task $id
		record $id 1 claim base=x onto=main branch=jared/$id/1 worktree=.worktrees/$id
		record $id 1 running pid=1 start=1
	done
	mkdir -p "$state/worktree"
	strace -qq -e trace=openat -o ../trace jared-watch -o id,signals >../out
	[ "$(grep -c worker_gone ../out)" = 4 ]
	# Without the tasks, and with them.
	[ "$(grep -c '"worktree"' ../trace)" = 2 ]
}
