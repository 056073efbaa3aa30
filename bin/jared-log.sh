#!/bin/sh
# jared-log - print what a worker wrote on its terminal

set -eu

self=$(readlink -f -- "$(command -v -- "$0")")
usage='usage: jared-log [-fhrV] [-c lines] [-C dir] id
  -c, --count LINES    only so many lines from the end
  -C, --directory DIR  work in the repository of DIR
  -f, --follow         go on with what is written, until the worker ends
  -r, --raw            the bytes as they are
  -h, --help           print this
  -V, --version        print the version'
# shellcheck source=share/jared/tool.sh
. "${JARED_SHARE:-${self%/*}/../share/jared}/tool.sh"

lines='' follow='' raw=''
while getopts :C:c:fhrV option; do
	case $option in
	C) enter "$OPTARG" ;;
	c) lines=$OPTARG ;;
	f) follow=1 ;;
	h) echo "$usage"; exit 0 ;;
	r) raw=1 ;;
	V) echo 'jared-log @VERSION@'; exit 0 ;;
	*) wrong "$option" "$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || misuse 'name one task, behind the options'
case $lines in *[!0-9]*) misuse "bad count '$lines'" ;; esac

# One that is about to start is waited for when its log is to be followed.
while :; do
	record=$("$bin/jared-watch" -a -o id,attempt,state,pid -- "$1") || exit
	IFS=$(printf '\t') read -r id attempt state pid <<-END
		$record
	END
	case $follow,$state,$pid in 1,claimed,-|1,starting,-) sleep 0.2 ;; *) break ;; esac
done
find_state
log=$JARED_STATE/run/$id.$attempt/log
[ -e "$log" ] || { say "attempt $attempt of $id has no log"; exit 1; }

[ -n "$follow" ] || [ -s "$log" ] || [ -e "$log.1" ] ||
	{ say "attempt $attempt of $id has written nothing"; exit 1; }

# So that it can be read, and cannot drive the terminal that it is read on.
legible() {
	if [ -n "$raw" ]; then cat
	else "${JARED_LIBEXEC:-$bin/../libexec/jared}/jared-legible" "$@"; fi
}

if [ -n "$follow" ] && [ "$pid" != - ]; then
	tail -n "${lines:-10}" -F --pid="$pid" -- "$log" 2>/dev/null | legible -f
	exit
fi
set -- "$log"
[ ! -e "$log.1" ] || set -- "$log.1" "$log"
cat -- "$@" | legible | tail -n "${lines:-+1}"
