load lib.bash
load week.bash

# tests/long has the whole week.

setup_file() { export BATS_TEST_TIMEOUT=1800; }
setup() { setup_world; }
teardown() { touch "$BATS_TEST_TMPDIR/live/.stop"; end_tmux; }

@test "300 beats: every task ends, no start is too many, nothing is left" {
	# Under sanitizers each program takes many times as long.
	case $BUILD in
	*/build/*) week 60 6 ;;
	*) week 300 7 ;;
	esac
}
