load lib.bash
setup() { setup_world; }

# The rules of jared-records(5), seen through jared-pick, which reads and writes
# queue records in both formats.

rec() { tsv "$1" "${2-ready}" p1 ready main - - 60 0 - - - f 0 "${3-Title}"; }

# refused MESSAGE [COMMAND]: the file `in` is refused with that message, and
# nothing is written.
refused() {
	run -3 --separate-stderr ${2-jared-pick} <in
	[ -z "$output" ] || { echo "wrote: $output"; return 1; }
	[ "$stderr" = "jared-pick: standard input:$1" ] || { echo "$stderr"; return 1; }
}

# on_terminal COLUMNS COMMAND: what it shows on a terminal of that width
on_terminal() {
	run -0 script -qec "stty cols $1 -opost; $2" /dev/null
}

# --- TSV ---

@test "a record without its LF is refused with its line" {
	{ rec a; printf 'b\tready'; } >in
	refused "2: truncated record"
	rec a | head -c -1 >in
	refused "1: truncated record"
}

@test "CR LF lines are refused, not misread" {
	rec a | sed 's/$/\r/' >in
	refused "1: carriage return"
}

@test "a NUL is refused" {
	{ rec a; printf 'b\0\n'; } >in
	refused "2: NUL byte"
}

@test "a line of more than a megabyte is refused, one of less is not" {
	rec a ready "$(printf '%1048000s' x)" >in
	jared-pick -o id <in
	rec a ready "$(printf '%1048600s' x)" >in
	refused "1: record longer than 1048576 bytes"
}

@test "more than 64 fields are refused" {
	{ rec a | tr '\n' '\t'; seq -s$'\t' 49; } >in
	jared-pick -o id <in
	{ rec a | tr '\n' '\t'; seq -s$'\t' 50; } >in
	refused "1: too many fields"
}

@test "escapes that jq does not write are refused" {
	for bad in '\q' 'x\' '\u0041' '\-x' '\"' '\0' 'a\\\'; do
		rec a ready "$bad" >in
		refused "1: bad escape" || { echo "$bad"; return 1; }
	done
}

@test "too few columns are refused, more are ignored" {
	tsv a ready >in
	refused "1: 2 columns where a queue record has 15"
	echo >in
	refused "1: 1 columns where a queue record has 15"
	rec a | sed 's/$/\tnew\t-/' >in
	jared-pick <in >got
	rec a >want
	same want got
}

@test "an empty field is read as absent and never written" {
	printf 'a\tready\t\t\t\t\t\t\t\t\t\t\t\t\t\n' | jared-pick >got
	tsv a ready - - - - - - - - - - - - - >want
	same want got
}

@test "the text - is not the absent value" {
	rec a ready '\-' >in
	[ "$(jared-pick -j <in | jq -r .title)" = - ]
	rec a ready - >in
	[ "$(jared-pick -j <in | jq -r .title)" = null ]
}

@test "an id outside the grammar is refused" {
	for bad in A a_b a.b a:b 'a b' -a é ../a "$(printf 'a%.0s' $(seq 121))"; do
		rec "$bad" >in
		refused "1: bad id '$bad'" || return 1
	done
	rec - >in
	refused "1: no id"
	rec "$(printf 'a%.0s' $(seq 120))" >in
	jared-pick -o state <in
}

@test "an unknown state is refused" {
	for bad in wip Ready READY 'ready ' in_progress working; do
		rec a "$bad" >in
		refused "1: bad state '$bad'" || return 1
	done
	rec a - >in
	refused "1: no state"
}

@test "a number that is none is refused" {
	for bad in x -1 1.5 1e3 9999999999999999999 ' 1'; do
		rec a | awk -F'\t' -v OFS='\t' -v n="$bad" '{ $8 = n; print }' >in
		refused "1: bad age '$bad'" || return 1
	done
}

@test "a diagnostic cannot drive the terminal" {
	rec a $'\033]52;c;eA==\a' >in
	run -3 --separate-stderr jared-pick <in
	[[ $stderr != *$'\033'* && $stderr == *"bad state '?]52;c;eA==?'" ]]
}

@test "nothing is written when a later record is bad" {
	{ rec a; rec b; rec c; echo torn; } >in
	run -3 --separate-stderr jared-pick <in
	[ -z "$output" ]
}

