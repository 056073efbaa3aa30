load lib.bash

# A repository with an agent that writes its prompt, makes a commit and ends.
setup() {
	setup_world
	new_repo
	cat >"$BATS_TEST_TMPDIR/agent" <<-'END'
	#!/bin/sh
	cat >prompt.seen
	echo "$JARED_TASK $JARED_PORT" >work
	git add work && git commit -qm "Work on $JARED_TASK"
	END
	chmod +x "$BATS_TEST_TMPDIR/agent"
	agent "$BATS_TEST_TMPDIR/agent"
}

teardown() { end_tmux; }

# agent WORD...: what workers run
agent() {
	local w words=
	for w; do words+="\"$w\", "; done
	printf 'agent: sh\ncommand: [%s]\nmax_workers: 3\nbackoff_base: 0s\n' \
	    "${words%, }" >jared.yaml
}

runs() { jared-watch -a "$@"; }
journal() { cat .git/jared/journal/000001.tsv; }
state() { jared-queue -o state "$1"; }
is() { [ "$(state "$1")" = "$2" ]; }
# the supervisor has said its last word
over() { journal | cut -f4,6 | grep -qx "$(tsv "$1" exited)"; }
begin() { jared-queue | jared-pick -q -m 1000 | jared-dispatch "$@"; }

@test "a ready task gets a worker in a worktree, on a branch, in a session" {
	task a
	begin >out
	[ "$(cut -f1,2 out)" = "$(tsv a 1)" ]
	wait_for 10 is a review
	[ "$(git log --format=%s -1 jared/a/1)" = "Work on a" ]
	[ -f .worktrees/a/work ]
	tmux -S "$JARED_TMUX_SOCKET" has-session -t =jared-a-1
	[ -z "$(git status --porcelain -- .worktrees)" ]
	git worktree list --porcelain | grep -x "locked jared:a:1"
}

@test "success is printed only after the journal says running" {
	task a
	begin >out
	journal | cut -f6 | sed 2q | paste -sd, | grep -x claim,running
}

@test "a second dispatch starts nothing, says why, and exits 1" {
	agent sleep 60
	task a
	begin
	run -1 --separate-stderr jared-dispatch a
	[ -z "$output" ]
	[[ $stderr == "jared-dispatch: a: running"* ]]
}

@test "max_workers is checked at the claim" {
	agent sleep 60
	for t in a b c d; do task $t; done
	run -1 --separate-stderr jared-dispatch a b c d
	[ "$(wc -l <<<"$output")" = 3 ]
	[ "$stderr" = "jared-dispatch: d: cap: 3 of 3 running" ]
}

@test "max_by holds for the values of a column" {
	agent sleep 60
	echo 'max_by: {owner: 1}' >>jared.yaml
	task a owner=ann && task b owner=ann && task c owner=bo
	run -1 --separate-stderr jared-dispatch a b c
	[ "$(cut -f1 <<<"$output" | paste -sd,)" = a,c ]
	[ "$stderr" = "jared-dispatch: b: cap: 1 of 1 running for owner ann" ]
}

@test "a file edited after it was queued is not started" {
	task a
	jared-queue >q
	sed -i 's/^title:.*/title: Other/' tasks/workstreams/main/tasks/a.md
	run -1 --separate-stderr jared-dispatch <q
	[[ $stderr == "jared-dispatch: a: changed: "*"was edited since it was queued" ]]
}

@test "dependencies are looked at again at the claim" {
	task a status=done && task b depends_on='[a]'
	jared-queue -s ready >q
	sed -i 's/done/ready/' tasks/workstreams/main/tasks/a.md
	run -1 --separate-stderr jared-dispatch <q
	[[ $stderr == "jared-dispatch: b: waiting: dep:a=ready" ]]
}

@test "a dry run prints the records and starts nothing" {
	task a
	run -0 --separate-stderr jared-dispatch -n a
	[ "$(cut -f1,2,3,10 <<<"$output")" = "$(tsv a 1 claimed jared/a/1)" ]
	[ ! -e .git/jared ]
	[ ! -e .worktrees ]
}

