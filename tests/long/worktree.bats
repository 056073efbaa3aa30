load ../lib.bash
load ../work.bash
load ../pairs.bash

setup_file() { export BATS_TEST_TIMEOUT=3600; }
setup() { setup_world; }
teardown() { end_work; }

@test "two worktrees made at one moment never share a port: five hundred rounds" { pairs 500; }

@test "a worker commits a thousand times while it is watched: none fails" { commits 1000; }
