load lib.bash
setup() { setup_world; }
teardown() { end_tmux; }

# rec ID STATE [column=value...]: one queue record
rec() {
	local id=$1 state=$2 priority=p1 status=ready workstream=main milestone=- \
	    owner=- age=60 unblocks=0 waits=- attempt=- paths=- file=f hash=0 title=T kv
	shift 2
	for kv; do printf -v "${kv%%=*}" %s "${kv#*=}"; done
	tsv "$id" "$state" "$priority" "$status" "$workstream" "$milestone" \
	    "$owner" "$age" "$unblocks" "$waits" "$attempt" "$paths" "$file" \
	    "$hash" "$title"
}

# ids FILE: its first column on one line
ids() { cut -f1 "$1" | paste -sd' '; }

@test "passes ready records and nothing else" {
	for s in waiting held backoff parked exited review landed done cancelled \
	    draft invalid ready; do
		rec "t-$s" "$s"
	done >queue
	jared-pick <queue >got
	[ "$(ids got)" = t-ready ]
}

@test "passes a record byte for byte" {
	rec a ready 'title=tab\tnl\ncr\rbs\\ \\u0041 "q" $(x) `y` ; # é 中 😀' \
	    'owner=\-' 'waits=gate:x=unknown,y' "file=a b" >queue
	printf 'b\tready\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\tnot UTF-8: \377\033[31m\n' >>queue
	jared-pick <queue >got
	same queue got
}

@test "what it passes it passes again" {
	for i in 1 2 3; do rec t$i ready; done >queue
	jared-pick -c 2 <queue >once
	jared-pick -c 2 <once >twice
	same once twice
}

@test "keeps the order in which records came" {
	{ rec c ready; rec a ready; rec b ready; } >queue
	jared-pick <queue >got
	[ "$(ids got)" = "c a b" ]
	sort queue | jared-pick -c 2 >got 2>/dev/null
	[ "$(ids got)" = "a b" ]
}

@test "nothing ready is a no, and says so" {
	rec a waiting waits=dep:b=missing >queue
	for in in queue /dev/null; do
		run -1 --separate-stderr jared-pick <$in
		[ -z "$output" ] && [ "$stderr" = "jared-pick: no task is ready" ]
		run -1 jared-pick -q <$in
		[ -z "$output" ]
		run -1 jared-pick -R rejects <$in
		[ -z "$output" ]
	done
}

@test "--count bounds what is passed and says why to the rest" {
	for i in 1 2 3; do rec t$i ready; done >queue
	run -0 --separate-stderr jared-pick --count 2 <queue
	[ "${#lines[@]}" = 2 ]
	[ "$stderr" = "jared-pick: t3: count: 2 of 2 picked" ]
}

@test "claimed and running records occupy places wherever they stand" {
	{ rec a ready; rec b ready; rec c running; rec d claimed; rec e exited; } >queue
	run -0 --separate-stderr jared-pick -m 3 <queue
	[[ $output == a$'\t'* ]] && [ "${#lines[@]}" = 1 ]
	[ "$stderr" = "jared-pick: b: cap: 2 running and 1 picked of 3" ]
}

@test "a full house refuses every ready record with the fact" {
	{ rec a running; rec b running; rec c running; rec d ready; rec e ready; } >queue
	run -1 --separate-stderr jared-pick --max-workers=3 <queue
	[ -z "$output" ]
	[ "$stderr" = $'jared-pick: d: cap: 3 of 3 running\njared-pick: e: cap: 3 of 3 running' ]
}

@test "more running than the cap is still full" {
	{ rec a running; rec b running; rec c ready; } >queue
	run -1 --separate-stderr jared-pick -m 1 <queue
	[ "$stderr" = "jared-pick: c: cap: 2 of 1 running" ]
}

@test "--max-workers 0 starts nothing" {
	rec a ready >queue
	run -1 --separate-stderr jared-pick -m 0 <queue
	[ "$stderr" = "jared-pick: a: cap: 0 of 0 running" ]
}

@test "--max-by bounds each value of a column, and --max-workers all" {
	{ rec r running owner=ann; rec a ready owner=ann; rec b ready owner=ann
	  rec c ready owner=bob; rec d ready owner=bob; rec e ready owner=bob; } >queue
	run -0 --separate-stderr jared-pick -b owner=2 -m 9 <queue
	printf '%s\n' "$output" >got
	[ "$(ids got)" = "a c d" ]
	[ "${stderr_lines[0]}" = "jared-pick: b: cap: 1 running and 1 picked of 2 for owner ann" ]
	[ "${stderr_lines[1]}" = "jared-pick: e: cap: 0 running and 2 picked of 2 for owner bob" ]
}

