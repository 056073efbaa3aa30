load ../lib.bash
load ../work.bash
load ../crash.bash

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() {
	setup_world
	PATH=$BUILD/tests/tools:$PATH
}
teardown() { end_work; }

@test "a dispatch killed at 200 calls: cold, first half" { sweep 200 cold 0 2; }
@test "a dispatch killed at 200 calls: cold, second half" { sweep 200 cold 1 2; }
@test "a dispatch killed at 200 calls: warm, first half" { sweep 200 warm 0 2; }
@test "a dispatch killed at 200 calls: warm, second half" { sweep 200 warm 1 2; }
