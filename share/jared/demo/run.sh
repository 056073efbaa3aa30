#!/bin/sh
# run.sh - the main job on a scratch repository, every command as one would type it

set -eu

here=$(dirname -- "$(readlink -f -- "$0")")
bin=$(readlink -f -- "$here/../../../bin")
export PATH="$bin:$PATH" GIT_PAGER=cat
unset GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE JARED_ROOT JARED_STATE

bold='' plain=''; [ ! -t 1 ] || { bold=$(printf '\033[1m') plain=$(printf '\033[m'); }
say() { printf '\n%s\n' "$*"; }
type() {
	printf '\n%s$ %s%s\n' "$bold" "$1" "$plain"
	sh -c "$1" || echo "(exit status $?)"
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/jared-demo.XXXXXX")
cd "$dir"
cp -R "$here/tasks" "$here/worker.sh" "$here/jared.yaml" .
git init -q -b main
git config user.name 'Jared demo'
git config user.email demo@example.invalid
git config commit.gpgsign false
git add -A
git commit -qm 'A plan for a house'

say "A house is to be built: $dir is a repository with $(git ls-files tasks | wc -l) tasks.
The gate waits for the fence and the fence for the gate; shed.md cannot be
read; and one title would do harm if anybody gave it to a shell."
type 'jared queue'
say 'What is urgent, and what would become of it:'
type "jared queue -qj | jq -c 'select(.priority==\"p0\")' | jared pick -q | jared dispatch --dry-run"
touch .git/hold
say 'Three workers at once may run.  Start what should be running:'
type 'jared queue -q | jared pick -q | jared dispatch'
say 'The same again starts nothing, and says why for every task that is ready:'
type 'jared queue -q | jared pick | jared dispatch'
type 'git worktree list'
rm .git/hold

say 'From here on a watcher in the background prints a line for each change.
A heartbeat starts what can be started, and prints what changed since the last
one.  A person looks at what is finished and merges it; that lets the next beat
start what waited for it.'
jared-watch -f -o id,attempt,state,exit,ahead &
watcher=$!
trap 'kill $watcher' EXIT

# Is a task in one of these states?
any() { jared-queue -q -s "$1" >/dev/null; }

beats=0
while any ready,backoff,claimed,running,review && [ $beats -lt 100 ]; do
	beats=$((beats + 1))
	for id in $(jared-queue -q -s review -o id); do
		type "git merge -q --no-ff -m 'Merge $id' $(jared-watch -o branch "$id")"
	done
	type "jared heartbeat | awk '\$2\$3 == \"queuestate\"' | cut -f1,4,5"
	sleep 0.5
done
kill $watcher; trap - EXIT
socket=$(jared-watch --tmux-socket)

say 'What could be built is built and landed.  What is left needs a person:'
type 'jared queue -q -s waiting,held,parked,exited,invalid'
type 'jared snap --summary'
type 'git log --oneline --graph -8'

say "Look around:
    cd '$dir'
    PATH='$bin':\$PATH
    jared watch --all        # every attempt; wiring needed two
    jared log wiring         # what its worker wrote
    jared attach paint       # its terminal; C-b d leaves
    jared help               # everything else

Remove everything:
    tmux -S $socket kill-server; rm -rf $socket '$dir'"
! any ready,backoff,claimed,running,review,parked,exited