@test "several --max-by all hold" {
	{ rec a ready owner=ann workstream=x; rec b ready owner=bob workstream=x
	  rec c ready owner=ann workstream=y; rec d ready owner=bob workstream=y; } >queue
	jared-pick -q -b owner=1 -b workstream=1 <queue >got
	[ "$(ids got)" = "a d" ]
}

@test "records without a value do not share a cap by that column" {
	{ rec a ready; rec b ready; rec c ready milestone=m1; rec d ready milestone=m1; } >queue
	jared-pick -q -b milestone=1 <queue >got
	[ "$(ids got)" = "a b c" ]
}

@test "every column that several tasks can share can be capped" {
	for c in priority status workstream milestone owner; do
		{ rec a ready $c=same; rec b ready $c=same; } >queue
		jared-pick -q -b $c=1 <queue >got
		[ "$(ids got)" = a ]
	done
}

@test "without options the limits of jared.yaml hold" {
	new_repo
	printf 'max_workers: 3\nmax_by: {owner: 1}\n' >jared.yaml
	{ rec a ready owner=ann; rec b ready owner=ann; rec c ready; rec d ready; rec e ready; } >queue
	run -0 --separate-stderr jared-pick <queue
	printf '%s\n' "$output" >got
	[ "$(ids got)" = "a c d" ]
	[ "${stderr_lines[0]}" = "jared-pick: b: cap: 0 running and 1 picked of 1 for owner ann" ]
	[ "${stderr_lines[1]}" = "jared-pick: e: cap: 0 running and 3 picked of 3" ]
}

@test "options win over jared.yaml" {
	new_repo
	printf 'max_workers: 1\nmax_by: {owner: 1}\n' >jared.yaml
	{ rec a ready owner=ann; rec b ready owner=ann; rec c ready; } >queue
	jared-pick -q -m 5 -b owner=2 <queue >got
	[ "$(ids got)" = "a b c" ]
}

@test "-C names the repository whose jared.yaml counts" {
	(new_repo && echo 'max_workers: 1' >jared.yaml)
	{ rec a ready; rec b ready; } >queue
	jared-pick -q -C repo <queue >got
	[ "$(ids got)" = a ]
	jared-pick <queue >got
	[ "$(ids got)" = "a b" ]
}

@test "the environment's JARED_MAX_WORKERS holds too" {
	{ rec a ready; rec b ready; } >queue
	JARED_MAX_WORKERS=1 jared-pick -q <queue >got
	[ "$(ids got)" = a ]
}

@test "outside git four may run" {
	for i in 1 2 3 4 5 6; do rec t$i ready; done >queue
	jared-pick -q <queue >got
	[ "$(wc -l <got)" = 4 ]
}

@test "a bad jared.yaml is told with its line" {
	new_repo
	printf 'agent: sh\nmax_workers: many\n' >jared.yaml
	rec a ready >queue
	run -3 --separate-stderr jared-pick <queue
	[ -z "$output" ]
	[[ $stderr == "jared-pick: jared.yaml:2: "*max_workers* ]]
}

@test "max_by of a column that cannot be shared is told" {
	new_repo
	printf 'max_by: {title: 1}\n' >jared.yaml
	rec a ready >queue
	run -3 --separate-stderr jared-pick <queue
	[[ $stderr == *"max_by: bad column 'title', valid columns: "* ]]
}

@test "--rejects writes why for every record not passed, and nothing to standard error" {
	{ rec r running title=R; rec a ready owner=ann; rec b ready owner=ann
	  rec w waiting 'waits=dep:x=missing,gate:ci=unknown' 'title=two\nlines'
	  rec c ready; rec d ready; } >queue
	run -0 --separate-stderr jared-pick -m 3 -b owner=1 --rejects rejects <queue
	[ -z "$stderr" ]
	{ tsv r state running - R
	  tsv b cap-by cap '0 running and 1 picked of 1 for owner ann' T
	  tsv w state waiting dep:x=missing,gate:ci=unknown 'two\nlines'
	  tsv d cap cap '1 running and 2 picked of 3' T; } >want
	same want rejects
}

