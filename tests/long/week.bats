load ../lib.bash

setup_file() { export BATS_TEST_TIMEOUT=14400; }
setup() { setup_world; }
teardown() { touch "$BATS_TEST_TMPDIR/live/.stop"; end_tmux; }

@test "a week, 10080 beats: every task ends, no start is too many, nothing is left" {
	bash "$BATS_TEST_DIRNAME/../week.bash" 10080 210 >figures 3>&- || { cat figures; return 1; }
	sed 's/^/# /' figures >&3
}
