load lib.bash
setup() { setup_world; }

# A program of C checks for each module that is pure or close to the kernel.

@test "every unit program is run here" {
	for source in "$BATS_TEST_DIRNAME"/unit/*.c; do
		name=${source##*/}
		grep -qF "\"unit: ${name%.c}\"" "$BATS_TEST_FILENAME" || {
			echo "not run: $name"
			return 1
		}
	done
}

@test "unit: config" {
	mkdir empty
	"$BUILD/tests/config" "$PWD/empty"
}

@test "unit: journal" {
	mkdir -m 700 state
	"$BUILD/tests/journal" "$PWD/state"
}
