load ../lib.bash

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() { setup_world; }

@test "an edit changes its value alone: all values, three kinds of line ends, half a million cases" {
	python3 "$BATS_TEST_DIRNAME/../gen-tasks.py" -n 1000 --bad 50 --cycles 3 --out gen >/dev/null
	run -0 --separate-stderr bash -o pipefail -c 'find "$1" gen -name "*.md" -print0 | sort -z |
		xargs -0 "$BUILD/tests/edit" |
		awk "{ n += \$1; no += \$3 } END { print n, \"cases,\", no, \"refused\" }"' - "$BATS_TEST_DIRNAME/../fixtures/backlog-md/backlog"
	echo "# $output" >&3
	[[ $output =~ ^([0-9]+)\ cases,\ 0\ refused$ ]]
	[ "${BASH_REMATCH[1]}" -ge 500000 ]
}

# races DIR: the tool against a person, at moments all over its run
races() {
	mkdir -p "$1"/tasks
	printf -- '---\nstatus: ready\n---\n' >"$1/tasks/a.md"
	export JARED_ROOT=$1 JARED_LAYOUT=flat
	"$BUILD/tests/tools/racer" "$1/tasks/a.md" "$2" jared-task -q set a priority=p1 >out 2>err
	cat out err
	# Each way of saving met the tool before, within and after its work.
	! grep -E ': 0 as|, 0 edited' out
	[ "$(grep -c 'somebody else is writing it' err)" -gt 10 ]
	[ "$(ls -A "$1/tasks")" = a.md ]
}

@test "a person who saves at the same moment loses nothing: 1,000 races on a disk" {
	races "$PWD/r" 1000
}

@test "a person who saves at the same moment loses nothing: 4,000 races in memory" {
	shm=$(mktemp -d /dev/shm/jared.XXXXXX)
	trap 'rm -rf "$shm"' EXIT
	races "$shm" 4000
}

@test "an editor that saves as fast as it can loses nothing: 20,000 saves" {
	mkdir empty
	"$BUILD/tests/swap" empty 20000 >out
	echo "# $(cat out)" >&3
	[ "$(ls -A empty)" = a ]
}
