# shellcheck shell=bash
# Is a world whole in which nothing runs any more?  Each function says what is
# wrong, a line each, and says nothing if all is well.

# wrong BUDGET PLACES FIRST-PORT LAST-PORT DIR...: all of them, in the repository
# here, where files that are temporary go to $TMPDIR
wrong() {
	local state=$PWD/.git/jared first=$3 last=$4
	not_ended
	over_budget "$1" "$2" "$state/journal/000001.tsv"
	shift 4
	left_running "$state" "$PWD/.worktrees" "$@"
	left_sessions
	left_ports "$first" "$last"
	left_leases "$first"
	left_worktrees
	left_files "$state" "$TMPDIR"
	unbounded "$state"
	jared-reconcile -qo kind,id | sed 's/^/reconcile: /'
}

not_ended() { jared-queue -qo id,state | grep -vE '\s(landed|done|cancelled)$' | sed 's/^/has not ended: /'; }

# over_budget BUDGET PLACES JOURNAL: at every record no task has used more
# attempts, and no more are open
over_budget() {
	awk -F'\t' -v budget="$1" -v places="$2" '
		$6 == "claim" { used[$4]++; open++ }
		$6 == "released" { used[$4]--; open-- }
		$6 == "exited" || $6 == "interrupted" { open-- }
		$6 == "unpark" || $6 == "queue" { used[$4] = 0 }
		used[$4] > budget { print "record " NR ": start " used[$4] " of " $4 }
		open > places { print "record " NR ": " open " are open" }
		END { if (open) print open " are open at the end" }
	' "$3"
	# The model knows which event may follow which.
	local said
	said=$(awk -v cap="$2" -f "${BASH_SOURCE[0]%/*}/journal.awk" "$3") || echo "$said"
}

# left_running STATE DIR...: processes that know the state directory, or have
# something open there or in DIR; the tmux server stays, as it should
left_running() {
	local found pid server
	server=$(tmux -S "$JARED_TMUX_SOCKET" display-message -p '#{pid}' 2>/dev/null) || server=
	found=$(
		grep -lzF "JARED_STATE=$1" /proc/[0-9]*/environ 2>/dev/null
		for dir; do
			find /proc/[0-9]*/{cwd,exe,root,fd} -lname "$dir*" 2>/dev/null
			grep -lF -- "$dir" /proc/[0-9]*/cmdline 2>/dev/null
		done
	) || :
	grep -o '/proc/[0-9]*' <<<"$found" | sort -u | while read -r pid; do
		[[ " $$ $server " == *" ${pid#/proc/} "* ]] || [ ! -e "$pid/cmdline" ] ||
			echo "process ${pid#/proc/} is left: $(tr '\0' ' ' <"$pid/cmdline")"
	done
}

left_sessions() {
	tmux -S "$JARED_TMUX_SOCKET" list-sessions -F 'session #{session_name} is left' 2>/dev/null || :
}

# left_ports FIRST LAST
left_ports() {
	local at state port
	cat /proc/net/tcp /proc/net/tcp6 | while read -r _ at _ state _; do
		[ "$state" = 0A ] || continue
		port=$((16#${at##*:}))
		[ $port -lt "$1" ] || [ $port -gt "$2" ] || echo "somebody listens on port $port"
	done
}
# left_leases FIRST: nobody has any, and the next would be the first
left_leases() {
	jared-worktree -qo id | sed 's/^/lease is left: /'
	jared-worktree -nqo ports probe | grep -vx "$1-.*" | sed 's/^/the next ports are /'
}

left_worktrees() {
	git worktree list --porcelain | sed -n 's/^worktree //p' | sed '1d; s/^/worktree is left: /'
	find .git/worktrees .worktrees -mindepth 1 -maxdepth 1 -printf 'worktree is left: %p\n' 2>/dev/null || :
	git for-each-ref --format='branch %(refname:short) is left' refs/heads | grep -vF 'branch main '
}

# left_files STATE DIR: nothing half written, no locks of git's, nothing in DIR
left_files() {
	find "$1" -path "$1/trash" -prune -o \( -name '.*' -o -name '*.tmp' -o -name '*.new' -o -name '*~' \) -printf '%p is left\n'
	find .git -path .git/jared -prune -o \( -name '*.lock' -o -name 'tmp_*' -o -name '*.tmp' -o -name '*_HEAD' -type f ! -name ORIG_HEAD \) -printf '%p is left\n'
	find "$2" -mindepth 1 -printf '%p is left\n'
}

# unbounded STATE: more run directories than attempts, more in them than so many
# attempts may write, more snapshots than are kept of a week, what was told
# already, or trash that does not go at its time
unbounded() {
	local n attempts
	attempts=$(grep -c $'\tclaim\t' "$1/journal/000001.tsv")
	n=$(find "$1/run" -mindepth 1 -maxdepth 1 -type d | wc -l)
	[ "$n" -le "$attempts" ] || echo "$n run directories of $attempts attempts"
	n=$(du -s "$1/run" | cut -f1)
	[ "$n" -le $((128 * attempts)) ] || echo "$n KB in the run directories of $attempts attempts"
	n=$(find "$1/snap" -type f | wc -l)
	[ "$n" -le $((24 * 60 + 24 * 7 + 7 + 2)) ] || echo "$n snapshots"
	[ ! -s "$1/signals" ] || sed 's/^/a signal is left: /' "$1/signals"
	n=$(date -u -d "$JARED_NOW + 15 days" +%FT%TZ)
	JARED_NOW=$n jared-clean --purge -qy >/dev/null || [ $? -eq 1 ] || echo 'purge fails'
	find "$1/trash" -mindepth 1 -maxdepth 1 -printf 'in the trash for good: %f\n'
}

# descriptors FIFO PID...: how many each of these has, the fewest seen in a while,
# for what each opens and closes again; nobody writes into the FIFO
descriptors() {
	local fifo=$1 pid fds
	local -A least=()
	shift
	for _ in {1..50}; do
		for pid; do
			fds=("/proc/$pid/fd/"*)
			[ "${least[$pid]-999}" -lt ${#fds[@]} ] || least[$pid]=${#fds[@]}
		done
		read -rt 0.02 _ <>"$fifo" || :
	done
	for pid; do echo "$pid ${least[$pid]}"; done
}

# more_descriptors BEFORE AFTER
more_descriptors() {
	awk 'NR == FNR { was[$1] = $2; next }
		$2 > was[$1] { print "descriptors of " $1 ": " was[$1] + 0 " became " $2 }' <(echo "$1") <(echo "$2")
}
