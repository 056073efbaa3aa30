load ../lib.bash
load ../work.bash
load ../index.bash

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() {
	setup_world
	export JARED_NOW=2026-11-22T10:00:00Z
}
teardown() { end_work; }

@test "an edit in the same tick is seen by the next run, a thousand times" {
	race_edits 1000
}

@test "an edit while the index is made is seen by the next run, a thousand times" {
	race_snaps 1000
}

@test "random edits: the same answers with the index as without" {
	indexed_repo
	for seed in 2 3 4 5 6 7 8 9 10 11; do
		python3 "$BATS_TEST_DIRNAME/../edits.py" tasks/workstreams/main/tasks 100 $seed
	done
}

@test "an index of bytes at random does no harm" {
	indexed_repo
	rm -r .git/jared
	"$BUILD/tests/index" "$PWD" 20000
}
