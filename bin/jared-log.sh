#!/bin/sh
# jared-log - print what a worker wrote on its terminal

set -eu

self=$(readlink -f -- "$(command -v -- "$0")")
export PATH="${self%/*}:${PATH:-/usr/local/bin:/usr/bin:/bin}"
die() { status=$1; shift; echo "jared-log: $*" >&2; exit "$status"; }
usage='usage: jared-log [-fhrV] [-C directory] [-c lines] id'

for arg; do
	shift
	case $arg in
	--directory) arg=-C ;;	--directory=*) arg=-C${arg#*=} ;;
	--count) arg=-c ;;	--count=*) arg=-c${arg#*=} ;;
	--follow) arg=-f ;;	--raw) arg=-r ;;
	--help) arg=-h ;;	--version) arg=-V ;;
	esac
	set -- "$@" "$arg"
done
lines='' follow='' raw=''
while getopts :C:c:fhrV option; do
	case $option in
	C) cd -- "$OPTARG" || exit 3; unset JARED_ROOT ;;
	c) lines=$OPTARG ;;
	f) follow=1 ;;
	h) echo "$usage"; exit 0 ;;
	r) raw=1 ;;
	V) echo 'jared-log @VERSION@'; exit 0 ;;
	*) echo "$usage" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
case $lines in *[!0-9]*) set -- ;; esac
[ $# -eq 1 ] || { echo "$usage" >&2; exit 2; }

tab=$(printf '\t')
record=$(jared-watch -a -o id,attempt,pid -- "$1") || exit
IFS=$tab read -r id attempt pid <<-END
	$record
END
state=${JARED_STATE:-$(unset GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE
	git -C "${JARED_ROOT:-.}" rev-parse --path-format=absolute --git-common-dir)/jared} || exit 3
log=$state/run/$id.$attempt/log
[ -e "$log" ] || die 1 "attempt $attempt of $id has no log"

text() {
	if [ -n "$follow" ] && [ "$pid" != - ]; then
		tail -n "${lines:-10}" -F --pid="$pid" -- "$log" 2>/dev/null
		return
	fi
	[ ! -e "$log.1" ] || set -- "$log.1"
	cat -- "$@" "$log" | tail -n "${lines:-+1}"
}

if [ -n "$raw" ]; then
	text
	exit
fi
# Sequences go; of what a carriage return overwrote the last version stays;
# other controls, C1 and the marks that turn the direction of text become '?'.
text | LC_ALL=C sed -u '
	s/\x1b\[[0-?]*[ -\/]*[@-~]//g
	s/\x1b[]PX^_][^\x07\x1b]*\(\x07\|\x1b\\\)//g
	s/\x1b[ -\/]*[0-~]//g
	s/\r*$//; s/.*\r//
	s/[\x00-\x08\x0b-\x1f\x7f]/?/g
	s/\xc2[\x80-\x9f]\|\xe2\x80[\x8e\x8f\xaa-\xae]\|\xe2\x81[\xa6-\xa9]\|\xd8\x9c/?/g'
