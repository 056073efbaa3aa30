load lib.bash
setup() { setup_world; }
teardown() { end_tmux; }

# after COMMAND: what the demo shows below that command
after() {
	awk -v line="\$ $1" '$0 == line { on = 1; next } on && /^(\$ |$)/ { exit } on' demo.out
}

@test "the demo lands all that can land, and can be removed" {
	mkdir "with space"
	TMPDIR="$PWD/with space" "$BUILD/share/jared/demo/run.sh" >demo.out 2>demo.err </dev/null 3>&- ||
		{ cat demo.out demo.err; return 1; }
	start='jared queue -q | jared pick -q | jared dispatch'
	[ "$(after "$start" | cut -f1)" = "garden
letterbox
survey" ]
	[ "$(after "${start/pick -q/pick}")" = "(exit status 1)" ]
	grep -qx 'jared-pick: well: cap: 3 of 3 running' demo.err
	[ "$(after "jared queue -qj | jq -c 'select(.priority==\"p0\")' | jared pick -q | jared dispatch --dry-run" | cut -f1)" = survey ]
	[ "$(after 'jared queue -q -s waiting,held,parked,exited,invalid' | cut -f1,10)" = $'fence\tcycle:fence>gate>fence\ngate\tcycle:fence>gate>fence\nshed\tinvalid:yaml' ]
	grep -q $'^wiring\t1\texited\t7\t' demo.out

	cd "with space/"jared-demo.*
	[ "$(jared-queue -q -s landed -o id | wc -l)" -eq 13 ]
	[ "$(jared-watch -a -o attempt wiring)" = 2 ]
	[ "$(cat built/letterbox)" = "made by letterbox.1" ]
	[ "$(git rev-list --merges HEAD | wc -l)" -eq 13 ]
	jared-log wiring | grep -q 'step 3 of 3'

	cd "$BATS_TEST_TMPDIR"
	bash -euc "$(sed '1,/^Remove everything/d' demo.out)"
	[ -z "$(ls "with space")" ]
	wait_for 5 eval '! tmux -S "$JARED_TMUX_SOCKET" ls'
}
