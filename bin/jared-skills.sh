#!/bin/sh
# jared-skills - put Jared's skills where agents look for them
#
# What was put where stands in .codex/skills/jared/installed; a file of the
# repository's own that has one of these names is left alone.

set -eu

self=$(readlink -f -- "$(command -v -- "$0")")
usage='usage: jared-skills [-nqhV] [-C dir] install|check
  -C, --directory DIR  work in the repository of DIR
  -n, --dry-run        write nothing, print what would be written
  -q, --quiet          print no paths
  -h, --help           print this
  -V, --version        print the version'
# shellcheck source=share/jared/tool.sh
. "${JARED_SHARE:-${self%/*}/../share/jared}/tool.sh"

dry='' quiet=''
while getopts :C:hnqV option; do
	case $option in
	C) enter "$OPTARG" ;;
	h) echo "$usage"; exit 0 ;;
	n) dry=1 ;;
	q) quiet=1 ;;
	V) echo 'jared-skills @VERSION@'; exit 0 ;;
	*) wrong "$option" "$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
case $#$* in 1install|1check) verb=$1 ;; *) misuse "wants 'install' or 'check'" ;; esac
top=$(unset GIT_DIR GIT_WORK_TREE; git -C "${JARED_ROOT:-.}" rev-parse --show-toplevel 2>/dev/null) ||
	{ say 'not a git repository'; exit 3; }
cd "$top" || exit 3
from=$share/skills
list=.codex/skills/jared/installed

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=share/jared/skills.sh
. "$share/skills.sh"
case $verb in
install)	install_skills ;;
check)	check_skills ;;
esac
