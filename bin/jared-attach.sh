#!/bin/sh
# jared-attach - look at a worker's terminal, and type there

set -eu

self=$(readlink -f -- "$(command -v -- "$0")")
export PATH="${self%/*}:${PATH:-/usr/local/bin:/usr/bin:/bin}"
die() { status=$1; shift; echo "jared-attach: $*" >&2; exit "$status"; }
usage='usage: jared-attach [-hrV] [-C directory] [id]'

for arg; do
	shift
	case $arg in
	--directory) arg=-C ;;	--directory=*) arg=-C${arg#*=} ;;
	--read-only) arg=-r ;;
	--help) arg=-h ;;	--version) arg=-V ;;
	esac
	set -- "$@" "$arg"
done
readonly=''
while getopts :C:hrV option; do
	case $option in
	C) cd -- "$OPTARG" || exit 3; unset JARED_ROOT ;;
	h) echo "$usage"; exit 0 ;;
	r) readonly=-r ;;
	V) echo 'jared-attach @VERSION@'; exit 0 ;;
	*) echo "$usage" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || { echo "$usage" >&2; exit 2; }

# Those that have a pane; without a name the lone one that lives.
tab=$(printf '\t')
records=$(jared-watch -a -o id,attempt,state,pane -- "$@") || exit
found=$(printf '%s\n' "$records" | grep -v "$tab-\$") || die 1 "no worker${1:+ of $1} has a terminal"
[ $# -eq 1 ] || found=$(printf '%s\n' "$found" |
	grep -vE "$tab(exited|killed|interrupted|released)$tab") || die 1 'no worker is at work; name one that has ended'
case $found in *"
"*)
	printf '%s\n' "$found" | cut -f1-3 >&2
	die 1 'name one of these' ;;
esac
IFS=$tab read -r id attempt _ <<-END
	$found
END
socket=$(jared-watch --tmux-socket) || exit
unset TMUX    # this is another server
exec tmux -u -S "$socket" attach-session ${readonly:+"$readonly"} -t "=jared-$id-$attempt"
