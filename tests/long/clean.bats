load ../lib.bash

# 1,000 generated cases, and a race more often than in real life.

setup_file() { export BATS_TEST_TIMEOUT=7200; }
setup() {
	setup_world
	git config --file "$HOME/.gitconfig" core.fsync none
}

@test "850 generated cases: nothing is lost, and 95 of 100 that are finished go" {
	python3 "$BATS_TEST_DIRNAME/../cleancases.py" . 850 100 >out || { cat out; return 1; }
	tail -n1 out | sed 's/^/# /' >&3
}

@test "150 generated races: nothing is lost" {
	PATH=$BUILD/fault/bin:$PATH python3 "$BATS_TEST_DIRNAME/../cleancases.py" . 150 900 --race >out || { cat out; return 1; }
	tail -n1 out | sed 's/^/# /' >&3
}

@test "killed at 200 points while it takes something away, and brings it back" {
	POINTS=200 BATS_TEST_TIMEOUT=7200 run -0 bats -f 'killed anywhere' "$BATS_TEST_DIRNAME/../clean.bats"
}
