#!/bin/sh
# jared-heartbeat - one beat: settle, reconcile, queue, pick, dispatch, snap, escalate
#
# Stages meet in files, not in a pipe: POSIX sh has no pipefail, and the files
# are the log of the beat.  The lock is descriptor 9, which no stage is given, so
# that nothing that a beat starts can hold it.

set -eu
umask 077

self=$0
case $self in /*) [ ! -L "$self" ] ;; *) false ;; esac || self=$(readlink -f -- "$(command -v -- "$0")")
usage='usage: jared-heartbeat [-hnqvV] [-C dir] [-l seconds]
       jared-heartbeat [-F] [-C dir] pause [why ...] | resume
  -C, --directory DIR  work in the repository of DIR
  -F, --force          pause and resume also from inside a worker
  -l, --loop SECONDS   beat again and again, with so long between
  -n, --dry-run        settle and start nothing, say what would be started
  -q, --quiet          do not print what changed
  -v, --verbose        tell the exit status of every stage
  -h, --help           print this
  -V, --version        print the version'
# shellcheck source=share/jared/tool.sh
. "${JARED_SHARE:-${self%/*}/../share/jared}/tool.sh"

loop='' dry='' quiet='' verbose=''
while getopts :C:Fhl:nqvV option; do
	case $option in
	C) enter "$OPTARG" ;;
	F) force=-F ;;
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
case ${1-} in
'')	[ $# -eq 0 ] || misuse "takes no ''" ;;
pause|resume)
	# shellcheck source=share/jared/pause.sh
	. "$share/pause.sh"
	pause "$@" ;;
*)	misuse "takes no '$*'" ;;
esac

make_state
log=$JARED_STATE/beat
[ -d "$log" ] || mkdir -p "$log" || exit 3

# shellcheck source=share/jared/beat.sh
. "$share/beat.sh"

while :; do
	worst=0 locked=0
	# Without 'command' dash would end here, saying nothing that helps.
	command exec 9>>"$JARED_STATE/lock/beat" || { say 'cannot open lock/beat'; exit 3; }
	flock -n -E 75 9 || locked=$?
	case $locked in
	0)	beat ;;
	75)	say 'skipped: beat lock is held' ;;
	*)	say "the lock cannot be taken: status $locked"; worst=3 ;;
	esac
	exec 9>&-
	[ -n "$loop" ] || exit $worst
	[ $worst -eq 0 ] || say "a person must act; the next beat comes in $loop s"
	sleep "$loop"
done
