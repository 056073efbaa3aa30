load ../lib.bash
load ../week.bash

setup_file() { export BATS_TEST_TIMEOUT=14400; }
setup() { setup_world; }
teardown() { touch "$BATS_TEST_TMPDIR/live/.stop"; end_tmux; }

@test "a week, 10080 beats: every task ends, no start is too many, nothing is left" { week 10080 210; }
