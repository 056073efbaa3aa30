load lib.bash
load work.bash

setup() { setup_world; }
teardown() { end_work; }

small_graph() {
	task a priority=p0
	task b priority=p0
	task c priority=p1
	task d depends_on='[a]'
	task e 'title="quote '"'"'; rm -rf x"'
	task x depends_on='[y]'
	task y depends_on='[x]'
	task bad status=wip
	git add -A && git commit -qm Tasks
}

@test "queue | pick | dispatch starts as many as may run, each in a worktree and on a branch of its own" {
	worker_repo "$until_go" 'max_workers: 3'
	small_graph
	runp 'jared-queue | jared-pick -q | jared-dispatch'
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 3 ]
	[ "$(cut -f1 <<<"$output" | xargs)" = "a b c" ]
	for id in a b c; do
		git -C ".worktrees/$id" symbolic-ref --short HEAD
	done >../branches
	[ "$(xargs <../branches)" = "jared/a/1 jared/b/1 jared/c/1" ]
	[ "$(jared-watch -o worktree | sort -u | wc -l)" = 3 ]
	[ "$(jared-watch -o pane | sort -u | wc -l)" = 3 ]
	: >../go
	wait_for 10 nobody_alive
}

@test "typed again it starts none, says why for each ready task, and answers 1" {
	worker_repo "$until_go" 'max_workers: 3'
	small_graph
	jared-queue | jared-pick -q | jared-dispatch
	runp 'jared-queue | jared-pick | jared-dispatch'
	[ "$status" = 1 ]
	[ -z "$output" ]
	[[ $stderr == *"jared-pick: e: cap: 3 of 3 running"* ]]
	: >../go
	wait_for 10 nobody_alive
}

@test "JSON from the queue, filtered by jq, is picked and dispatched dry; nothing is written" {
	worker_repo "$until_go"
	small_graph
	runp "jared-queue -j | jq -c 'select(.priority==\"p0\")' | jared-pick | jared-dispatch --dry-run"
	[ "$status" = 0 ]
	[ "$(cut -f1 <<<"$output" | xargs)" = "a b" ]
	[ ! -e .worktrees ] && [ -z "$(git branch --list 'jared/*')" ]
	[ ! -e "$state/journal/000001.tsv" ] || [ ! -s "$state/journal/000001.tsv" ]
}

@test "a dry run prints the records that the run then prints" {
	worker_repo "$until_go" 'max_workers: 3'
	small_graph
	jared-queue | jared-pick -q >../picked
	jared-dispatch --dry-run <../picked | cut -f1,2,10,15,16,18- >../dry
	jared-dispatch <../picked | cut -f1,2,10,15,16,18- >../real
	same ../dry ../real
	: >../go
	wait_for 10 nobody_alive
}

@test "TSV and JSON Lines between the stages give the same choice" {
	worker_repo "$until_go" 'max_workers: 3'
	small_graph
	jared-queue | jared-pick -q >../tsv
	jared-queue -j | jared-pick -q >../json
	same ../tsv ../json
	jared-queue | jared-pick -q | jared-pick -q >../twice
	same ../tsv ../twice
}

@test "a merged branch is landed, and lets its dependants start" {
	worker_repo 'echo work >"$JARED_TASK.txt"; git add -A; git commit -qm "Work"; echo done >"$JARED_STATUS"'
	small_graph
	jared-dispatch a >/dev/null
	wait_for 5 is state_of a review
	[ "$(jared-queue -o id,state,waits | grep ^d)" = $'d\twaiting\tdep:a=review' ] ||
		[ "$(state_of d)" = waiting ]
	git merge -q --no-ff -m "Merge a" jared/a/1
	jared-dispatch --reap
	is state_of a landed
	is state_of d ready
	jared-dispatch d >/dev/null
	wait_for 5 is state_of d review
	[ -e .worktrees/d/a.txt ]
}

@test "beats alone bring a chain to its end, when somebody merges" {
	worker_repo 'echo work >"$JARED_TASK.txt"; git add -A; git commit -qm "Work"; echo done >"$JARED_STATUS"'
	task a; task b depends_on='[a]'; task c depends_on='[b]'
	git add -A && git commit -qm Tasks
	for id in a b c; do
		jared-heartbeat
		wait_for 5 is state_of "$id" review
		git merge -q --no-ff -m "Merge $id" "jared/$id/1"
	done
	jared-heartbeat
	[ "$(jared-queue -o state | sort -u)" = landed ]
	[ "$(ls ./*.txt | xargs)" = "./a.txt ./b.txt ./c.txt" ]
	model
	git fsck
}

