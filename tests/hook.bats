load lib.bash

# jared-hook: what agents' own hooks tell.

setup() {
	setup_world
	PATH=$BUILD/libexec/jared:$PATH
	mkdir d
}

# told: the last line without its time
told() { tail -n1 d/hooks | cut -f2-; }

@test "an event becomes a line: event, state, reason, session, transcript, text" {
	run -0 jared-hook d PermissionRequest waiting permission tool_name <<-'END'
	{"session_id":"s-1","transcript_path":"/t/x.jsonl","tool_name":"Bash","tool_input":{"a":[1,{"b":"}"}]}}
	END
	[ -z "$output" ]
	[ "$(told)" = "$(tsv PermissionRequest waiting permission s-1 /t/x.jsonl Bash)" ]
	[[ $(cut -f1 d/hooks) == 20??-??-??T??:??:??Z ]]
	[ "$(stat -c %a d/hooks)" = 600 ]
}

@test "an event without a state, or with -, tells none" {
	jared-hook d SessionStart <<<'{"sessionId":"s-2"}'
	[ "$(told)" = "$(tsv SessionStart - - s-2 - -)" ]
	jared-hook d Note - - message <<<'{"message":"hi"}'
	[ "$(told)" = "$(tsv Note - - - - hi)" ]
}

@test "whatever its input, it prints nothing, ends with 0 and writes one line" {
	n=0
	for input in '' '{' '[]' 'null' '{"session_id":1}' '{"session_id":"a' '{"a":{"b":[[[[' \
	    '{"session_id":"a","session_id":"b"}' $'{"session_id":"\xff"}' '{"session_id":"\ud800"}' \
	    '{"session_id":"'"$(printf '%9999s' | tr ' ' x)"'"}' $'{\n "session_id" :\n "s"\n}\n'; do
		run -0 jared-hook d E working turn message <<<"$input"
		[ -z "$output" ]
		[ "$(wc -l <d/hooks)" -eq $((n += 1)) ]
		[ "$(told | awk -F'\t' '{ print NF }')" -eq 6 ]
	done
	[ "$(told)" = "$(tsv E working turn s - -)" ]
}

@test "a huge payload is read to its end and told by its beginning" {
	{ printf '{"session_id":"s","tool_input":{"content":"'; head -c 3000000 /dev/zero | tr '\0' x; printf '"}}'; } >big
	run -0 jared-hook d PreToolUse working turn tool_name <big
	[ "$(told)" = "$(tsv PreToolUse working turn s - -)" ]
	run -0 bash -o pipefail -c 'cat big | jared-hook d PreToolUse working'
}

@test "an input that never ends does not hold the agent up" {
	mkfifo p
	sleep 30 >p 3>&- &
	SECONDS=0
	run -0 jared-hook d Stop idle <p
	kill $!
	[ $SECONDS -lt 15 ]
	[ "$(told)" = "$(tsv Stop idle - - - -)" ]
}

@test "text with tabs, lines and escapes stays in its field" {
	jared-hook d Stop idle done m <<<'{"m":"a\tb\nc\\\u001b[31m"}'
	[ "$(wc -l <d/hooks)" -eq 1 ]
	[ "$(told)" = "$(tsv Stop idle 'done' - - 'a\tb\nc\\'$'\x1b[31m')" ]
}

@test "long words are cut between characters, and the line stays one write" {
	long=$(printf 'é%.0s' {1..3000})
	jared-hook d Stop idle done m <<<'{"m":"'"$long"'","session_id":"'"$long"'","transcript_path":"'"$long"'"}'
	[ "$(wc -c <d/hooks)" -lt 4096 ]
	iconv -f UTF-8 -t UTF-8 d/hooks >/dev/null
	ASAN_OPTIONS=detect_leaks=0 run -0 strace -f -e trace=write -o trace jared-hook d Stop idle </dev/null
	[ "$(grep -c 'write(' trace)" -eq 1 ]
}

@test "without a directory, without words, on a full or read-only place: silence and 0" {
	run -0 jared-hook /nonexistent Stop idle </dev/null
	[ -z "$output" ]
	run -0 jared-hook
	[ -z "$output" ]
	run -0 jared-hook d
	[ -z "$output" ]
	ln -s /etc/passwd d/hooks
	run -0 jared-hook d Stop idle </dev/null
	[ -z "$output" ]
	rm d/hooks
	mkfifo d/hooks
	run -0 jared-hook d Stop idle </dev/null
	[ -z "$output" ]
}

@test "many at once each leave a whole line" {
	hooks=()
	for i in {1..40}; do
		jared-hook d "E$i" working turn </dev/null 3>&- &
		hooks+=($!)
	done
	wait "${hooks[@]}"
	[ "$(wc -l <d/hooks)" -eq 40 ]
	[ "$(awk -F'\t' 'NF == 7' d/hooks | wc -l)" -eq 40 ]
}

@test "help and version are printed when they are asked for" {
	run -0 jared-hook --help
	[[ $output == "usage: jared-hook DIR EVENT"* ]]
	run -0 jared-hook -V
	[[ $output == "jared-hook "* ]]
}
