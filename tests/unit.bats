load lib.bash
load index.bash
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

@test "unit: buf" {
	"$BUILD/tests/buf"
}

@test "unit: clock" {
	"$BUILD/tests/clock"
}

@test "unit: hash" {
	"$BUILD/tests/hash"
}

@test "unit: json" {
	"$BUILD/tests/json"
}

@test "unit: num" {
	"$BUILD/tests/num"
}

@test "unit: rec" {
	"$BUILD/tests/rec"
}

@test "unit: tsv" {
	"$BUILD/tests/tsv"
}

@test "unit: utf8" {
	"$BUILD/tests/utf8"
}

@test "unit: fs" {
	mkdir empty
	"$BUILD/tests/fs" empty
}

@test "unit: lock" {
	mkdir empty
	"$BUILD/tests/lock" empty
}

@test "unit: config" {
	mkdir empty
	"$BUILD/tests/config" "$PWD/empty"
}

@test "unit: journal" {
	mkdir -m 700 state
	"$BUILD/tests/journal" "$PWD/state"
}

@test "unit: git" { "$BUILD/tests/git"; }

@test "unit: profile" { "$BUILD/tests/profile"; }

@test "unit: tmux" { "$BUILD/tests/tmux"; }

@test "unit: edit" {
	"$BUILD/tests/edit"
}

@test "unit: swap" {
	mkdir empty
	"$BUILD/tests/swap" empty
	[ "$(ls -A empty)" = a ]
}

@test "unit: front" { "$BUILD/tests/front"; }

@test "unit: graph" {
	mkdir empty
	"$BUILD/tests/graph" "$PWD/empty"
}

@test "unit: task" {
	mkdir -p tasks/workstreams/w/tasks
	"$BUILD/tests/task" "$PWD"
}

@test "unit: index" {
	indexed_repo
	rm -r .git/jared
	timeout 100 "$BUILD/tests/index" "$PWD" 400
}

@test "unit: proc" { "$BUILD/tests/proc"; }

@test "unit: osc" { "$BUILD/tests/osc"; }

@test "unit: pace" {
	mkdir empty
	"$BUILD/tests/pace" empty
}

@test "unit: mem" {
	"$BUILD/tests/mem"
}

@test "unit: plain" { "$BUILD/tests/plain"; }

@test "unit: overlap" { "$BUILD/tests/overlap"; }

@test "unit: hooklog" {
	"$BUILD/tests/hooklog"
}
