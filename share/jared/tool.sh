# shellcheck shell=sh disable=SC2034,SC2154
# What the tools in sh have in common.  They source it with their own path in
# $self and with what --help prints in $usage.

# PATH keeps its order: workers get it, and theirs is not ours to change.
bin=${self%/*}
share=${JARED_SHARE:-$bin/../share/jared}
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}"

say() { echo "${self##*/}: $*" >&2; }
misuse() { say "$*"; printf '%s\n' "$usage" >&2; exit 2; }
# What getopts found wrong, and what it found it at.
wrong() { case $1 in :) misuse "option -$2 needs a value" ;; *) misuse "no option -$2" ;; esac; }

# What starts, ends or decides is not for a worker to do, unless -F sets $force.
force=''
refuse_worker() {
	[ -z "${JARED_ATTEMPT-}" ] || [ -n "$force" ] || {
		say 'refused inside a worker (JARED_ATTEMPT is set); --force does it all the same'
		exit 1
	}
}

# -C; cd itself would look along CDPATH.
enter() { CDPATH='' cd -- "$1" 2>/dev/null || { say "cannot enter '$1'"; exit 3; }; unset JARED_ROOT; }

# The state directory; a git hook's GIT_DIR is none of our business, and what
# git warns about is no part of a path.
git_dir() {
	(unset GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE
	exec git -C "${JARED_ROOT:-.}" rev-parse --path-format=absolute --git-common-dir)
}
# In a main checkout it is found without a child.
find_state() {
	top=''
	[ -n "${JARED_STATE-}${JARED_ROOT-}" ] || ! cd -P . || top=$PWD
	while [ -n "$top" ] && [ ! -e "$top/.git" ]; do top=${top%/*}; done
	[ -z "$top" ] || [ ! -e "$top/.git/HEAD" ] || JARED_STATE=$top/.git/jared
	JARED_STATE=${JARED_STATE:-$(git_dir 2>/dev/null)/jared} || {
		why=$(git_dir 2>&1) || say "${why#fatal: }"
		exit 3
	}
	export JARED_STATE
}

# The same, made where there is none, which only the tools know how to do.
make_state() {
	find_state
	[ -d "$JARED_STATE/lock" ] || "$bin/jared-dispatch" --reap || exit
}

# Show a session of Jared's tmux server here; "$@" is for tmux.
attach() {
	if ! [ -t 0 ] || ! [ -t 1 ]; then
		misuse 'standard input and output must be a terminal'
	fi
	socket=$("$bin/jared-watch" --tmux-socket) || exit
	unset TMUX    # this is another server
	exec tmux -u -S "$socket" attach-session "$@"
}

# For getopts long options become short ones, by the lines of $usage:
# "  -l, --loop SECONDS  ..."; what stands behind -- is not ours
rest=''
for arg; do
	shift
	[ "$arg" != -- ] || rest=.
	before=${usage%%, "${arg%%=*}" *}
	case $rest$arg in
	--?*)	[ "$before" != "$usage" ] || misuse "no option $arg"
		short=-${before##*-}
		case $arg in *=*) arg=$short${arg#*=} ;; *) arg=$short ;; esac ;;
	esac
	set -- "$@" "$arg"
done
