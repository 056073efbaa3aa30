#!/bin/sh
# check.sh DIR [bats-option...] - run the real agents, as npm has them now, against a model service
# that is a script (mock.js), where there is no network but loopback.  They are
# installed in DIR; HOME is not touched.  BUILD names the tree that is tested.

set -eu

dir=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
for tool in npm unshare ip bats; do
	command -v $tool >/dev/null || { echo "check-agents: no $tool" >&2; exit 3; }
done
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

# The newest Claude Code wants a newer Node than Debian's; npm has that too.
if [ ! -x "$dir/node_modules/.bin/claude" ] || [ ! -x "$dir/node_modules/.bin/codex" ]; then
	[ -e "$dir/package.json" ] || echo '{ "private": true }' >"$dir/package.json"
	(cd "$dir" && npm install --no-audit --no-fund --loglevel=error --cache "$dir/npm" \
		node@22 @anthropic-ai/claude-code @openai/codex)
	rm -rf "$dir/npm"
fi
PATH=$dir/node_modules/.bin:$PATH
echo "claude $(HOME=$dir claude --version), $(HOME=$dir codex --version), node $(node --version)"

# Not below /tmp, where Codex does without some of its helpers.
TMPDIR=$(mktemp -d /var/tmp/jared.XXXXXX)
trap 'rm -rf "$TMPDIR"' EXIT
export PATH TMPDIR
status=0
[ "$(id -u)" -eq 0 ] && user= || user=-r
# What any of them writes in the home directory of who runs this goes into "home".
mkdir "$TMPDIR/home" "$TMPDIR/spare"
# shellcheck disable=SC2016,SC2086
unshare -n -m $user sh -c '
	ip link set lo up
	[ "$(grep -c : /proc/net/dev)" -eq 1 ] || { echo "check-agents: not alone" >&2; exit 3; }
	mount -t overlay overlay -o "lowerdir=$HOME,upperdir=$TMPDIR/home,workdir=$TMPDIR/spare" "$HOME" ||
		{ echo "check-agents: cannot watch $HOME" >&2; exit 3; }
	: >"$HOME/.jared-check" && [ -e "$TMPDIR/home/.jared-check" ] && rm "$HOME/.jared-check" ||
		{ echo "check-agents: what is written in $HOME is not seen" >&2; exit 3; }
	BUILD=$1; shift; export BUILD; bats "$@"' sh "$BUILD" "$@" "$here" || status=$?

if find "$TMPDIR/home" ! -type d | grep . >&2; then
	echo "check-agents: written in $HOME" >&2
	status=1
fi
exit $status
