load ../lib.bash

# Each target for ten minutes (FUZZ_SECONDS), with address and undefined
# behaviour sanitizers.  A finding stays in build/fuzz/found; once it is
# understood it goes into tests/fuzz/corpus.

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() {
	setup_world
	fuzz=$BUILD/fuzz/tests/fuzz
	found=$BUILD/fuzz/found
	mkdir -p "$found"
}

fuzz() {
	mkdir new
	"$fuzz/$1" -max_total_time="${FUZZ_SECONDS:-600}" -max_len=8192 -timeout=1 \
		-artifact_prefix="$found/$1-" new "$BATS_TEST_DIRNAME/../fuzz/corpus/$1" >log 2>&1 || {
		tail -40 log
		return 1
	}
	echo "# $1: $(tail -1 log)" >&3
	# Nor is what was found slow.
	"$BUILD/tests/fuzz/$1" new
}

@test "every target is run here" {
	for source in "$BATS_TEST_DIRNAME"/../fuzz/*.c; do
		name=$(basename "$source" .c)
		[ "$name" = replay ] || grep -qx "@test \"fuzz: $name\" { fuzz $name; }" "$BATS_TEST_FILENAME"
	done
}

@test "fuzz: front" { fuzz front; }
@test "fuzz: edit" { fuzz edit; }
@test "fuzz: tsv" { fuzz tsv; }
@test "fuzz: json" { fuzz json; }
@test "fuzz: osc" { fuzz osc; }
@test "fuzz: index" { fuzz index; }
@test "fuzz: legible" { fuzz legible; }
