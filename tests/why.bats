load lib.bash
load journal.bash
load work.bash

setup() {
	setup_world
	export JARED_NOW=2026-11-22T10:00:00Z LOGNAME=ann
	new_repo
	printf 'agent: sh\ncommand: ["true"]\n' >jared.yaml
	state=$PWD/.git/jared
}

teardown() { end_work; }

# why ARG...: stage, code and fact
why() { jared-why -o stage,code,fact "$@"; }

@test "of a task that would start every stage says so" {
	task a
	why a >got
	cat >want <<-END
	$(tsv file ready tasks/workstreams/main/tasks/a.md)
	$(tsv queue ready -)
	$(tsv pick ok -)
	$(tsv dispatch ok "attempt 1, branch jared/a/1, worktree .worktrees/a, ports 8100-8199")
	END
	same want got
}

@test "a task that waits is told with the state of each dependency" {
	task a status=in_progress; task b depends_on='[a]'; task d status=done
	task c depends_on='[b, nowhere, d]'
	why c >got
	waits=dep:b=ready,dep:nowhere=missing
	cat >want <<-END
	$(tsv file ready tasks/workstreams/main/tasks/c.md)
	$(tsv dep waiting "b: dep:a=in_progress")
	$(tsv dep missing nowhere)
	$(tsv dep done d)
	$(tsv queue waiting $waits)
	$(tsv pick waiting $waits)
	$(tsv dispatch waiting $waits)
	END
	same want got
}

@test "the words are those of the programs" {
	echo 'max_workers: 1' >jared.yaml
	task a priority=p0; task b paths='[x]'; task c status=draft; task d hold_until=2027-01-01
	task bad status=nonsense
	jared-mark park d >/dev/null
	exited b 1 code=7 cause=exit
	for id in a b c d bad; do
		jared-why "$id" >got
		[ "$(awk -F'\t' '$2 == "queue" { print $3 "|" $4 }' got)" = "$(jared-queue -q -o state,waits $id | tr '\t' '|')" ]
		jared-queue -q | jared-pick -R rejects >picked || :
		want=$(awk -F'\t' -v id=$id '$1 == id { print $3 "|" $4 }' rejects)
		[ "$(awk -F'\t' '$2 == "pick" { print $3 "|" $4 }' got)" = "${want:-ok|-}" ]
		want=$(jared-dispatch -n $id 2>&1 >/dev/null | sed -n "s/^jared-dispatch: $id: //p")
		got=$(awk -F'\t' '$2 == "dispatch" { print $3 ($4 == "-" ? "" : ": " $4) }' got)
		[ "$got" = "${want:-$got}" ] && [ -n "$got" ] || { echo "$id: $got, not $want"; false; }
	done
}

@test "limits and files in use are told with the fact" {
	echo 'max_workers: 2' >>jared.yaml
	task a paths='[src/]'; task b paths='[src/x.c]'; task c; task d
	[ "$(why b | grep ^pick)" = "$(tsv pick path "src/ is in use by a")" ]
	[ "$(why d | grep ^pick)" = "$(tsv pick cap "0 running and 2 picked of 2")" ]
	touch "$state/pause" 2>/dev/null || { mkdir -p -m 700 "$state"; touch "$state/pause"; }
	[ "$(why a | grep ^dispatch)" = "$(tsv dispatch pause "starting is paused")" ]
}

@test "marks are told with who and when, attempts with how they ended" {
	task a
	exited a 1 code=7 cause=exit
	exited a 2 code=-1 signal=9 cause=exit
	JARED_NOW=2026-11-22T09:00:00Z jared-mark hold -t 4h a >/dev/null
	why a >got
	grep -qx "$(tsv mark held 'by ann at 2026-11-22T09:00:00Z, until 2026-11-22T13:00:00Z')" got
	[ "$(grep ^attempt got)" = "$(tsv attempt exited '2: since 2026-11-22T10:00:00Z by journal, exit sig9'
		tsv attempt exited '1: since 2026-11-22T10:00:00Z by journal, exit 7')" ]
	[ "$(grep ^queue got)" = "$(tsv queue held backoff:until=2026-11-22T10:00:20Z,hold:until=2026-11-22T13:00:00Z)" ]
}

@test "a worker that lives is told, and inside it the answer is the same" {
	unset JARED_NOW
	worker_repo "$until_go"
	task a
	jared-dispatch -q a >/dev/null
	wait_for 5 eval 'why a | grep -q "^attempt	working	1: since .* by "'
	why a | cut -f1,2 >../out
	grep -qx "dispatch	running" ../out
	cd .worktrees/a
	JARED_ATTEMPT=a.1 why a | cut -f1,2 | same ../../../out -
	touch ../../../go
}

