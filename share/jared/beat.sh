# shellcheck shell=sh disable=SC2154
# What jared-heartbeat does under its lock; $log is where the stages meet.

# A status that needs a person is kept to the end, a lost file too.
stage() {
	name=$1 status=0
	shift
	"$bin/$name" "$@" 9>&- || status=$?
	[ -z "$verbose" ] || say "$name: $status"
	case $status in 0|1|75) ;; 2) [ "$worst" -eq 3 ] || worst=2 ;; *) worst=3 ;; esac
}
beat() {
	status=0 worst=0
	[ -n "$dry" ] || stage jared-dispatch --reap >"$log/settled.tsv" || status=3 worst=3
	settled=$status
	[ -n "$dry" ] || [ $status -gt 1 ] || stage jared-reconcile --fix --quiet >"$log/drift.tsv" || worst=3
	[ -n "$dry" ] || [ ! -x "$bin/jared-pr" ] || stage jared-pr --quiet >"$log/pr.tsv" || worst=3
	if [ $settled -le 1 ] && [ ! -e "$JARED_STATE/pause" ] && [ ! -e "$JARED_STATE/brake" ]; then
		stage jared-queue --quiet >"$log/queue.tsv" || status=3 worst=3
		[ $status -ne 0 ] || stage jared-pick --rejects "$log/rejects.tsv" \
			<"$log/queue.tsv" >"$log/picks.tsv" || status=3 worst=3
		[ $status -ne 0 ] ||
			if [ -n "$dry" ]; then stage jared-dispatch -n
			else stage jared-dispatch >"$log/runs.tsv"
			fi <"$log/picks.tsv" || worst=3
	fi
	[ -z "$dry" ] || return 0
	stage jared-snap ${quiet:+"$quiet"}
	[ ! -s "$JARED_STATE/signals" ] || stage jared-escalate --quiet
	echo $worst >"$log/last" || worst=3
}
