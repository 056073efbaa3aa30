# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034
# For tests that start workers: setup { setup_world; } teardown { end_work; }

# What most agents do: work until the file "go" is there beside the repository.
until_go='until [ -e "$JARED_ROOT/../go" ] || [ ! -e "$JARED_ROOT" ]; do sleep 0.1; done'

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

# held FILE...: somebody holds the lock of one of them (the kernel's word, not our
# code's)
held() {
	local file major minor inode
	for file; do
		# A pattern that fits nothing is no file.
		[ ! -e "$file" ] || break
	done
	[ -e "${file-}" ] || return
	while read -r major minor inode; do
		printf 'OFDLCK.* %02x:%02x:%s \n' "$major" "$minor" "$inode"
	done < <(stat -c '%Hd %Ld %i' "$@") | grep -qf - /proc/locks
}

free() { ! held "$1"; }

# supervisors PATTERN: the pids of those that have such an argument, which is a
# pattern of the shell
supervisors() {
	local p arg args
	for p in $(pgrep -x jared-run); do
		mapfile -d '' args 2>/dev/null <"/proc/$p/cmdline" || continue
		for arg in "${args[@]}"; do
			# shellcheck disable=SC2053
			[[ $arg != $1 ]] || { echo "$p"; break; }
		done
	done
}

# nobody_alive: no worker lives, and no supervisor
nobody_alive() { ! held "$state"/run/*.alive && [ -z "$(supervisors "$state")" ]; }

# ours: the pids of all that carries a state directory below the test's own
ours() {
	grep -alz "^JARED_STATE=$BATS_TEST_TMPDIR/" /proc/[0-9]*/environ 2>/dev/null | grep -o '[0-9]*'
	supervisors "$BATS_TEST_TMPDIR/*"
}

# The end of a test, also of one that failed in the middle: nobody lives on.
end_work() {
	end_tmux
	# shellcheck disable=SC2046
	kill -9 $(ours) 2>/dev/null || :
}

# state_of ID, run_of ID: what queue and watch say
state_of() { jared-queue -o id,state | awk -F'\t' -v id="$1" '$1 == id { print $2 }'; }
run_of() { jared-watch -o id,state | awk -F'\t' -v id="$1" '$1 == id { print $2 }'; }
is() { [ "$("$1" "$2")" = "$3" ]; }

# events ID: the journal's events of a task, on one line
events() { awk -F'\t' -v id="$1" '$4 == id { printf "%s%s", s, $6; s = " " }' "$state"/journal/*.tsv; }

# model [CAP]: the journal is sound
model() { awk -v cap="${1-}" -f "$TESTS/journal.awk" "$state"/journal/*.tsv; }

# own_mounts SCRIPT: in a mount namespace of its own, by bash -eu; own_pids
# SCRIPT: in a pid namespace too, where only our processes are
own_pids() { pids="-p -f --mount-proc" own_mounts "$1"; }
own_mounts() {
	local user=''
	[ "$(id -u)" = 0 ] || user=-Ur
	# shellcheck disable=SC2086
	unshare $user ${pids-} -m bash -eu -c "TESTS=$TESTS
	$(declare -f task new_repo wait_for end_tmux worker_repo held free nobody_alive state_of run_of is events model)
	trap end_tmux EXIT
	trap 'echo \"failed: \$BASH_COMMAND\" >&2' ERR
	$1" 3>&-
}

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
