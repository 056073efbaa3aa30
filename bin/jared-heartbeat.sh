#!/bin/sh
# jared-heartbeat - one beat: settle, queue, pick, dispatch, snap
#
# Stages meet in files, not in a pipe: POSIX sh has no pipefail, and the files
# are the log of the beat.  flock keeps the lock to itself (-o), so nothing
# that a beat starts can hold it; under it this script runs anew as 'locked'.

set -eu
umask 077

self=$(readlink -f -- "$(command -v -- "$0")")
usage='usage: jared-heartbeat [-hnqvV] [-C dir] [-l seconds]
  -C, --directory DIR  work in the repository of DIR
  -l, --loop SECONDS   beat again and again, with so long between
  -n, --dry-run        settle and start nothing, say what would be started
  -q, --quiet          do not print what changed
  -v, --verbose        tell the exit status of every stage
  -h, --help           print this
  -V, --version        print the version'
# shellcheck source=share/jared/tool.sh
. "${JARED_SHARE:-${self%/*}/../share/jared}/tool.sh"

loop='' dry='' quiet='' verbose=''
while getopts :C:hl:nqvV option; do
	case $option in
	C) enter "$OPTARG" ;;
	h) echo "$usage"; exit 0 ;;
	l) loop=$OPTARG ;;
	n) dry=-n ;;
	q) quiet=-q ;;
	v) verbose=-v ;;
	V) echo 'jared-heartbeat @VERSION@'; exit 0 ;;
	*) wrong "$option" "$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
case $loop in *[!0-9]*|0*) misuse "bad number of seconds '$loop'" ;; esac
case $* in ''|locked) ;; *) misuse "takes no '$*'" ;; esac

if [ $# -eq 0 ]; then
	find_state
	# Only the tools know how to make a state directory.
	[ -d "$JARED_STATE/lock" ] || "$bin/jared-dispatch" --reap || exit
	while :; do
		status=0
		flock -n -o -E 75 "$JARED_STATE/lock/beat" /bin/sh "$self" \
			${dry:+"$dry"} ${quiet:+"$quiet"} ${verbose:+"$verbose"} locked || status=$?
		case $status in
		0|2|3)	;;
		75)	status=0; say 'skipped: beat lock is held' ;;
		*)	say "the beat was lost: status $status"; status=3 ;;
		esac
		[ -n "$loop" ] || exit $status
		[ $status -eq 0 ] || say "a person must act; the next beat comes in $loop s"
		sleep "$loop"
	done
fi

# A status that needs a person is kept to the end, a lost file too.
status=0 worst=0
stage() {
	name=$1 status=0
	shift
	"$bin/$name" "$@" || status=$?
	[ -z "$verbose" ] || say "$name: $status"
	case $status in 0|1|75) ;; 2) [ $worst -eq 3 ] || worst=2 ;; *) worst=3 ;; esac
}
beat=$JARED_STATE/beat; mkdir -p "$beat"
[ -n "$dry" ] || stage jared-dispatch --reap >"$beat/settled.tsv" || status=3 worst=3
if [ $status -le 1 ] && [ ! -e "$JARED_STATE/pause" ] && [ ! -e "$JARED_STATE/brake" ]; then
	stage jared-queue --quiet >"$beat/queue.tsv" || status=3 worst=3
	[ $status -ne 0 ] || stage jared-pick --rejects "$beat/rejects.tsv" \
		<"$beat/queue.tsv" >"$beat/picks.tsv" || status=3 worst=3
	[ $status -ne 0 ] ||
		if [ -n "$dry" ]; then stage jared-dispatch -n
		else stage jared-dispatch >"$beat/runs.tsv"
		fi <"$beat/picks.tsv" || status=3 worst=3
fi
[ -n "$dry" ] || stage jared-snap ${quiet:+"$quiet"}
exit $worst
