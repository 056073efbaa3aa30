# shellcheck shell=bash
# For tests that start workers.

# worker_repo SCRIPT [YAML-LINE...]: a repository whose agent is that shell
# script (it finds itself in its worktree) and whose jared.yaml has these lines
worker_repo() {
	new_repo repo || return
	printf '#!/bin/sh\n%s\n' "$1" >../agent && chmod +x ../agent
	shift
	printf 'agent: sh\ncommand: ["%s/agent"]\n' "$(cd .. && pwd)" >jared.yaml
	[ $# = 0 ] || printf '%s\n' "$@" >>jared.yaml
	state=$PWD/.git/jared
}

# held FILE: somebody holds the lock (the kernel's word, not our code's)
held() {
	local major minor inode
	[ -e "$1" ] || return
	read -r major minor inode < <(stat -c '%Hd %Ld %i' "$1")
	grep -q "OFDLCK.* $(printf %02x:%02x: "$major" "$minor")$inode " /proc/locks
}

free() { ! held "$1"; }

# nobody_alive [STATE]: no worker lives, and no supervisor
nobody_alive() {
	local f p
	for f in "$state"/run/*.alive; do
		! held "$f" || return
	done
	for p in $(pgrep -x jared-run); do
		! tr '\0' '\n' <"/proc/$p/cmdline" | grep -qxF "$state" || return
	done
}

# state_of ID, run_of ID: what queue and watch say
state_of() { jared-queue -o id,state | awk -F'\t' -v id="$1" '$1 == id { print $2 }'; }
run_of() { jared-watch -o id,state | awk -F'\t' -v id="$1" '$1 == id { print $2 }'; }
is() { [ "$("$1" "$2")" = "$3" ]; }

# events ID: the journal's events of a task, on one line
events() { awk -F'\t' -v id="$1" '$4 == id { printf "%s%s", s, $6; s = " " }' "$state"/journal/*.tsv; }

# model [CAP]: the journal is sound
model() { awk -v cap="${1-}" -f "$TESTS/journal.awk" "$state"/journal/*.tsv; }

# own_mounts SCRIPT: in a mount namespace of its own, by bash -eu
own_mounts() {
	local user=
	[ "$(id -u)" = 0 ] || user=-Ur
	unshare $user -m bash -eu -c "TESTS=$TESTS
	$(declare -f task new_repo wait_for end_tmux worker_repo held free nobody_alive state_of run_of is events model)
	trap end_tmux EXIT
	$1" 3>&-
}

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
