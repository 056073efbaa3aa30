#!/bin/sh
# need.sh [-n] build|run|check|check-long|check-agents|lint|bench - see to what this part of the project
# needs: on Debian missing packages are installed, elsewhere they are named.
# -n only says what is missing, and fails if something is.

set -eu

dry=''
wish=''
[ "${1-}" != -n ] || { dry=1; shift; }

# What for, the Debian package, what shows that it is there.  The tests do
# without 'maybe' where it cannot be installed.
table() {
	cat <<-END
	build	gcc		command ${CC:-cc}
	build	libc6-dev	header stdio.h
	build	libyaml-dev	header yaml.h
	run	git		command git
	run	tmux		command tmux
	run	jq		command jq
	run	util-linux	command flock
	check	bats		command bats
	check	strace		command strace
	check	procps		command ps
	check	bsdutils	command script
	check	bsdextrautils	command col
	check	mandoc		command mandoc
	check	python3		command python3
	bench	python3		command python3
	fuzz	clang-14	command clang-14
	fuzz	libclang-rt-14-dev	fuzzer clang-14
	maybe	parallel	command parallel
	agents	npm		command npm
	agents	iproute2	command ip
	lint	shellcheck	command shellcheck
	lint	mandoc		command mandoc
	END
}

have() {
	case $1 in
	command) command -v "$2" ;;
	fuzzer)	echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		"$2" -fsanitize=fuzzer,address -x c -o /dev/null - ;;
	header)	echo "#include <$2>" | "${CC:-cc}" -E - ;;
	esac >/dev/null 2>&1
}

# missing KIND...: the packages, each with a blank before it
missing() {
	table | while read -r kind package how what _; do
		case " $* " in *" $kind "*) ;; *) continue ;; esac
		have "$how" "$what" || printf ' %s' "$package"
	done
}

case ${1-} in
build)	set -- build ;;
run)	set -- build run ;;
check)	set -- build run check; wish=maybe ;;
check-long)	set -- build run check fuzz; wish=maybe ;;
lint)	set -- build lint ;;
bench)	set -- build run bench ;;
check-agents)	set -- build run check agents ;;
*)	echo "usage: need.sh [-n] build|run|check|check-long|check-agents|lint|bench" >&2; exit 2 ;;
esac

if [ -n "$dry" ] || ! command -v apt-get >/dev/null; then
	lack=$(missing "$@")
	[ -n "$lack" ] || exit 0
	echo "missing, by the names of Debian's packages:$lack" >&2
	! command -v apt-get >/dev/null ||
		echo "install them: apt-get install --no-install-recommends$lack" >&2
	exit 3
fi

lack=$(missing "$@" $wish)
[ -n "$lack" ] || exit 0
install="apt-get install -y --no-install-recommends$lack"
as=''
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "as root, run: $install" >&2; exit 3; }
	as=sudo
fi
echo "installing what is missing:$lack"
export DEBIAN_FRONTEND=noninteractive
# A fresh system has no package lists, an old one may have stale ones.
# shellcheck disable=SC2086  # words
$as $install >/dev/null 2>&1 || { $as apt-get update -qq && $as $install >/dev/null; }
lack=$(missing "$@")
[ -z "$lack" ] || { echo "still missing:$lack" >&2; exit 3; }
