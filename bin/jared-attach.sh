#!/bin/sh
# jared-attach - look at a worker's terminal

set -eu

self=$(readlink -f -- "$(command -v -- "$0")")
usage='usage: jared-attach [-hrV] [-C dir] [id]
  -C, --directory DIR  work in the repository of DIR
  -r, --read-only      only look
  -h, --help           print this
  -V, --version        print the version'
# shellcheck source=share/jared/tool.sh
. "${JARED_SHARE:-${self%/*}/../share/jared}/tool.sh"

readonly=''
while getopts :C:hrV option; do
	case $option in
	C) enter "$OPTARG" ;;
	h) echo "$usage"; exit 0 ;;
	r) readonly=-r ;;
	V) echo 'jared-attach @VERSION@'; exit 0 ;;
	*) wrong "$option" "$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || misuse 'name one task, behind the options'

# Those that have a pane; without a name the lone one that lives.
tab=$(printf '\t')
records=$("$bin/jared-watch" -a -o id,attempt,state,pane -- "$@") || exit
found=$(printf '%s\n' "$records" | grep -v "$tab-\$") ||
	{ say "no worker${1:+ of $1} has a terminal"; exit 1; }
[ $# -eq 1 ] || found=$(printf '%s\n' "$found" |
	grep -vE "$tab(exited|killed|interrupted|released)$tab") ||
	{ say 'no worker is at work; name one that has ended'; exit 1; }
case $found in *"
"*)
	printf '%s\n' "$found" | cut -f1-3 >&2
	say 'name one of these'
	exit 1 ;;
esac
IFS=$tab read -r id attempt _ <<-END
	$found
END
attach ${readonly:+"$readonly"} -t "=jared-$id-$attempt"
