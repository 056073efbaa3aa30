load ../lib.bash
load ../work.bash
load ../kill.bash

setup_file() { export BATS_TEST_TIMEOUT=1200; }
setup() { setup_world; }
teardown() { end_work; }

@test "a hundred rounds of forced reuse of pids: no stranger is signalled" {
	reuse_rounds 100
}
