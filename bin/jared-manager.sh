#!/bin/sh
# jared-manager - a manager agent, in a session of its own on Jared's tmux server
#
# Optional: the loop and a person do without it.  Its session is called
# jared-manager, which no worker's can be; the name is what makes start
# idempotent, for tmux makes no second session of a name.

set -eu
umask 077

self=$(readlink -f -- "$(command -v -- "$0")")
usage='usage: jared-manager [-FhV] [-C dir] start|ensure [command ...]
       jared-manager [-FhV] [-C dir] attach|pause|resume|status|stop
  -C, --directory DIR  work in the repository of DIR
  -F, --force          also from inside a worker
  -h, --help           print this
  -V, --version        print the version'
# shellcheck source=share/jared/tool.sh
. "${JARED_SHARE:-${self%/*}/../share/jared}/tool.sh"

options() {
	OPTIND=1
	while getopts :C:FhV option; do
		case $option in
		C) enter "$OPTARG" ;;
		F) force=-F ;;
		h) echo "$usage"; exit 0 ;;
		V) echo 'jared-manager @VERSION@'; exit 0 ;;
		*) wrong "$option" "$OPTARG" ;;
		esac
	done
}
options "$@"
shift $((OPTIND - 1))
verb=${1-}
[ $# -eq 0 ] || shift
# Behind the verb too: that is where those who use the older names put them.
options "$@"
shift $((OPTIND - 1))
case $verb,$# in
start,*|ensure,*|attach,0|pause,0|resume,0|status,0|stop,0) ;;
*) misuse 'wants one of: start, ensure, attach, pause, resume, status, stop' ;;
esac
[ "$verb" = status ] || refuse_worker
case $verb in pause|resume) exec "$bin/jared-heartbeat" $force "$verb" ;; esac
# The socket's directory is made with it, and known to be ours.
make_state
socket=$("$bin/jared-watch" --tmux-socket) || exit
# Whoever starts the server gives it its environment.
on() { env -i HOME="${HOME:-/}" PATH="$PATH" LC_ALL=C tmux -u -S "$socket" -f "$share/tmux.conf" "$@"; }
runs() { on has-session -t =jared-manager 2>/dev/null; }
lives() { [ "$(on list-panes -t =jared-manager: -F '#{pane_dead}' 2>/dev/null)" = 0 ]; }

start() {
	# One whose agent has ended stands in the way of the next.
	! runs || on kill-session -t =jared-manager
	# shellcheck disable=SC2086
	[ $# -gt 0 ] || set -- ${JARED_MANAGER-}
	[ $# -gt 0 ] || for agent in codex claude; do
		! command -v $agent >/dev/null || { set -- $agent; break; }
	done
	[ $# -gt 0 ] || { say 'no agent: neither codex nor claude is on PATH; name a command'; exit 3; }
	command -v "$1" >/dev/null || { say "no program '$1'"; exit 3; }
	{ sed '1,/^---$/{/^---$/!d}; /^---$/,/^---$/d' "$share/skills/task-manager/SKILL.md"
	echo; echo 'Begin with a round now. You are in the repository.'; } >"$JARED_STATE/playbook.md"
	# shellcheck disable=SC2016
	on new-session -d -s jared-manager -- env HOME="${HOME:-/}" PATH="$bin:$PATH" \
		USER="${USER-}" LOGNAME="${LOGNAME-}" LANG="${LANG-}" sh -c \
		'cd -- "$1" || exit; book=$2; shift 2; exec "$@" "$(cat -- "$book")"' \
		sh "${JARED_ROOT:-$PWD}" "$JARED_STATE/playbook.md" "$@"
}

none() { say "no manager${1-}"; exit 1; }
case $verb in
status)	lives || none; echo runs ;;
attach)	runs || none '; jared-manager start starts one'; attach -t =jared-manager ;;
stop)	runs || none; on kill-session -t =jared-manager ;;
*)	! lives || { [ "$verb" = ensure ] || say 'it runs already'; exit 0; }
	start "$@" ;;
esac