@test "each attempt leases ports of its own" {
	agent sleep 60
	task a && task b
	begin -o id,ports >out
	[ "$(sort out)" = "$(tsv a 8100-8199; tsv b 8200-8299)" ]
}

@test "the worker finds its ports, its names and its report file in the environment" {
	cat >"$BATS_TEST_TMPDIR/agent" <<-'END'
	#!/bin/sh
	env >env.seen
	echo done >"$JARED_STATUS"
	END
	agent "$BATS_TEST_TMPDIR/agent"
	echo 'port_names: [web, api]' >>jared.yaml
	task a
	SECRET=canary begin
	wait_for 10 is a review
	grep -x JARED_ATTEMPT=a.1 .worktrees/a/env.seen
	grep -x JARED_PORT=8100 .worktrees/a/env.seen
	grep -x JARED_PORT_API=8101 .worktrees/a/env.seen
	grep -x "JARED_ROOT=$PWD" .worktrees/a/env.seen
	run ! grep canary .worktrees/a/env.seen
}

@test "a failed attempt goes on in its worktree until the budget is used up" {
	cat >"$BATS_TEST_TMPDIR/agent" <<-'END'
	#!/bin/sh
	echo x >>tries
	exit 7
	END
	agent "$BATS_TEST_TMPDIR/agent"
	task a
	for n in 1 2 3; do
		wait_for 10 is a ready
		begin
		wait_for 10 eval "jared-dispatch --reap; [ \$(jared-watch -a -o exit a) = 7 ]"
	done
	[ "$(state a)" = parked ]
	[ "$(wc -l <.worktrees/a/tries)" = 3 ]
	[ "$(jared-queue -o waits a)" = attempts:3/3 ]
}

@test "back-off holds a failed task back, and says until when" {
	agent false
	sed -i s/backoff_base.*/backoff_base:\ 1h/ jared.yaml
	task a
	begin
	wait_for 10 is a backoff
	[[ $(jared-queue -o waits a) == backoff:until=20* ]]
	run -1 --separate-stderr jared-dispatch a
	[[ $stderr == "jared-dispatch: a: backoff: backoff:until="* ]]
}

@test "an edit of the task gives it a whole budget again" {
	agent false
	sed -i s/backoff_base.*/backoff_base:\ 1h/ jared.yaml
	task a
	begin
	wait_for 10 is a backoff
	echo more >>tasks/workstreams/main/tasks/a.md
	[ "$(state a)" = ready ]
}

@test "exit 0 without commits or a report is not done" {
	agent true
	task a
	begin
	wait_for 10 is a exited
	[ "$(jared-queue -o waits a)" = unreconciled:1 ]
	run -1 jared-dispatch a
}

@test "a merged branch is landed at the next beat and frees its dependants" {
	task a && task b depends_on='[a]'
	begin
	wait_for 10 over a
	[ "$(jared-queue -o waits b)" = dep:a=review ]
	git merge -q --no-ff -m Merge jared/a/1
	jared-dispatch --reap >out
	[ "$(cut -f1 out)" = a ]
	[ "$(state a)" = landed ]
	[ "$(state b)" = ready ]
}

@test "a branch deleted after its merge has landed all the same" {
	task a
	begin
	wait_for 10 over a
	git merge -q --no-ff -m Merge jared/a/1
	git worktree unlock .worktrees/a && git worktree remove --force .worktrees/a
	git branch -qD jared/a/1
	jared-dispatch --reap
	[ "$(state a)" = landed ]
}

@test "a branch without commits of its own has not landed" {
	agent true
	task a
	begin
	wait_for 10 over a
	git commit -q --allow-empty -m More
	jared-dispatch --reap
	[ "$(state a)" = exited ]
}

@test "fresh retries leave the old worktree and take new names" {
	agent false
	echo 'retry: fresh' >>jared.yaml
	task a
	begin
	wait_for 10 is a ready
	run -0 --separate-stderr jared-dispatch -o branch,worktree a
	[ "$output" = "$(tsv jared/a/2 .worktrees/a.2)" ]
	[ -d .worktrees/a ]
}

@test "a branch in the way of ours is named before anything is claimed" {
	task a
	git branch jared
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *"branch 'jared' stands where 'branch_prefix: jared'"* ]]
	[ -z "$(journal)" ]
}

