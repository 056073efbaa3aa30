load lib.bash
load week.bash

# tests/long has the whole week.

setup_file() { export BATS_TEST_TIMEOUT=1800; }
setup() { setup_world; }
teardown() { touch "$BATS_TEST_TMPDIR/live/.stop"; end_tmux; }

@test "300 beats: every task ends, no start is too many, nothing is left" { week 300 7; }
