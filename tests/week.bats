load lib.bash
load whole.bash

# tests/long has the whole week.

setup_file() { export BATS_TEST_TIMEOUT=1800; }
setup() { setup_world; }
teardown() { mkdir -p "$BATS_TEST_TMPDIR/live"; touch "$BATS_TEST_TMPDIR/live/.stop"; end_tmux; }

@test "300 beats: every task ends, no start is too many, nothing is left" {
	# Under sanitizers each program takes many times as long.
	case $BUILD in
	*/build/*) set -- 60 6 ;;
	*) set -- 300 7 ;;
	esac
	bash "$BATS_TEST_DIRNAME/week.bash" "$@" >figures 3>&- || { cat figures; return 1; }
	sed 's/^/# /' figures >&3
}