@test "records of another kind are named as what they are" {
	tsv a 1 working 2026-11-22T10:00:00Z - sh - 7 %1 b 0 0 - - 8100-8199 w 3 T >in
	refused "1: a run record where a queue record is needed"
	tsv a cap cap '3 of 3 running' T >in
	refused "1: a reject record where a queue record is needed"
	tsv a queue state ready running 2026-11-22T10:00:00Z T >in
	refused "1: a change record where a queue record is needed"
	echo '{"id":"a","attempt":1,"state":"exited","since":null,"signals":[],"agent":"sh","exit":"0","pid":1,"pane":null,"branch":"b","ahead":0,"dirty":0,"pr":null,"ci":null,"ports":null,"worktree":"w","last":3,"title":"T","evidence":"lock"}' >in
	refused "1: a run record where a queue record is needed"
	rec a >in
	run -3 --separate-stderr "$BUILD/tests/rec" -t run <in
	[[ $stderr == *":1: a queue record where a run record is needed" ]]
}

# --- JSON Lines ---

json() { printf '%s\n' "$1" >in; }

@test "bad JSON is refused with the place" {
	json '{"id":"a","state":"ready"'
	refused "1: byte 26: the object does not end on its line"
	json '{"id":"a","state":"ready",}'
	refused "1: byte 27: no key"
	json '{"id":"a","state":"ready"} {}'
	refused "1: byte 28: text after the object"
	json '{"id":"a","id":"b","state":"ready"}'
	refused "1: byte 15: duplicate key"
	json '{"id":"a","state":"ready","title":"\ud800"}'
	refused "1: byte 42: lone surrogate"
	json '{"id":"a","state":"ready","title":"x\u0000y"}'
	refused "1: byte 43: \\u0000"
	json '{"id":"a","state":"ready","x":{"y":1}}'
	refused "1: byte 31: nested too deep"
	json '{"id":"a","state":"ready","x":[[1]]}'
	refused "1: byte 32: nested too deep"
	json $'{"id":"a","state":"ready","title":"\t"}'
	refused "1: byte 36: control character in a string"
	json $'{"id":"a","state":"ready","title":"\xc0\x80"}'
	refused "1: byte 36: invalid UTF-8"
	json '{"id":"a","state":"ready","age":01}'
	refused "1: byte 33: bad number"
}

@test "an object spread over lines is refused" {
	rec a | jared-pick -j | jq . >in
	refused "1: byte 2: the object does not end on its line"
}

@test "after JSON only JSON, after TSV only TSV" {
	{ rec a | jared-pick -j; rec b; } >in
	refused "2: byte 1: no object"
	{ rec b; rec a | jared-pick -j; } >in
	refused "2: 1 columns where a queue record has 15"
	{ rec a | jared-pick -j; echo; } >in
	refused "2: byte 1: the object does not end on its line"
}

@test "JSON in CR LF lines is refused" {
	rec a | jared-pick -j | sed 's/$/\r/' >in
	refused "1: carriage return"
}

@test "a missing or bad member is named" {
	json '{"state":"ready"}'
	refused "1: no id"
	json '{}'
	refused "1: no id"
	json '{"id":null,"state":"ready"}'
	refused "1: no id"
	json '{"id":"a","title":"T"}'
	refused "1: no state"
	json '{"id":"A","state":"ready"}'
	refused "1: bad id 'A'"
	json '{"id":"a","state":"wip"}'
	refused "1: bad state 'wip'"
}

@test "a value of another type is refused" {
	for bad in '"id":7' '"id":"a","state":true' '"id":["a"]' \
	    '"id":"a","state":"ready","age":"60"' \
	    '"id":"a","state":"ready","waits":"x"' \
	    '"id":"a","state":"ready","title":1'; do
		json "{$bad}"
		run -3 --separate-stderr jared-pick <in
		[[ $stderr =~ :1:\ (id|state|title|age|waits)\ is\ no\ (string|number|list)$ ]]
	done
}

@test "a number that is no integer is refused" {
	for bad in 1.5 -1 1e3 1e999 99999999999999999999; do
		json "{\"id\":\"a\",\"state\":\"ready\",\"age\":$bad}"
		refused "1: bad age '$bad'" || return 1
	done
}

@test "a list element that would split or vanish is refused" {
	for bad in '"a,b"' '""' null; do
		json "{\"id\":\"a\",\"state\":\"ready\",\"waits\":[\"x\",$bad]}"
		refused "1: waits: an element is null, empty, or holds a comma" || return 1
	done
}

@test "a deeply nested line ends in an error, not in a crash" {
	{ printf '{"id":"a","state":"ready","x":'; printf '[%.0s' $(seq 200000); echo; } >in
	refused "1: byte 32: nested too deep"
}

@test "escapes and surrogate pairs become the characters" {
	json '{"id":"a","state":"ready","title":"\u0041\t\"\\\/\ud83d\ude00\u007f"}'
	jared-pick <in >got
	tsv a ready - - - - - - - - - - - - $'A\\t"\\\\/😀\x7f' >want
	same want got
}