@test "an edited task file is not dispatched by an old record" {
	worker_repo "$until_go"
	small_graph
	jared-queue | jared-pick -q -c 1 >../picked
	task a priority=p0 title=changed
	run -1 --separate-stderr jared-dispatch <../picked
	[[ $stderr == *"a: "*hash* || $stderr == *"a: "*changed* ]]
	[ -z "$(git branch --list 'jared/*')" ]
}

@test "dispatch given what watch prints refuses it" {
	worker_repo "$until_go"
	task a; task b
	git add -A && git commit -qm Tasks
	jared-dispatch a >/dev/null
	run ! bash -o pipefail -c 'jared-watch | jared-dispatch'
	run ! bash -o pipefail -c 'jared-watch | jared-pick'
	: >../go
	wait_for 10 nobody_alive
}

@test "a beat works in the environment that cron gives" {
	worker_repo ': >"$JARED_ROOT/../seen"'
	task a
	git add -A && git commit -qm Tasks
	env -i HOME="$HOME" PATH=/usr/bin:/bin JARED_TMUX_SOCKET="$JARED_TMUX_SOCKET" \
	    "$BUILD/bin/jared-heartbeat"
	wait_for 5 test -e ../seen
}

@test "the tools work from inside a worktree on the main checkout's tasks" {
	worker_repo "$until_go"
	small_graph
	jared-dispatch a >/dev/null
	rm .worktrees/a/tasks/workstreams/main/tasks/b.md
	jared-queue >../main
	(cd .worktrees/a && jared-queue) >../linked
	same ../main ../linked
	: >../go
	wait_for 10 nobody_alive
}

@test "every record of the journal ends with the CRC-32 of what stands before it" {
	worker_repo 'echo done >"$JARED_STATUS"'
	small_graph
	jared-heartbeat >/dev/null
	wait_for 10 nobody_alive
	jared-dispatch --reap
	perl -MCompress::Raw::Zlib -ne 'chomp; /^(.*)\t([0-9a-f]{8})$/ or die "$.: $_\n";
		sprintf("%08x", crc32($1)) eq $2 or die "$.: $2\n"' "$state/journal/000001.tsv"
}

@test "a cycle of five, a missing and an invalid dependency: three reasons, none started" {
	worker_repo "git commit -q --allow-empty -m done"
	task a depends_on='[b]'; task b depends_on='[c]'; task c depends_on='[d]'
	task d depends_on='[e]'; task e depends_on='[a]'
	task lost depends_on='[nowhere]'
	task bad status=nonsense; task leans depends_on='[bad]'
	task outside depends_on='[c]'
	cat >want <<-END
	$(tsv a waiting 'cycle:a>b>c>d>e>a')
	$(tsv b waiting 'cycle:a>b>c>d>e>a')
	$(tsv c waiting 'cycle:a>b>c>d>e>a')
	$(tsv d waiting 'cycle:a>b>c>d>e>a')
	$(tsv e waiting 'cycle:a>b>c>d>e>a')
	$(tsv leans waiting dep:bad=invalid)
	$(tsv lost waiting dep:nowhere=missing)
	$(tsv outside waiting dep:c=ready)
	END
	jared-queue -q -s waiting -o id,state,waits | sort >got
	same want got
	run -1 --separate-stderr bash -c 'jared-queue -q | jared-pick -R rejects | jared-dispatch'
	[ -z "$output" ]
	[ "$(grep -c "^.*	state	waiting	" rejects)" = 8 ]
	# Neither by name, nor queued by hand.
	names="a b c d e lost leans outside"
	run -1 --separate-stderr jared-dispatch $names
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "jared-dispatch: a: waiting: cycle:a>b>c>d>e>a" ]
	[ "${stderr_lines[5]}" = "jared-dispatch: lost: waiting: dep:nowhere=missing" ]
	[ "${stderr_lines[6]}" = "jared-dispatch: leans: waiting: dep:bad=invalid" ]
	run -1 jared-mark queue $names
	[ ! -s .git/jared/journal/000001.tsv ]
	[ ! -e .worktrees ]
}