@test "what is broken for all tasks is told, not died of" {
	task a
	git checkout -q --detach
	why a >got
	[ "$(grep ^dispatch got | cut -f1,2)" = "$(tsv dispatch broken)" ]
	grep -q "main checkout is on no branch" got
	mkdir ../plain; cd ../plain; task a
	run -0 jared-why -o stage,code a
	[ "${lines[*]: -1}" = "$(tsv dispatch broken)" ]
}

@test "--at tells what a snapshot knows, with the limits of then" {
	echo 'max_workers: 1' >jared.yaml
	task a priority=p0; task b; task c depends_on='[a]'
	exited b 1 code=7 cause=exit
	JARED_NOW=2026-11-22T11:00:00Z jared-snap >/dev/null
	echo 'max_workers: 4' >jared.yaml
	rm -r tasks
	why --at last a b c >got
	cat >want <<-END
	$(tsv queue ready -)
	$(tsv pick ok -)
	$(tsv attempt exited "1: since 2026-11-22T10:00:00Z by journal, exit 7")
	$(tsv queue ready -)
	$(tsv pick cap "0 running and 1 picked of 1")
	$(tsv dep ready a)
	$(tsv queue waiting dep:a=ready)
	$(tsv pick waiting dep:a=ready)
	END
	same want got
	run -1 --separate-stderr jared-why -t 2026-11-22T10:30:00Z a
	[ "$stderr" = "jared-why: no snapshot as old as 2026-11-22T10:30:00Z" ]
}

@test "names in all forms, unknown and ambiguous ones refused, the others answered" {
	task some id=S_1; task x; mkdir -p tasks/workstreams/two/tasks
	cp tasks/workstreams/main/tasks/x.md tasks/workstreams/two/tasks/
	for name in S_1 s-1 some tasks/workstreams/main/tasks/some.md; do
		[ "$(jared-why -o id "$name" | uniq)" = s-1 ]
	done
	run -1 --separate-stderr jared-why -o id nope x some
	[ "$(uniq <<<"$output")" = s-1 ]
	[ "${stderr_lines[0]}" = "jared-why: nope: no such task" ]
	[[ ${stderr_lines[1]} == *"'x' is the name of more than one task: tasks/workstreams/main/tasks/x.md, tasks/"* ]]
}

@test "JSON has the columns as keys" {
	task a
	[ "$(jared-why -j a | jq -r 'select(.stage == "queue") | [.id, .code, .fact, .title] | @json')" = '["a","ready",null,"Task a"]' ]
	[ "$(jared-why -L | xargs)" = "id stage code fact title" ]
}

@test "a wrong command line is refused" {
	run -2 jared-why
	run -2 jared-why -o nothing a
	run -2 jared-why -t soon a
}

@test "nothing is written, also where nothing can be" {
	task a; task b depends_on='[a]'
	exited a 1 code=7 cause=exit
	find . ../t -printf '%p %s %T@\n' | sort >../before
	jared-why a b >/dev/null
	find . ../t -printf '%p %s %T@\n' | sort >../after
	same ../before ../after
	jared-why a b >../want
	own_mounts 'export JARED_NOW='"$JARED_NOW"'
	mount --bind '"$BATS_TEST_TMPDIR $BATS_TEST_TMPDIR"'
	mount -o remount,ro,bind '"$BATS_TEST_TMPDIR"'
	cd '"$PWD"'
	jared-why a b' >/dev/shm/why.$$ || { rm -f /dev/shm/why.$$; false; }
	same ../want /dev/shm/why.$$
	rm -f /dev/shm/why.$$
}

@test "-q tells by the exit status alone whether a task has a worker" {
	cd .. && rm -rf repo
	worker_repo "$until_go" 'mode: headless'
	task a; task b; git add -A; git commit -qm tasks
	run -1 --separate-stderr jared-why -q a
	[ -z "$output$stderr" ]
	jared-dispatch -q a >/dev/null
	run -0 --separate-stderr jared-why -q a
	[ -z "$output$stderr" ]
	(cd .worktrees/a && jared-why --quiet a)
	run -1 jared-why -q a b
	touch ../go
	wait_for 20 eval '! jared-why -q a'
	run -1 jared-why -q nobody
	for o in "-q" "-q -j a" "-q -o id a" "-q -t last a"; do run -2 jared-why $o; done
}