@test "what is written escapes what a terminal would obey" {
	rec a ready $'\033[31m\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8' >in
	jared-pick -j <in >got
	run ! grep -P '[\x00-\x09\x0b-\x1f\x7f]|\xc2\x9b|\xe2\x80' got
	jared-pick <got >again
	same in again
}

@test "bytes that are not UTF-8 become U+FFFD in JSON, and stay in TSV" {
	rec a ready $'x\xff\xe2\x82y' >in
	jared-pick <in >got
	same in got
	[ "$(jared-pick -j <in | jq -r .title)" = $'x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy' ]
}

@test "TSV is what jq's @tsv makes of the JSON" {
	{ rec a ready 'tab\tnl\ncr\rbs\\ "q" 中'; rec b ready '\\-'; rec c ready 'a,b'; } >in
	jared-pick -j <in >json
	jq -r '[.[] | if type == "array" then join(",") else . end] | @tsv' json |
	    jared-pick >got
	same in got
}

@test "JSON from jq is what it was before jq" {
	{ rec a ready 'tab\tnl\ncr\rbs\\ "q" 中\\u0041'; rec b ready - ; } >in
	runp 'jared-pick -j <in | jq -c . | jared-pick'
	printf '%s\n' "$output" >got
	same in got
}

@test "shell read sees every field" {
	rec a ready - >in
	IFS=$'\t' read -r id state priority status workstream milestone owner age rest <in
	[ "$owner" = - ] && [ "$age" = 60 ] && [ -n "$rest" ]
}

# --- on a terminal ---

@test "a terminal gets a table with a header" {
	{ rec a-long-name ready 'First'; rec b ready 'Second'; } >in
	on_terminal 100 'NO_COLOR=1 jared-pick <in'
	[ "${lines[0]}" = "id           state  priority  age  unblocks  title" ]
	[ "${lines[1]}" = "a-long-name  ready  p1         1m         0  First" ]
	[ "${lines[2]}" = "b            ready  p1         1m         0  Second" ]
}

@test "a pipe never gets the table, a terminal gets JSON with --json" {
	rec a >in
	[ "$(jared-pick <in | cat)" = "$(cat in)" ]
	on_terminal 100 'jared-pick -j <in'
	[[ $output == '{"id":"a",'* ]]
}

@test "the table fits the terminal and keeps ids whole" {
	id=$(printf 'name-%.0s' $(seq 10))x
	rec "$id" ready "$(printf 'word %.0s' $(seq 60))" >in
	on_terminal 100 'NO_COLOR=1 jared-pick <in'
	for line in "${lines[@]}"; do
		[ "$(LC_ALL=C.UTF-8 bash -c 'echo ${#1}' - "$line")" -le 100 ]
	done
	[[ ${lines[1]} == "$id "*… ]]
}