@test "a branch of ours that the journal lacks is not built upon" {
	task a; task b
	git branch jared/a/4
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == "jared-dispatch: the journal is empty, yet attempt 4 at a was made (branch)"* ]]
	git branch -D jared/a/4
	jared-mark park b
	git branch jared/a/4
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == "jared-dispatch: a: unknown-attempt: "* ]]
}

@test "a worktree that exists already is left alone" {
	task a
	mkdir -p .worktrees/a && echo mine >.worktrees/a/file
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == "jared-dispatch: a: worktree: '.worktrees/a' exists already" ]]
	[ "$(cat .worktrees/a/file)" = mine ]
}

@test "an agent that does not exist is a failed attempt, told by its exit" {
	agent /nonexistent/agent
	task a
	begin
	wait_for 10 eval '[ "$(jared-watch -a -o exit a)" = 127 ]'
}

@test "an agent whose program is nowhere in PATH costs no attempt" {
	agent no-such-program
	task a
	run -3 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: agent 'sh': no program 'no-such-program' in PATH; install it, or set 'agent' in jared.yaml" ]
	is a ready
	run -3 jared-dispatch -n a
}

@test "an option behind a task starts nothing" {
	task a
	for option in -n --dry-run -q; do
		run -2 --separate-stderr jared-dispatch a $option
		[ "$stderr" = "jared-dispatch: '$option' stands behind an operand: options come first" ]
	done
	is a ready
	run -2 jared-queue a -j
	run -2 jared-watch a -j
	run -2 jared-mark unpark a -n
	run -1 --separate-stderr jared-queue -- -z
	[ "$stderr" = "jared-queue: -z: no such task" ]
}

@test "a column that does not exist starts nothing" {
	task a
	run -2 jared-dispatch -o id,nope a
	is a ready
	run -2 jared-dispatch -o nope </dev/null
}

@test "a task is named by its path from where one stands" {
	task a
	cd tasks/workstreams/main/tasks
	jared-dispatch a.md
	cd - >/dev/null
	wait_for 10 is a review
	cd tasks
	jared-mark unpark workstreams/main/tasks/a.md
}

@test "what only a person lets go on is told with the way to do it" {
	agent true
	task a
	begin
	wait_for 10 is a exited
	run -1 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: a: exited: unreconciled:1 (jared-mark unpark lets it start again)" ]
}

@test "a template with an unknown name starts nothing and releases the claim" {
	mkdir -p .jared/prompts
	echo 'Do {{nonsense}}' >.jared/prompts/default.md
	task a
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *nonsense* ]]
	journal | cut -f6 | paste -sd, | grep -x claim,released
}

@test "a paused repository starts nothing" {
	task a
	jared-dispatch --reap
	touch .git/jared/pause
	run -1 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: a: pause: starting is paused" ]
}

@test "a worker does not start workers unless forced" {
	task a
	JARED_ATTEMPT=x.1 run -1 --separate-stderr jared-dispatch a
	[[ $stderr == *"from inside worker x.1"* ]]
	JARED_ATTEMPT=x.1 run -0 jared-dispatch --force a
}

@test "no records are an answer of no" {
	run -1 --separate-stderr jared-dispatch </dev/null
	[ -z "$output$stderr" ]
}

@test "run records are refused as input" {
	agent sleep 60
	task a
	begin >out
	run -3 --separate-stderr jared-dispatch <out
	[[ $stderr == "jared-dispatch: standard input:1: "* ]]
}

@test "JSON Lines are read and written" {
	task a
	run -0 --separate-stderr bash -c 'jared-queue -j | jared-dispatch -j'
	[ "$(jq -r '.id,.attempt,.evidence' <<<"$output" | paste -sd,)" = "a,1,journal" ] ||
	    [ "$(jq -r .id <<<"$output")" = a ]
}

@test "an unborn branch and a detached head are refused with the reason" {
	task a
	git checkout -q --detach
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *"is on no branch"* ]]
	git init -q -b main ../empty && cd ../empty && cp ../repo/jared.yaml . && task a
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *"has no commit to start from"* ]]
}

