# shellcheck shell=bash
bats_require_minimum_version 1.5.0

# Everything a test may depend on, pinned; everything it writes, in its own
# directory, where it starts.  A test that starts workers has
# `teardown() { end_tmux; }`.
setup_world() {
	unset "${!GIT_@}" "${!JARED_@}" "${!TMUX@}" "${!TASK_MANAGER_@}" \
	    "${!XDG_@}" NO_COLOR COLUMNS LINES
	: "${BUILD:=$(cd "$BATS_TEST_DIRNAME/.." && pwd)/build}"
	export BUILD LC_ALL=C TZ=UTC0 HOME=$BATS_TEST_TMPDIR/home
	export PATH=$BUILD/bin:$PATH
	export JARED_TMUX_SOCKET=$BATS_TEST_TMPDIR/t/s
	# sockaddr_un holds 108 bytes.
	[ ${#JARED_TMUX_SOCKET} -lt 100 ] || { echo "TMPDIR is too long" >&2; return 1; }
	mkdir -p "$HOME" "$BATS_TEST_TMPDIR/t" && chmod 700 "$BATS_TEST_TMPDIR/t" &&
		cd "$BATS_TEST_TMPDIR" || return
	cat >"$HOME/.gitconfig" <<-'END'
	[user]
		name = Test
		email = test@example.invalid
	[init]
		defaultBranch = main
	[gc]
		auto = 0
	[maintenance]
		auto = false
	[commit]
		gpgsign = false
	END
}

# tsv a b c: one record
tsv() { local IFS=$'\t'; printf '%s\n' "$*"; }

# runp 'jared-queue | jared-pick': run a shell pipeline with pipefail
runp() { run --separate-stderr bash -o pipefail -c "$1"; }

# same EXPECTED-FILE ACTUAL-FILE
same() { diff -u "$1" "$2"; }

# task ID [key=value...]: tasks/workstreams/main/tasks/ID.md below the current
# directory, ready unless told otherwise; values are YAML, written as given
task() {
	local id=$1 dir=tasks/workstreams/main/tasks kv
	shift
	mkdir -p "$dir"
	{
		echo ---
		[[ " $*" == *" title="* ]] || echo "title: Task $id"
		[[ " $*" == *" status="* ]] || echo "status: ready"
		for kv; do printf '%s: %s\n' "${kv%%=*}" "${kv#*=}"; done
		printf -- '---\n\nDo %s.\n' "$id"
	} >"$dir/$id.md"
}

# new_repo [DIR]: make a git repository (default: repo), on branch main with
# one commit, and enter it
new_repo() {
	git init -q -b main "${1-repo}" && cd "${1-repo}" || return
	echo hello >README && git add README && git commit -qm "First commit"
}

# wait_for SECONDS command...: poll until it succeeds; on failure say what
# never came
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@" >/dev/null 2>&1 3>&-; do
		if [ $SECONDS -ge $end ]; then
			echo "never came: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# End the test's own tmux server, and only that one; and the supervisors, which
# outlive it by design.
end_tmux() {
	[[ ${JARED_TMUX_SOCKET-} == "$BATS_TEST_TMPDIR"/* ]] || return 0
	pgrep -f "^[^ ]*/jared-run $BATS_TEST_TMPDIR/" | xargs -r kill 2>/dev/null || :
	[ ! -S "$JARED_TMUX_SOCKET" ] || tmux -S "$JARED_TMUX_SOCKET" kill-server || :
}
