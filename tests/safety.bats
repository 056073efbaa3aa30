load lib.bash
load work.bash

# Work is not lost, claimed or started by mistake when something unlikely is
# found on the disk.

setup() { setup_world; }
teardown() { end_work; }

# given up: an attempt of b that never ran, so that debris is looked for
given_up() {
	mkdir -p .jared/prompts
	echo '{{nonsense}}' >.jared/prompts/default.md
	task b
	run -3 jared-dispatch b
	rm -r .jared
}

reap() { jared-dispatch --reap; }

@test "a worktree whose HEAD is a symbolic link is no debris" {
	worker_repo "git -c core.preferSymlinkRefs=true symbolic-ref HEAD refs/heads/jared/a/1; $until_go"
	task a
	jared-dispatch a
	wait_for 5 test -L .git/worktrees/a/HEAD
	given_up
	: >../go
	wait_for 5 nobody_alive
	reap
	git -C .worktrees/a status
}

@test "a worktree somebody else made under a name of ours is not moved aside" {
	worker_repo 'exit 0'
	task a
	jared-dispatch a
	wait_for 5 nobody_alive
	given_up
	git worktree unlock .worktrees/a && git worktree remove .worktrees/a
	git worktree add -q ../a
	[ -d .git/worktrees/a ]
	: >.git/worktrees/a/HEAD
	reap
	[ -d .git/worktrees/a ]
}

@test "a branch put back to an older commit has not landed" {
	worker_repo 'git reset -q --hard HEAD~1'
	git commit -q --allow-empty -m Second
	task a
	jared-dispatch a
	wait_for 5 nobody_alive
	reap
	[ "$(jared-queue -o state)" != landed ]
}

@test "a branch that only took over newer commits of the base branch has not landed" {
	worker_repo "$until_go; git merge -q --ff-only main"
	task a
	jared-dispatch a
	git commit -q --allow-empty -m Other
	: >../go
	wait_for 5 nobody_alive
	reap
	[ "$(jared-queue -o state)" != landed ]
}

@test "a launch that fails leaves no worktree behind" {
	worker_repo true
	for _ in 1 2 3; do given_up; done
	[ ! -e .worktrees/b.2 ]
	[ -z "$(git branch --list 'jared/*')" ]
}

@test "several launches that fail in one go leave no worktree behind, and one that does not fail is kept" {
	worker_repo "$until_go"
	for t in a b c d; do task $t; done
	mkdir bin
	printf '#!/bin/sh\ncase "$*" in *jared-[abd]-1*) exit 1; esac\nexec %s "$@"\n' "$(command -v tmux)" >bin/tmux
	chmod +x bin/tmux
	PATH=$PWD/bin:$PATH run -3 --separate-stderr jared-dispatch a b c d
	[ "$(cut -d: -f2,3 <<<"$stderr")" = "$(printf ' %s: tmux\n' a b d)" ]
	[ "$(git worktree list | sed 1d | cut -d[ -f2)" = "jared/c/1] locked" ]
	[ "$(git branch --list 'jared/*' --format '%(refname:short)')" = jared/c/1 ]
	[ "$(jared-watch -o id,state)" = "$(tsv c working)" ]
	: >../go
	wait_for 5 nobody_alive
}

@test "a session of that name that another repository has is not taken for ours" {
	worker_repo "$until_go"
	task a
	git add -A && git commit -qm Tasks
	jared-dispatch a
	git clone -q . ../other
	cd ../other
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == "jared-dispatch: a: tmux: session 'jared-a-1' exists already; does another repository use '$JARED_TMUX_SOCKET', too?" ]]
	[ ! -e .worktrees/a ]
	run -1 jared-watch
	[ "$(jared-watch -C "$OLDPWD" -o id,state)" = "$(tsv a working)" ]
	: >../go
	wait_for 5 nobody_alive
}

@test "an attempt that only its run directory bears witness to is not made again" {
	worker_repo 'exit 1' 'backoff_base: 0s'
	task a
	jared-dispatch a
	wait_for 5 nobody_alive
	cp .git/jared/journal/000001.tsv ../backup
	reap
	jared-dispatch a
	wait_for 5 nobody_alive
	cp ../backup .git/jared/journal/000001.tsv
	reap
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *unknown-attempt* ]]
}

@test "the worker's variables are there once, and ours are the ones" {
	worker_repo 'tr "\0" "\n" </proc/$$/environ >env.seen' 'pass_env: ["*"]'
	task a
	JARED_ATTEMPT=x.1 JARED_TASK=x TERM=vt52 jared-dispatch -F a
	wait_for 5 nobody_alive
	[ -z "$(grep = .worktrees/a/env.seen | cut -d= -f1 | sort | uniq -d)" ]
	grep -x JARED_ATTEMPT=a.1 .worktrees/a/env.seen
	grep -x PATH=.*"$BUILD/bin" .worktrees/a/env.seen
}

@test "a worker that writes a status of its end is not taken for ended" {
	worker_repo 'sleep 0.5; printf "exited\t-\t2026-01-01T00:00:00Z\tprocess\t-\n" >"${JARED_STATUS%report}status"; : >../../../seen; '"$until_go"
	task a
	jared-dispatch a
	wait_for 5 test -e ../seen
	[ "$(jared-watch -o state,evidence)" = "$(tsv working process)" ]
	[ "$(jared-queue -o state)" = running ]
}

@test "a worker that turns its exit record into a FIFO does not keep its supervisor" {
	worker_repo 'rm "${JARED_STATUS%report}exit"; mkfifo "${JARED_STATUS%report}exit"'
	task a
	jared-dispatch a
	wait_for 5 nobody_alive
	[ "$(events a)" = "claim running exited" ]
}

@test "a git directory outside the repository's is not handed to an agent" {
	worker_repo 'mkdir ../../../evil; echo "$PWD/.git" >../../../evil/gitdir
		echo "gitdir: $(cd ../../../evil && pwd)" >.git; exit 1' 'backoff_base: 0s'
	task a
	jared-dispatch a
	wait_for 5 nobody_alive
	reap
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *"tampered"* ]]
}

@test "a directory of worktrees that is a link works, to resume in as well" {
	worker_repo 'exit 1' 'backoff_base: 0s'
	mkdir ../elsewhere && ln -s ../elsewhere .worktrees
	task a
	for _ in 1 2; do
		jared-dispatch a
		wait_for 5 nobody_alive
		reap
	done
	[ "$(events a)" = "claim running exited claim running exited" ]
}

@test "an agent that let go of its lock is found by its variables, however the state is named" {
	worker_repo "exec 63>&-; trap '' HUP; echo \$\$ >\$JARED_ROOT/../pid; exec >/dev/null 2>&1; $until_go"
	sed -i '1s|/sh|/bash|' ../agent
	mkdir -m 700 ../st && ln -s st ../link
	state=$PWD/../st
	task a
	JARED_STATE=$PWD/../link/ jared-dispatch a
	wait_for 5 test -s ../pid
	kill -9 "$(sed -n 's/.*\trunning\tpid=\([0-9]*\).*/\1/p' ../st/journal/*.tsv)"
	wait_for 5 free ../st/run/a.1.alive
	JARED_STATE=$(realpath ../st) jared-dispatch --reap
	[ "$(events a)" = "claim running" ]
	: >../go
	wait_for 5 eval '! kill -0 $(cat ../pid)'
	JARED_STATE=$(realpath ../st) jared-dispatch --reap
	[ "$(events a)" = "claim running interrupted" ]
}