@test "dispatch works from inside a linked worktree, on the main checkout's tasks" {
	task a
	git worktree add -q ../other && cd ../other
	run -0 --separate-stderr jared-dispatch -o id,worktree a
	[ "$output" = "$(tsv a .worktrees/a)" ]
	[ -d ../repo/.worktrees/a ]
}

@test "usage errors exit 2, on stderr only" {
	run -2 --separate-stderr jared-dispatch --nope
	[ -z "$output" ]
	[[ $stderr == *"usage: jared-dispatch"* ]]
}

@test "a hook of the repository is not run" {
	task a
	printf '#!/bin/sh\ntouch %s/hooked\n' "$BATS_TEST_TMPDIR" >.git/hooks/post-checkout
	chmod +x .git/hooks/post-checkout
	begin
	wait_for 10 is a review
	[ ! -e "$BATS_TEST_TMPDIR/hooked" ]
}

@test "state is private to its owner" {
	task a
	begin
	wait_for 10 is a review
	[ -z "$(find .git/jared -perm /077)" ]
}

@test "a worker of the same name in another repository does not keep this one open" {
	agent sleep 60
	task a
	new_repo ../two
	cp ../repo/jared.yaml . && task a
	begin
	cd ../repo
	JARED_TMUX_SOCKET+=2 begin
	wait_for 10 test -s .git/jared/run/a.1/agent
	pid=$(cut -f1 .git/jared/run/a.1/agent)
	kill -KILL "$(grep -o 'pid=[0-9]*' .git/jared/journal/000001.tsv | head -1 | cut -d= -f2)"
	kill -KILL "$pid" || :
	wait_for 10 is a exited
	jared-dispatch --reap
	tmux -S "${JARED_TMUX_SOCKET}2" kill-server
	journal | cut -f6 | tail -1 | grep -x interrupted
}

@test "a task whose declared files are in use is refused, also by name, until they are free" {
	agent sh -c 'until [ -e ../../../go ]; do sleep 0.05; done'
	task a paths='[src/a.c, doc/]'; task b paths='["src/*.c"]'; task c paths='[src/b.c]'
	run -1 --separate-stderr jared-dispatch -n -o id a b c
	[ "$output" = "a
c" ]
	[ "$stderr" = "jared-dispatch: b: path: src/a.c is in use by a" ]
	jared-dispatch -q a >/dev/null
	run -1 --separate-stderr jared-dispatch b
	[ -z "$output" ]
	[ "$stderr" = "jared-dispatch: b: path: src/a.c is in use by a" ]
	[ "$(jared-queue -o state b)" = ready ]
	# A record that was made before knows nothing of it.
	run -1 --separate-stderr bash -c 'jared-queue b | jared-pick | jared-dispatch'
	[ "$stderr" = "jared-dispatch: b: path: src/a.c is in use by a" ]
	touch ../go
	wait_for 10 over a
	wait_for 10 eval 'jared-dispatch -n b >/dev/null'
}

@test "of two dispatchers with a common file one starts its task" {
	agent sh -c 'until [ -e ../../../go ]; do sleep 0.05; done'
	for i in 1 2 3; do
		task a$i paths="[x$i/]"; task b$i paths="[x$i/y.c]"
		jared-dispatch -q a$i >/dev/null 2>&1 3>&- & pids+=($!)
		jared-dispatch -q b$i >/dev/null 2>&1 3>&- & pids+=($!)
	done
	# One of the two is refused.
	wait "${pids[@]}" || :
	[ "$(journal | awk -F'\t' '$6 == "running" { print substr($4, 2) }' | sort | xargs)" = "1 2 3" ]
	touch ../go
}

@test "an attempt that never ran leaves no variables of the environment behind" {
	task a
	mkdir bin && printf '#!/bin/sh\nexit 1\n' >bin/tmux && chmod +x bin/tmux
	PATH=$PWD/bin:$PATH run -3 --separate-stderr jared-dispatch a
	[[ $stderr == "jared-dispatch: a: tmux: "* ]]
	[ -e .git/jared/run/a.1/prompt.md ]
	[ ! -e .git/jared/run/a.1/spec ]
}
