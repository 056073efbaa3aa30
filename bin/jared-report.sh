#!/bin/sh
# jared-report - say how it goes with the task; for workers
#
# Appends a line to the file that the supervisor and watchers read.  One write,
# so that two reports at once are two lines.

set -eu

self=$(readlink -f -- "$(command -v -- "$0")")
usage='usage: jared-report [-hV] state [text ...]
  state: done, idle, waiting or working
  -h, --help     print this
  -V, --version  print the version'
# Behind the state all is text, also what looks like an option.
n=$# state=${1-} line=$*
case $state in -*) ;; *) set -- ;; esac
# shellcheck source=share/jared/tool.sh
. "${JARED_SHARE:-${self%/*}/../share/jared}/tool.sh"

while getopts :hV option; do
	case $option in
	h) echo "$usage"; exit 0 ;;
	V) echo 'jared-report @VERSION@'; exit 0 ;;
	*) wrong "$option" "$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
case $state in -*) n=$# state=${1-} line=$* ;; esac
[ "$n" -gt 0 ] || misuse 'no state given'
case $state in
done|idle|waiting|working) ;;
*) misuse "bad state '$(printf %s "$state" | tr -d '[:cntrl:]')', valid: done, idle, waiting, working" ;;
esac

[ -n "${JARED_STATUS-}" ] || { say 'this is no worker: JARED_STATUS is not set'; exit 3; }
# A report is one line, and readers look at the last 4 kB only.
line=$(printf %s "$line" | LC_ALL=C tr '[:cntrl:]' ' ' | LC_ALL=C cut -b 1-2000)
# A line that somebody left without its end must not swallow this one.
[ ! -s "$JARED_STATUS" ] || [ -z "$(tail -c 1 -- "$JARED_STATUS")" ] || line="
$line"
{ printf '%s\n' "$line" >>"$JARED_STATUS"; } 2>/dev/null ||
	{ say "cannot write '$JARED_STATUS'"; exit 3; }
