load lib.bash

# How the tests themselves are run: check.sh and need.sh.

setup() {
	setup_world
	tests=$BATS_TEST_DIRNAME
	mkdir build bin
	ln -s "$(command -v cat)" bin
}

# suite TEST...: run check.sh on a file of these tests, with no bats around it
suite() {
	printf '%s\n' "$@" >suite.bats
	run env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$HOME" BUILD="$PWD/build" CHECK_JOBS=1 BATS_TEST_TIMEOUT=5 \
		sh "$tests/check.sh" suite.bats 3>&-
}

@test "the last line counts what passed and failed" {
	suite '@test "a" { true; }' '@test "b" { true; }'
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "2 passed, 0 failed" ]
	suite '@test "a" { true; }' '@test "b" { false; }' '@test "c" { skip; }'
	[ "$status" -ne 0 ]
	[ "${lines[-1]}" = "1 passed, 1 failed, 1 skipped" ]
}

@test "a test that never came back counts as failed" {
	suite '@test "a" { true; }' '@test "b" { kill -9 $$; }' '@test "c" { true; }'
	[ "$status" -ne 0 ]
	[ "${lines[-1]}" = "2 passed, 1 failed" ]
}

@test "a file that is no test is a failure" {
	suite '@test "a" {'
	[ "$status" -ne 0 ]
	[[ ${lines[-1]} == "0 passed, "[1-9]*" failed" ]]
}

# fake NAME [SCRIPT]: a program of that name
fake() { printf '#!/bin/sh\n%s\n' "${2-}" >"bin/$1"; chmod 755 "bin/$1"; }

# need ARGUMENT...: need.sh on a system that has nothing but fakes
need() { run --separate-stderr env -i PATH="$PWD/bin" /bin/sh "$tests/need.sh" "$@"; }

# A compiler that knows the headers in $1.
compiler() {
	fake cc "read -r line
		case '$1' in *\"\${line#*<}\"*) exit 0 ;; esac
		exit 1"
}

@test "nothing is said when nothing is missing" {
	compiler 'stdio.h> yaml.h>'
	for tool in git tmux jq flock; do fake $tool; done
	need run
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}

@test "where there is no apt-get the packages are named" {
	compiler 'stdio.h>'
	for tool in git jq flock; do fake $tool; done
	need run
	[ "$status" -eq 3 ]
	[ "$stderr" = "missing, by the names of Debian's packages: libyaml-dev tmux" ]
}

@test "what the tests can do without is no reason to stop" {
	compiler 'stdio.h> yaml.h>'
	for tool in git tmux jq flock bats strace ps script col mandoc python3; do fake $tool; done
	need check
	[ "$status" -eq 0 ]
}

@test "-n says what is missing and how to install it, and installs nothing" {
	fake apt-get 'echo "$@" >>apt.log'
	need -n build
	[ "$status" -eq 3 ]
	[[ $stderr == *"gcc libc6-dev libyaml-dev"*"apt-get install"*"gcc libc6-dev libyaml-dev" ]]
	[ ! -e apt.log ]
}

@test "on Debian root installs what is missing, in one go, and checks that it came" {
	fake id 'echo 0'
	fake apt-get "echo \"\$@\" >>apt.log
		printf '#!/bin/sh\n' >bin/cc; printf '#!/bin/sh\n' >bin/git
		/bin/chmod 755 bin/cc bin/git; /bin/cp bin/git bin/tmux; /bin/cp bin/git bin/jq; /bin/cp bin/git bin/flock"
	need run
	[ "$status" -eq 0 ]
	[ "$output" = "installing what is missing: gcc libc6-dev libyaml-dev git tmux jq util-linux" ]
	[ "$(cat apt.log)" = "install -y --no-install-recommends gcc libc6-dev libyaml-dev git tmux jq util-linux" ]
	rm bin/tmux
	fake apt-get 'exit 0'
	need run
	[ "$status" -eq 3 ]
	[ "$stderr" = "still missing: tmux" ]
}

@test "others are told the command, or use sudo" {
	fake id 'echo 1000'
	fake apt-get "echo \"apt-get \$@\" >>apt.log"
	need build
	[ "$status" -eq 3 ]
	[[ $stderr == "as root, run: apt-get install "*"gcc libc6-dev libyaml-dev" ]]
	[ ! -e apt.log ]
	fake sudo 'echo sudo >>apt.log; exec "$@"'
	need build
	[ "$(head -n 1 apt.log)" = sudo ]
}

@test "make says what to install before the first error of a compiler" {
	run -2 --separate-stderr make -s -C "$tests/.." B="$PWD/b" CC=no-such-cc
	[[ ${stderr_lines[0]} == "missing, by the names of Debian's packages:"*gcc* ]]
}

@test "a directory is its files, those that take long first; a file that is not there is a failure" {
	mkdir suite
	echo '@test "quick" { true; }' >suite/a.bats
	printf '%s\n' 'setup_file() { export BATS_TEST_TIMEOUT=60; }' '@test "slow" { true; }' >suite/z.bats
	run env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$HOME" BUILD="$PWD/build" CHECK_JOBS=1 sh "$tests/check.sh" suite 3>&-
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == "ok 1 slow in "*ms && ${lines[2]} == "ok 2 quick in "*ms ]]
	[ "${lines[-1]}" = "2 passed, 0 failed" ]
	run env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$HOME" BUILD="$PWD/build" CHECK_JOBS=1 sh "$tests/check.sh" suite/a.bats suite/no.bats 3>&-
	[ "$status" -ne 0 ]
}