@test "passed and rejected records together are the queue" {
	for i in 1 2 3 4 5 6 7; do rec t$i ready; rec u$i waiting; done >queue
	jared-pick -m 3 -R rejects <queue >picked
	{ cut -f1 picked; cut -f1 rejects; } | sort >got
	cut -f1 queue | sort >want
	same want got
}

@test "with --json the rejects are JSON Lines too" {
	{ rec a waiting waits=dep:b=missing; rec b ready; } >queue
	jared-pick -j -R rejects <queue >got
	[ "$(jq -r '[.id,.stage,.code,.fact,.title]|join("|")' rejects)" = "a|state|waiting|dep:b=missing|T" ]
}

@test "--rejects replaces what the file held" {
	seq 1000 >rejects
	rec a ready >queue
	jared-pick -R rejects <queue >got
	[ ! -s rejects ]
}

@test "nothing is passed on when the rejects cannot be written" {
	[ -w /dev/full ] || skip "no /dev/full"
	{ rec a ready; rec b waiting; } >queue
	run -3 --separate-stderr jared-pick -R /dev/full <queue
	[ -z "$output" ]
	[ "$stderr" = "jared-pick: cannot write '/dev/full': No space left on device" ]
	run -3 --separate-stderr jared-pick -R no/such/dir <queue
	[ -z "$output" ]
	[ "$stderr" = "jared-pick: cannot open 'no/such/dir': No such file or directory" ]
}

@test "a bad queue leaves an older rejects file alone" {
	echo old >rejects
	{ rec a ready; echo torn; } >queue
	run -3 jared-pick -R rejects <queue
	[ "$(cat rejects)" = old ]
}

@test "--quiet keeps standard error clean" {
	{ rec a ready; rec b ready; } >queue
	run -0 --separate-stderr jared-pick -q -c 1 <queue
	[ -z "$stderr" ]
}

@test "--json writes what jq reads back" {
	rec a ready 'title=say "hi"\\\t' attempt=2 waits=x,y >queue
	jared-pick --json <queue >got
	jq -e '.id == "a" and .state == "ready" and .title == "say \"hi\"\\\t"
	    and .attempt == 2 and .age == 60 and .waits == ["x","y"]
	    and .paths == [] and .owner == null' got
}

@test "JSON Lines in and TSV in choose the same" {
	{ rec a ready owner=ann; rec r running; rec b ready 'title=\\-\n"'; rec w held; } >queue
	jared-pick -m 2 -q <queue >want
	jared-pick -j -m 9 -R rejects <queue >/dev/null
	jared-pick -j -m 9 <queue >json
	jared-pick -q -m 1 <json >got
	head -1 want >want1
	same want1 got
}

@test "a jq filter fits between queue and pick" {
	{ rec a ready priority=p0; rec b ready priority=p1; rec c ready priority=p0; } >queue
	runp 'jared-pick -j <queue | jq -c "select(.priority==\"p0\")" | jared-pick -o id'
	[ "$output" = $'a\nc' ]
}

@test "JSON keys in any order and unknown keys do not matter" {
	echo '{"extra":[1,null],"title":"t","x":false,"state":"ready","id":"a"}' |
	    jared-pick >got
	tsv a ready - - - - - - - - - - - - t >want
	same want got
}

@test "--columns selects, in the order asked for" {
	rec a ready title=Tea owner=ann >queue
	run -0 jared-pick -o title,id,owner <queue
	[ "$output" = $'Tea\ta\tann' ]
	run -0 jared-pick -j -o title,id <queue
	[ "$output" = '{"title":"Tea","id":"a"}' ]
}

@test "an unknown column is a usage error that names the valid ones" {
	run -2 --separate-stderr jared-pick -o id,nope </dev/null
	[[ $stderr == "jared-pick: no column 'nope', valid: id, state, "*", title, owner_raw" ]]
	run -2 jared-pick -o '' </dev/null
	run -2 jared-pick -o id, </dev/null
}

@test "usage errors exit 2, on standard error only" {
	for bad in --nope -x -c -m "-c 0" "-c 1x" "-c -1" "-c 99999999999999999999" \
	    "-m 1001" "-m x" "-b owner" "-b owner=" "-b owner=x" "-b =1" "-b id=1" \
	    "-b state=1" "-b title=1" "-b waits=1" "-b nope=1" operand; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr jared-pick $bad </dev/null
		[ -z "$output" ] && [ -n "$stderr" ] || { echo "$bad"; return 1; }
	done
}

@test "a wrong option shows the usage" {
	run -2 --separate-stderr jared-pick --nope </dev/null
	[[ $stderr == *"usage: jared-pick "* ]]
}

