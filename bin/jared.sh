#!/bin/sh
# jared - the front door: 'jared queue' runs jared-queue

set -eu

case $0 in */*) self=$0 ;; *) self=$(command -v -- "$0") ;; esac
self=$(readlink -f -- "$self")
bin=${self%/*}

tools() {
	cat <<-'END'
	init       look for tasks and agents, and write jared.yaml
	queue      list the tasks in dispatch order, and what they wait for
	pick       choose what to start now
	dispatch   start workers
	watch      show how the workers are doing
	snap       record the state of everything, and print what changed
	task       write, edit and check task files
	mark       queue, hold, park or unpark a task without touching its file
	why        tell what each stage says of a task
	heartbeat  run one round of the above
	attach     look at a worker's terminal
	log        print what a worker wrote on its terminal
	END
}

# Other jared-* programs, beside this one and on PATH; the first counts.
plugins() {
	(
		IFS=:
		for dir in $bin $PATH; do
			for file in "${dir:-.}"/jared-*; do
				name=${file##*/jared-}
				if [ -f "$file" ] && [ -x "$file" ]; then
					tools | grep -q "^$name " ||
						printf '%-10s %s\n' "$name" "$file"
				fi
			done
		done
	) | sort -u -k1,1
}

overview() {
	echo 'usage: jared COMMAND [ARGUMENT ...]'
	echo '       jared help [COMMAND]'
	echo
	tools
	others=$(plugins)
	[ -z "$others" ] || printf '\nFound besides:\n\n%s\n' "$others"
}

help() {
	for page in "${bin%/*}/share/man"/man?/"jared-$1".? "${bin%/*}/share/man"/man?/"$1".?; do
		[ -f "$page" ] || continue
		for viewer in man mandoc; do
			! command -v $viewer >/dev/null || exec $viewer "$page"
		done
	done
	command -v "jared-$1" >/dev/null || unknown "$1"
	exec "jared-$1" --help
}

unknown() {
	near=$({ tools; plugins; } |
		awk -v want="$1" -f "${JARED_SHARE:-${bin%/*}/share/jared}/nearest.awk")
	case $1 in *[![:print:]]*) set -- '?' ;; esac
	echo "jared: no command '$1'${near:+; the closest are:$near}; see 'jared help'" >&2
	exit 2
}

export PATH="$bin:${PATH:-/usr/local/bin:/usr/bin:/bin}"
command=${1-help}
[ $# -eq 0 ] || shift
case $command in
help|-h|--help)
	[ $# -eq 0 ] || help "${1#jared-}"
	overview ;;
-V|--version)	echo "jared @VERSION@" ;;
*[!a-z0-9-]*|-*|'')	unknown "$command" ;;
*)	command -v "jared-$command" >/dev/null || unknown "$command"
	exec "jared-$command" "$@" ;;
esac
