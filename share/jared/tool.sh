# shellcheck shell=sh disable=SC2154
# What the tools in sh have in common.  They source it with their own path in
# $self and with what --help prints in $usage.

export PATH="${self%/*}:${PATH:-/usr/local/bin:/usr/bin:/bin}"

say() { echo "${self##*/}: $*" >&2; }
misuse() { printf '%s\n' "$usage" >&2; exit 2; }

# The state directory; a git hook's GIT_DIR is none of our business.
find_state() {
	JARED_STATE=${JARED_STATE:-$(unset GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE
		git -C "${JARED_ROOT:-.}" rev-parse --path-format=absolute --git-common-dir)/jared} || exit 3
	export JARED_STATE
}

# For getopts long options become short ones, by the lines of $usage:
# "  -l, --loop SECONDS  ..."
for arg; do
	shift
	before=${usage%%, "${arg%%=*}" *}
	case $arg in
	--?*)	[ "$before" != "$usage" ] || misuse
		short=-${before##*-}
		case $arg in *=*) arg=$short${arg#*=} ;; *) arg=$short ;; esac ;;
	esac
	set -- "$@" "$arg"
done
