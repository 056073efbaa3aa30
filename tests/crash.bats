load lib.bash
load work.bash
load crash.bash

# Two seconds for each point are plenty, but not under sanitizers on a busy machine.
setup_file() { export BATS_TEST_TIMEOUT=$((${BATS_TEST_TIMEOUT:-120} * 3)); }
setup() {
	setup_world
	PATH=$BUILD/tests/tools:$PATH
}
teardown() { end_work; }

# When the session is there and the dispatcher only waits, a supervisor is on
# its way.  A dispatch whose supervisor is not late tells when that is.
hunt() {
	local total i
	late=0 crash_at 0 warm
	total=$(cat w/count)
	for i in 20 60 -20; do
		crash_at $((total + i)) warm || return
	done
}

@test "the harness catches a late supervisor when the fence is taken away" {
	PATH=$BUILD/fault/bin:$PATH
	late=4000 unfenced=1 run -1 hunt
	echo "$output"
	# Which of the judges sees it first depends on where the next beat was.
	grep -qE 'VIOLATION at .*(running t\.1|finished work was done again|this event cannot follow)' \
	    <<<"$output"
}

@test "with the fence a late supervisor does no harm" {
	PATH=$BUILD/fault/bin:$PATH
	late=1500 run -0 hunt
}

@test "a dispatch killed at any call: cold, sampled" {
	sweep 12 cold
}

@test "a dispatch killed at any call: with a server that survives, sampled" {
	sweep 12 warm
}
