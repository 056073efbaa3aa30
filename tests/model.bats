load lib.bash

# The model that other tests judge journals by must itself be able to say no.

setup() {
	setup_world
	seq=0
	: >journal
}

# rec ID ATTEMPT EVENT: one more record
rec() { tsv $((++seq)) 2026-11-22T00:00:00Z 12345678:1 "$1" "$2" "$3" k=v 0123abcd >>journal; }
model() { awk -v cap="${cap-}" -f "$BATS_TEST_DIRNAME/journal.awk" journal; }

@test "model: a whole life is valid" {
	rec a 1 claim; rec a 1 released
	rec a 2 claim; rec a 2 running; rec a 2 interrupted; rec a 2 unpark
	rec a 3 claim; rec a 3 running; rec a 3 exited; rec a 3 landed
	run -0 model
	[ "$output" = "3 claims, 2 starts, at most 1 at once" ]
}

@test "model: a second claim while one is open is a breach" {
	rec a 1 claim; rec a 1 running; rec a 2 claim
	run -1 model
	[ "$output" = "3: claim a.2: while 1 is running" ]
}

@test "model: a start after the release is a breach" {
	rec a 1 claim; rec a 1 released; rec a 1 running
	run -1 model
	[[ $output == *"running a.1: was released"* ]]
}

@test "model: a start of an older attempt is a breach" {
	rec a 1 claim; rec a 1 released; rec a 2 claim; rec a 1 running
	run -1 model
	[[ $output == *"running a.1: the newest is 2"* ]]
}

@test "model: two starts of one attempt are a breach" {
	rec a 1 claim; rec a 1 running; rec a 1 running
	run -1 model
}

@test "model: an exit without a start is a breach" {
	rec a 1 claim; rec a 1 exited
	run -1 model
}

@test "model: an attempt number used twice is a breach" {
	rec a 1 claim; rec a 1 released; rec a 1 claim
	run -1 model
	[[ $output == *"claim a.1: after 1"* ]]
}

@test "model: more places than there are is a breach, at the record that does it" {
	rec a 1 claim; rec b 1 claim; rec c 1 claim; rec a 1 released
	cap=2 run -1 model
	[ "$output" = "3: claim c.1: 3 places are taken" ]
	cap=3 run -0 model
}

@test "model: a gap in the sequence is a breach" {
	rec a 1 claim; seq=5; rec a 1 released
	run -1 model
	[[ $output == *"sequence is 6"* ]]
}

@test "model: a torn line is a breach" {
	rec a 1 claim; printf '2\tx' >>journal
	run -1 model
	[[ $output == *"not a record"* ]]
}
