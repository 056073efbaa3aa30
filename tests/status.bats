load lib.bash
load work.bash

# What the supervisor says of its agent: by the agent's own reports, and
# whether anything goes forward.

setup() { setup_world; traces=$BATS_TEST_DIRNAME/fixtures/agents/traces; }
teardown() { end_work; }

# --- the recordings, in this process ---

@test "a recorded session tells the same cut at every byte, and what a search for reports finds" {
	"$BUILD/tests/osc" "$traces/codex.raw" >told
	grep -aoP '\e\]7501;state=\K[^\e\a]*' "$traces/codex.raw" |
	    sed 's/:app=codex//; s/:kind=/ /; s/^/report /' >want
	grep '^report' told >reports
	[ "$(wc -l <want)" -ge 20 ]
	same want reports
	# Nothing else of it is lost either.
	[ "$(grep -c '^title' told)" = "$(grep -aoP '\e\][02];[^\e\a]*' "$traces/codex.raw" | wc -l)" ]
}
