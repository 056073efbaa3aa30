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