@test "a narrow terminal costs texts first, then spare columns, never the state" {
	{ rec a ready "$(printf 'word %.0s' $(seq 60))"
	  tsv long-name-of-a-task waiting p2 - - - somebody-or-other 60 7 dep:an-id-that-is-long=missing 3 - - - 'Some title'
	} >in
	for width in 120 80 60 40 30; do
		on_terminal $width 'NO_COLOR=1 "$BUILD/tests/rec" -t queue <in'
		[ "${#lines[@]}" -eq 3 ]
		[[ ${lines[2]} == "long-name-of-a-task  waiting"* ]]
		for line in "${lines[@]}"; do
			[ "$(LC_ALL=C.UTF-8 bash -c 'echo ${#1}' - "$line")" -le $width ]
		done
		echo "${lines[0]}"
	done >heads
	[ "$(sed 's/  */ /g' heads)" = "id state priority age unblocks waits attempt title
id state priority waits title
id state priority waits title
id state priority
id state" ]
}

@test "a terminal too narrow for id and state cuts the id" {
	rec long-name-of-a-task >in
	on_terminal 20 'NO_COLOR=1 jared-pick <in'
	[ "${lines[1]}" = "long-name-of…  ready" ]
}

@test "columns asked for are never dropped" {
	tsv long-name-of-a-task ready p2 - - - somebody-or-other 60 7 - 3 - - - 'Some title' >in
	on_terminal 20 'NO_COLOR=1 jared-pick -o id,state,age,unblocks <in'
	[[ $output == *7* ]]
}

@test "wide and combining characters keep the columns aligned" {
	rec a ready '中中' | sed 's/p1/中文/' >in
	rec b ready x | sed $'s/p1/e\xcc\x81/' >>in
	on_terminal 100 'NO_COLOR=1 jared-pick <in'
	[ "${lines[1]}" = "a   ready  中文       1m         0  中中" ]
	[ "${lines[2]}" = $'b   ready  e\xcc\x81          1m         0  x' ]
}

@test "ages are shown for people" {
	for age in 0 59 60 3599 3600 172799 172800 31536000; do
		tsv a ready - - - - - $age - - - - - - -
	done >in
	on_terminal 100 'NO_COLOR=1 jared-pick -m 99 -o age <in'
	[ "$(echo $output)" = "age 0s 59s 1m 59m 1h 47h 2d 365d" ]
}

@test "times are shown as how long ago they were" {
	for t in 11-22T10:00:00 11-22T09:58:00 11-20T10:00:00 11-22T11:00:00; do
		tsv a 1 working "2026-${t}Z" - - - - - - - - - - - - - -
	done >in
	export JARED_NOW=2026-11-22T10:00:00Z
	on_terminal 100 'NO_COLOR=1 "$BUILD/tests/rec" -t run <in'
	[ "$(printf '%s\n' "${lines[@]}" | awk '{ print $4 }' | paste -sd' ')" = "since 0s 2m 2d 0s" ]
}

@test "columns asked for are shown even when all is absent" {
	rec a >in
	on_terminal 100 'NO_COLOR=1 jared-pick -o id,owner,hash <in'
	[ "${lines[0]}" = "id  owner  hash" ]
	[ "${lines[1]}" = "a   -      0" ]
}

@test "nothing in a record can drive the terminal" {
	rec a ready $'\033]0;x\a\033[2J\xc2\x9b2J\xe2\x80\xae\xff\\t\\n\\r' >in
	on_terminal 200 'NO_COLOR=1 jared-pick <in'
	printf '%s\n' "$output" >shown
	run ! grep -aP '[\x00-\x09\x0b-\x1f\x7f]|\xc2\x9b|\xe2\x80\xae|\xff' shown
	[[ $(cat shown) == *'\x1b]0;x\x07\x1b[2J\u009b2J\u202e\xff'* ]]
}

@test "colour is for terminals that can, and for those who want it" {
	rec a >in
	on_terminal 100 'TERM=xterm jared-pick <in'
	[[ $output == *$'\033[32mready\033[m'* ]]
	on_terminal 100 'TERM=xterm NO_COLOR=1 jared-pick <in'
	[[ $output != *$'\033'* ]]
	on_terminal 100 'TERM=xterm NO_COLOR= jared-pick <in'
	[[ $output == *$'\033'* ]]
	on_terminal 100 'TERM=dumb jared-pick <in'
	[[ $output != *$'\033'* ]]
	[[ $(jared-pick <in) != *$'\033'* ]]
}

# --- the page ---

page=$BATS_TEST_DIRNAME/../man/jared-records.5

@test "the page has every column of every kind, in order, with its type" {
	"$BUILD/tests/rec" -L >want
	awk '/^\.Sh .* RECORDS$/ { kind = tolower($2); next }
	    /^\.Sh/ { kind = "" }
	    kind && /^\.It Cm [a-z_]+ Pq / { print kind, $3, $5 }' "$page" >got
	same want got
}

@test "--list-columns of every tool is what the page has" {
	"$BUILD/tests/rec" -L >all
	for of in pick:queue queue:queue watch:run dispatch:run clean:clean snap:change send:message kill:run worktree:worktree; do
		[ -x "$BUILD/bin/jared-${of%:*}" ] || continue
		"jared-${of%:*}" -L >got
		awk -v k="${of#*:}" '$1 == k { print $2 }' all >want
		same want got
	done
}

@test "the page has every word of every state and event" {
	for words in task_names run_names; do
		sed -n "/const $words\[/,/};/p" "$BATS_TEST_DIRNAME"/../lib/*state.c
	done | grep -o '"[a-z]*"' | tr -d '"' >words
	sed -n '/const event_names\[/,/};/p' "$BATS_TEST_DIRNAME/../lib/ledger.c" |
	    grep -o '"[a-z]*"' | tr -d '"' >>words
	[ "$(wc -l <words)" -ge 30 ]
	mandoc -Tascii "$page" | col -b >text
	while read -r word; do
		grep -qw "$word" text || { echo "$word"; return 1; }
	done <words
}

@test "the examples of the page work" {
	new_repo
	task a
	task b depends_on=a
	sed -n 's/^\.Dl //p' "$page" | sed 's/\\e/\\/g' >examples
	[ "$(wc -l <examples)" = 4 ]
	while read -r line; do
		run -0 --separate-stderr sh -c "$line"
		[ -n "$output" ] && [ -z "$stderr" ] || { echo "$line: $stderr"; return 1; }
		printf '%s\n' "$output" >>got
	done <examples
	printf '%s\n' a $'b\tdep:a=ready' 'a: ready' 'b: waiting' $'ws-a\tready' >want
	same want got
}