@test "--help and --version are output" {
	run -0 --separate-stderr jared-pick --help
	[[ $output == "usage: jared-pick "* ]] && [ -z "$stderr" ]
	run -0 --separate-stderr jared-pick -V
	[[ $output == "jared-pick "[0-9]* ]] && [ -z "$stderr" ]
}

@test "a terminal on standard input is a usage error" {
	run -2 script -qec 'jared-pick >out 2>err' /dev/null
	[ "$(cat err)" = "jared-pick: standard input is a terminal, try: jared-queue | jared-pick" ]
}

@test "a closed standard input is an empty queue" {
	run -1 bash -c 'jared-pick <&-'
}

@test "lost output is noticed" {
	[ -w /dev/full ] || skip "no /dev/full"
	rec a ready >queue
	run -3 --separate-stderr bash -c 'jared-pick <queue >/dev/full'
	[ "$stderr" = "jared-pick: cannot write standard output: No space left on device" ]
	run -3 bash -c 'jared-pick <queue >&-'
	run -3 bash -c 'jared-pick --help >/dev/full'
	run -3 bash -c 'jared-pick -L >/dev/full'
}

@test "a reader that goes away ends it by SIGPIPE" {
	rec t ready "title=$(printf '%1000s' x)" >queue
	for _ in $(seq 9); do cat queue queue >more && mv more queue; done
	run -141 bash -c 'jared-pick -q -m 1000 <queue | true; exit ${PIPESTATUS[0]}'
}

@test "the locale and the time zone change nothing" {
	{ rec a ready owner=I; rec b ready owner=i; rec c ready 'owner=ı'; } >queue
	jared-pick -q -b owner=1 <queue >want
	[ "$(wc -l <want)" = 3 ]
	for l in C.UTF-8 tr_TR tr_TR.UTF-8 xx_YY; do
		LC_ALL=$l LANG=$l TZ=Asia/Kathmandu jared-pick -q -b owner=1 <queue >got
		same want got
	done
}

@test "a hundred thousand records are no burden" {
	seq 100000 | sed "s/.*/$(rec 't&' waiting)/" >queue
	rec last ready >>queue
	run -0 timeout 20 jared-pick -o id <queue
	[ "$output" = last ]
}

@test "the examples of the page work" {
	new_repo
	printf 'agent: sh\ncommand: ["true"]\n' >jared.yaml
	for t in a b c; do task $t priority=p0 workstream=w$t; done
	task d depends_on=a
	sed -n 's/^\.Dl //p' "$BATS_TEST_DIRNAME/../man/jared-pick.1" >examples
	[ "$(wc -l <examples)" = 5 ]
	# The first line starts workers: last, so that the others find the tasks.
	tac examples | while read -r line; do
		sh -c "$line" 3>&- >got 2>err || { echo "$line"; cat err; return 1; }
		[ -s got ] || { echo "$line: nothing"; return 1; }
	done
}

# --- declared paths ---

@test "of tasks that declare a common file one is passed on at a time" {
	rec a ready paths=src/a.c,doc/ >queue
	rec b ready 'paths=README.md,src/*.c' >>queue
	rec c ready paths=src/a.h >>queue
	rec d ready paths=doc/b.md >>queue
	rec e ready >>queue
	run -0 --separate-stderr jared-pick -o id <queue
	[ "$(xargs <<<"$output")" = "a c e" ]
	[ "$stderr" = "jared-pick: b: path: src/a.c is in use by a
jared-pick: d: path: doc/ is in use by a" ]
}

@test "what runs already has its files, wherever its record stands" {
	rec b ready 'paths=lib/**' >queue
	rec a running paths=lib/x/y.c >>queue
	run -1 --separate-stderr jared-pick -R rejects <queue
	[ "$(cut -f1-4 rejects)" = "$(tsv b path path "lib/x/y.c is in use by a"; tsv a state running -)" ]
}

@test "a task that is over, or waits, has no files" {
	for s in review exited waiting parked draft done; do rec "$s" "$s" paths=a.c; done >queue
	rec b ready paths=a.c >>queue
	jared-pick -o id <queue >got
	[ "$(cat got)" = b ]
}

@test "a task refused for its files leaves its place to others" {
	rec a running paths=x >queue
	rec b ready paths=x >>queue
	rec c ready paths=y >>queue
	run -0 jared-pick -q -m 2 -o id <queue
	[ "$output" = c ]
}
