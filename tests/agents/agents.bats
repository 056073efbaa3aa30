load ../lib.bash

# Real agents under Jared, from dispatch to watch; see check.sh.

setup_file() {
	node "$BATS_TEST_DIRNAME/mock.js" -p 8123 >/dev/null 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/mock"
}

teardown_file() { kill "$(cat "$BATS_FILE_TMPDIR/mock")"; }

setup() {
	setup_world
	export LANG=C.UTF-8 MOCK_KEY=dummy
	export ANTHROPIC_BASE_URL=http://127.0.0.1:8123
	export ANTHROPIC_API_KEY=sk-ant-dummy-key-000000000000000000000000
	export DISABLE_TELEMETRY=1 DISABLE_ERROR_REPORTING=1
	new_repo
	echo 'pass_env: [MOCK_KEY, DISABLE_TELEMETRY, DISABLE_ERROR_REPORTING]' >jared.yaml
	echo 'start_timeout: 120s' >>jared.yaml
	echo "/jared.yaml" >.gitignore
	git add -A && git commit -qm "Ignore"
}

teardown() {
	[ -z "${BATS_TEST_COMPLETED-}" ] && shown || :
	end_tmux
}

# What everybody's panes show.
shown() {
	jared-watch -a -j
	tail -n3 .git/jared/run/*/status .git/jared/run/*/hooks
	for s in $(tmux -S "$JARED_TMUX_SOCKET" list-sessions -F '#S'); do
		tmux -S "$JARED_TMUX_SOCKET" capture-pane -p -t "=$s:" | grep -v '^ *$' | tail -n 25
	done
}

