#!/bin/sh
# jared - the front door: 'jared queue' runs jared-queue

set -eu

self=$(readlink -f -- "$(command -v -- "$0")")
bin=${self%/*}
share=${JARED_SHARE:-${bin%/*}/share/jared}

tools() { cat -- "$share/tools" || exit 3; }

# Other jared-* programs, beside this one and on PATH; the first counts.
plugins() {
	(
		IFS=:
		for dir in $bin $PATH; do
			for file in "${dir:-.}"/jared-*; do
				name=${file##*/jared-}
				if [ -f "$file" ] && [ -x "$file" ] && ! tools | grep -q "^$name "; then
					printf '%-10s %s\n' "$name" "$file"
				fi
			done
		done
	) | sort -u -k1,1
}

overview() {
	printf 'usage: jared COMMAND [ARGUMENT ...]\n       jared help [COMMAND]\n\n'
	tools
	printf '\nFirst: jared init; jared queue | jared pick | jared dispatch; jared status\n'
	others=$(plugins)
	[ -z "$others" ] || printf '\nFound besides:\n\n%s\n' "$others"
}

# Ours beside this one goes before one on PATH, whose order stays.
run() {
	program=$bin/jared-$1
	[ -x "$program" ] || program=$(command -v "jared-$1") || unknown "$1"
	shift
	exec "$program" "$@"
}

help() {
	case $1 in pause|resume) set -- heartbeat ;; esac
	for page in "${bin%/*}/share/man"/man?/"jared-$1".? "${bin%/*}/share/man"/man?/"$1".?; do
		[ -f "$page" ] || continue
		! command -v man >/dev/null || exec man "$page"
		command -v mandoc >/dev/null || break
		[ ! -t 1 ] || exec mandoc -a "$page"
		mandoc -T ascii "$page" | sed "s/.$(printf '\b')//g"; exit
	done
	run "$1" --help
}

unknown() {
	near=$({ tools; plugins; echo help; } |
		awk -v want="$1" -f "$share/nearest.awk")
	case $1 in *[![:print:]]*) set -- '?' ;; esac
	echo "jared: no command '$1'${near:+; the closest are:$near}; see 'jared help'" >&2
	exit 2
}

export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}"
command=${1-help}
[ $# -eq 0 ] || shift
case $command in
help|-h|--help)	[ $# -eq 0 ] || help "${1#jared-}"; overview ;;
-V|--version)	echo "jared @VERSION@" ;;
*[!a-z0-9-]*|-*|'')	unknown "$command" ;;
pause|resume)	run heartbeat "$command" "$@" ;;
*)	run "$command" "$@" ;;
esac