# claude_home [trusted]: what a person has set up who has used it before
claude_home() {
	local trust=
	[ $# -eq 0 ] || trust="\"$PWD\":{\"hasTrustDialogAccepted\":true}"
	printf '{"hasCompletedOnboarding":true,"theme":"dark","hasSeenAutoDefaultNotice":true,"customApiKeyResponses":{"approved":["00000000000000000000"],"rejected":[]},"projects":{%s}}\n' \
	    "$trust" >"$HOME/.claude.json"
}

codex_home() {
	mkdir -p "$HOME/.codex"
	cat >"$HOME/.codex/config.toml" <<-'END'
	model = "mock-model"
	model_provider = "mock"
	check_for_update_on_startup = false
	[analytics]
	enabled = false
	[model_providers.mock]
	name = "mock"
	base_url = "http://127.0.0.1:8123/v1"
	wire_api = "responses"
	env_key = "MOCK_KEY"
	request_max_retries = 2
	stream_max_retries = 2
	END
	[ $# -eq 0 ] || printf '[projects."%s"]\ntrust_level = "trusted"\n' "$PWD" >>"$HOME/.codex/config.toml"
}

# start AGENT MODE ID SCRIPT: a task whose text is the script of the model
start() {
	task "$3"
	printf '%s\n' "$4" >>"tasks/workstreams/main/tasks/$3.md"
	git add -A && git commit -qm "$3"
	JARED_AGENT=$1 JARED_MODE=$2 jared-dispatch -q "$3" >/dev/null
}

# says STATE REASON [ID]: wait until jared-watch says so
says() {
	is() { [[ $(jared-watch -o state,reason "$3") == "$1	"$2 ]]; }
	wait_for 90 is "$1" "$2" "${3-t}"
}

# stays STATE REASON: it says so for some seconds
stays() {
	local end=$((SECONDS + 5))
	while [ $SECONDS -lt $end ]; do
		[[ $(jared-watch -o state,reason t) == "$1	"$2 ]] || return 1
		sleep 0.3
	done
}

# key KEY...: a person at the terminal
key() { tmux -S "$JARED_TMUX_SOCKET" send-keys -t "=jared-t-1:" "$@"; }

# by EVIDENCE...: it is known by one of these
by() { [[ " $* " == *" $(jared-watch -o evidence t) "* ]]; }

# typed TEXT: that person writes it and sends it off
typed() {
	key -l "$1"
	sleep 1
	key Enter
}

# text_turn AGENT EVIDENCE...: a turn of words alone is working, then idle
text_turn() {
	start "$1" interactive t '[[slow 8 one two three four five six seven]]'
	shift
	says working '*'
	stays working '*' || :
	says idle '*'
	by "$@"
	stays idle '*'
}

# approved: it waits until a person says yes, works, and comes to its end
approved() {
	says waiting permission
	stays waiting permission
	key Enter
	says working '*'
	stays working '*'
	says idle '*'
}

# interrupted: a turn that a person ends is idle
interrupted() {
	typed '[[slow 30 a b c d e f g h i j]]'
	says working '*'
	sleep 2
	key Escape
	says idle '*'
}

# untrusted AGENT: it waits at the dialog, which nobody answers
untrusted() {
	start "$1" interactive t '[[say hi]]'
	says waiting trust
	stays waiting trust
}

# committed STATE: what a commit of its own looks like
committed() { [ "$(jared-watch -o ahead,state t)" = "$(tsv 1 "$1")" ]; }

# next_turn AGENT LINE: two lines and a task for the model are sent to one at its
# prompt, and it does that; they stand in ../text
next_turn() {
	start "$1" interactive t '[[say hi]]'
	says idle '*'
	printf '%s\n' 'first; line' "$2" \
	    '[[bash echo hi >f && git add f && git commit -qm work ;; say Done.]]' >../text
	jared-send -t ../text t
	wait_for 90 taken
	wait_for 90 committed idle
}

# goes_on AGENT: a headless one is run again for what was sent meanwhile
goes_on() {
	start "$1" headless t '[[slow 6 one two three]]'
	says working '*'
	jared-send t '[[bash echo hi >f && git add f && git commit -qm work ;; say Done.]]'
	wait_for 90 jared-watch -q -s exited t
	[ "$(jared-send -l -o state,why)" = "$(tsv taken resumed)" ]
	[ "$(jared-watch -o exit,ahead,attempt t)" = "$(tsv 0 1 1)" ]
}

# fails AGENT: an error of its model ends a headless one, and is its reason
fails() {
	start "$1" headless t '[[error 400]]'
	wait_for 90 jared-watch -q -s exited t
	[ "$(jared-watch -o exit,reason t)" = "$(tsv 1 error)" ]
}

# taken: all messages were
taken() { [ "$(jared-send -l -o state | sort -u)" = taken ]; }

# No home but the worker's was used, and only loopback.
alone() {
	[ "$(grep -c : /proc/net/dev)" -eq 1 ]
}

@test "claude: a text turn is working, then idle" {
	claude_home trusted
	# Older releases do not answer in OSC 7501.
	text_turn claude osc7501 status-file
	alone
}

@test "claude: a permission prompt waits, an approved tool works, and nobody answers but a person" {
	claude_home trusted
	start claude interactive t '[[bash python3 -c "import time; time.sleep(9)" ;; say Done.]]'
	approved
}

@test "claude: denied, interrupted and failed turns are idle" {
	claude_home trusted
	start claude interactive t '[[bash python3 -c "print(1)" ;; say Done.]]'
	says waiting permission
	sleep 1
	key Escape
	says idle '*'
	interrupted
	sleep 1
	key C-u
	typed '[[error 400]]'
	says idle error
}

@test "claude: the trust dialog is waiting for trust, and is not answered" {
	claude_home
	untrusted claude
	run ! grep -q hasTrustDialogAccepted\":true "$HOME/.claude.json"
}

@test "claude: without a login it waits for one" {
	claude_home trusted
	unset ANTHROPIC_API_KEY
	start claude interactive t '[[say hi]]'
	says waiting login
}

@test "claude: headless it commits and reports, and its hooks are heard" {
	claude_home trusted
	start claude headless t '[[bash echo hi >f && git add f && git commit -qm work ;; bash '"$BUILD"'/bin/jared report done all of it ;; say Done.]]'
	wait_for 90 jared-watch -q -s exited t
	[ "$(jared-watch -o exit,ahead t)" = "$(tsv 0 1)" ]
	[ "$(cat .git/jared/run/t.1/report)" = 'done all of it' ]
	cut -f2,3 .git/jared/run/t.1/hooks | grep -qx "$(tsv UserPromptSubmit working)"
	cut -f2,3 .git/jared/run/t.1/hooks | grep -qx "$(tsv Stop idle)"
	# The person's own configuration has none of them.
	run ! grep -qs jared-hook "$HOME"/.claude.json "$HOME"/.claude/settings*.json
}

@test "claude: a headless API error is an exit that says error" {
	claude_home trusted
	fails claude
}

@test "claude: what is sent to one at its prompt is its next turn, also over many lines" {
	claude_home trusted
	next_turn claude '  -second "line"'
	# It came whole: so it stands in the session that the agent keeps.
	cat "$HOME"/.claude/projects/*/*.jsonl >../sessions
	[ "$(jq -rn --rawfile text ../text '[inputs | .message? | objects | .content |
	    if type == "string" then . else (.[]? | .text? // empty) end] |
	    map(select(. == ($text | rtrimstr("\n")))) | length' ../sessions)" -ge 1 ]
	# Of a TAB it would make blanks.
	run -1 jared-send -w 60s -o state,why t $'a\ttab'
	[ "$output" = "$(tsv refused tab)" ]
}

@test "claude: a headless one goes on with what was sent to it, in the same session" {
	claude_home trusted
	goes_on claude
	[ "$(ls "$HOME"/.claude/projects/*/*.jsonl | wc -l)" = 1 ]
}

@test "codex: a text turn is working, then idle" {
	codex_home trusted
	text_turn codex osc7501
}

@test "codex: a permission prompt waits, an approved tool works, a denied one and an interrupted turn are idle" {
	codex_home trusted
	start codex interactive t '[[tool exec_command {"cmd":"sleep 9","sandbox_permissions":"require_escalated","justification":"Allow the mock?"} ;; say Done.]]'
	approved
	typed '[[tool exec_command {"cmd":"touch ../o","sandbox_permissions":"require_escalated","justification":"Allow?"} ;; say Done.]]'
	says waiting permission
	sleep 1
	key Escape
	says idle '*'
	interrupted
}

@test "codex: a failed turn is idle by error" {
	codex_home trusted
	start codex interactive t '[[error 400]]'
	says idle error
}

@test "codex: the trust dialog is waiting for trust, and is not answered" {
	codex_home
	untrusted codex
	run ! grep -q trusted "$HOME/.codex/config.toml"
}

@test "codex: headless it commits in its worktree, from inside its sandbox, and reports" {
	codex_home trusted
	start codex headless t '[[bash echo hi >f && git add f && git commit -qm work && '"$BUILD"'/bin/jared report done ;; say Done.]]'
	wait_for 90 jared-watch -q -s exited t
	[ "$(jared-watch -o exit,ahead t)" = "$(tsv 0 1)" ]
	[ "$(cat .git/jared/run/t.1/report)" = 'done' ]
	# Not because there is no sandbox; what is below TMPDIR is open in it.
	out=$TMPDIR.outside
	start codex headless u "[[bash echo hi >$out; echo hi >inside ;; say Done.]]"
	wait_for 90 jared-watch -q -s exited u
	[ -e .worktrees/u/inside ]
	[ ! -e "$out" ] || { rm "$out"; return 1; }
}

@test "codex: what is sent to one at its prompt is its next turn, also over many lines" {
	codex_home trusted
	next_turn codex '-second "line"'
	find "$HOME/.codex/sessions" -name '*.jsonl' -exec cat {} + >../sessions
	jq -rn --rawfile text ../text 'first(inputs | .payload? | .. | strings |
	    select(. == ($text | rtrimstr("\n"))))' ../sessions | grep -q second
}

@test "codex: a headless one goes on with what was sent to it, in the same session" {
	codex_home trusted
	goes_on codex
	[ "$(find "$HOME/.codex/sessions" -name '*.jsonl' | wc -l)" = 1 ]
}

@test "codex: a headless API error is an exit that says error" {
	codex_home trusted
	fails codex
}
