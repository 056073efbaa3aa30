load lib.bash
load journal.bash
load work.bash

setup() {
	setup_world
	new_repo
}

teardown() { end_work; }

# groups: "id group" lines
groups() { jared-status -o id,group | tr '\t' ' '; }

# in_terminal COLUMNS ROWS: what it shows on a terminal of that size
in_terminal() {
	script -qec "stty cols $1 rows $2; NO_COLOR=1 jared-status" /dev/null </dev/null | tr -d '\r'
}

@test "every task is in one group, by what it asks of a person" {
	for t in ready held draft done cancelled lost; do task $t; done
	task waits depends_on='[ready]'
	task vain depends_on='[nowhere]'
	task one depends_on='[two]'; task two depends_on='[one]'
	for t in silent review gone fails parked; do task $t; done
	sed -i 's/ready$/draft/' tasks/workstreams/main/tasks/draft.md
	sed -i 's/^status:.*/status: done/' tasks/workstreams/main/tasks/done.md
	sed -i 's/^status:.*/status: cancelled/' tasks/workstreams/main/tasks/cancelled.md
	echo x >tasks/workstreams/main/tasks/bad.md
	exited silent 1 code=0 cause=exit
	exited review 1 code=0 cause=exit report=done
	exited fails 1 code=1 cause=exit
	record gone 1 claim base=x; record gone 1 running pid=1 start=1; record gone 1 interrupted
	record lost 1 claim base=x; record lost 1 running pid=1 start=1
	jared-mark -q hold held; jared-mark -q park parked
	groups | sort >got
	cat >want <<-'END'
	bad attention
	cancelled other
	done other
	draft other
	fails ready
	gone attention
	held waiting
	lost attention
	one attention
	parked waiting
	ready ready
	review merge
	silent attention
	two attention
	vain attention
	waits waiting
	END
	same want got
}

@test "counts are of tasks, and all of them are in the text" {
	for i in 1 2 3; do task r$i; task w$i depends_on="[r$i]"; done
	task x status=draft
	jared-status >text
	grep -x 'ready: 3' text; grep -x 'waiting: 3' text; grep -x 'not shown: 1 draft' text
	for t in r1 r2 r3 w1 w2 w3; do grep -q "^  $t " text; done
	[ "$(jared-status -j | jq -s length)" = 7 ]
	[ "$(jared-status -j | jq -rs 'group_by(.group)|map("\(.[0].group)=\(length)")|join(" ")')" = "other=1 ready=3 waiting=3" ]
}

@test "what landed within a day is finished, the newest first; before that it is not shown" {
	export JARED_NOW=2026-11-20T10:00:00Z
	for t in old mid new; do task $t; done
	exited old 1 code=0 cause=exit; record old 1 landed proof=ancestor
	export JARED_NOW=2026-11-22T09:00:00Z
	exited mid 1 code=0 cause=exit; record mid 1 landed proof=ancestor
	export JARED_NOW=2026-11-22T09:30:00Z
	exited new 1 code=0 cause=exit; record new 1 landed proof=ancestor
	export JARED_NOW=2026-11-22T10:00:00Z
	[ "$(jared-status -o id,group,age)" = "$(tsv new finished 1800; tsv mid finished 3600; tsv old other 172800)" ]
}

@test "the remedy of each trouble is a command that is there" {
	task a; task b; task c depends_on='[zzz]'; task d
	exited a 1 code=0 cause=exit
	record b 1 claim base=x; record b 1 running pid=1 start=1; record b 1 interrupted
	exited d 1 code=0 cause=exit report=done
	[ "$(jared-status -o id,remedy | sort)" = "$(tsv a 'jared log a; jared mark unpark a'
		tsv b 'jared mark unpark b'; tsv c 'jared why c'; tsv d 'git merge jared/d/1')" ]
	jared mark unpark b
	[ "$(groups | grep '^b ')" = "b ready" ]
}

@test "of a worker that says that it is done and has committed nothing, nothing is to be merged" {
	for t in all none part; do
		task $t
		git worktree add -q -b jared/$t/1 .worktrees/$t
		exited $t 1 code=0 cause=exit report=done
	done
	git -C .worktrees/all commit -q --allow-empty -m work
	echo x >>.worktrees/part/README
	[ "$(jared-status -o id,group,why,remedy | sort)" = "$(tsv all merge - 'git merge jared/all/1'
		tsv none merge - 'jared task done none'
		tsv part merge uncommitted 'git -C .worktrees/part status')" ]
	echo y >>.worktrees/all/README
	[ "$(jared-status -o id,why,remedy | grep all)" = "$(tsv all uncommitted 'git merge jared/all/1')" ]
	git -C .worktrees/part status -s
	# What was merged since, the next beat finds out.
	task merged
	git worktree add -q -b jared/merged/1 .worktrees/merged
	git -C .worktrees/merged commit -q --allow-empty -m work
	exited merged 1 code=0 cause=exit "tip=$(git rev-parse jared/merged/1)"
	[ "$(jared-status -o id,group,remedy | grep merged)" = "$(tsv merged merge 'git merge jared/merged/1')" ]
	git merge -q jared/merged/1
	[ "$(jared-status -o id,group,remedy | grep merged)" = "$(tsv merged merge 'jared heartbeat')" ]
	jared task done none
	[ "$(jared-status -o id,group | grep none)" = "$(tsv none finished)" ]
}

@test "the first lines tell of pause, brake, damage and the last beat" {
	task a
	jared-status >text
	[ "$(head -n1 text)" = "$PWD: 0 of 4 at work, no beat yet" ]
	jared-heartbeat -q -n 2>/dev/null || :
	mkdir -p .git/jared && : >.git/jared/pause
	tsv 2036-11-22T10:00:00Z 'sh: exit 7' 0 1 '5 failures alike' >.git/jared/brake
	mkdir -p .git/jared/beat && touch -d '90 seconds ago' .git/jared/beat/last
	jared-status >text
	[[ $(head -n1 text) == *" 0 of 4 at work, last beat 1m ago" ]]
	grep -qx 'paused: nothing is started; jared resume' text
	grep -q '^the brake is on and nothing is started, until' text
	rm .git/jared/pause
	LOGNAME=ann jared-heartbeat pause $'the \e[31moffice moves'
	jared-status >text
	grep -qE '^paused by ann at 20[^ ]*Z, the .*office moves: nothing is started; jared resume$' text
	head -c 9000 /dev/zero | tr '\0' x >.git/jared/pause
	jared-status | grep -qx 'paused: nothing is started; jared resume'
	jared resume
	jared-status | grep -q '^1 message' && return 1
	record a 1 claim base=x; record a 1 claim base=x; record a 1 claim base=x
	run -3 --separate-stderr jared-status
	[[ $output == *"the journal is damaged"*"jared doctor"* ]]
}

@test "after a restart of the machine it says what is gone and what to do" {
	task a; task b; task c
	for t in a b; do
		record $t 1 claim base=x
		record $t 1 running pid=1 start=1
		record $t 1 interrupted
	done
	# As another boot's records would look.
	awk -F'\t' 'BEGIN { OFS = FS } { sub(/^[0-9a-f]*:/, "00000001:", $3); NF--; print }' .git/jared/journal/000001.tsv >lines
	while IFS= read -r line; do crc32 "$line"; tsv "$line" "$crc"; done <lines >.git/jared/journal/000001.tsv
	jared-status >text
	grep -qx 'the machine was restarted: 2 workers are gone with it; none starts again until it is unparked' text
	grep -q '^  a .*interrupted:1 .*jared mark unpark a$' text
}

@test "a worker's own state is shown, and that it waits is a person's business" {
	cd .. && rm -rf repo
	worker_repo 'echo "waiting which port?" >"$JARED_STATUS"
	git commit -q --allow-empty -m x; '"$until_go" 'mode: headless'
	task a; git add -A; git commit -qm tasks
	jared-dispatch -q a >/dev/null
	shows() { [ "$(jared-status -o id,group,state,remedy)" = "$(tsv "$@")" ]; }
	wait_for 20 shows a attention waiting 'jared attach a'
	touch ../go
	wait_for 20 shows a merge review 'git merge jared/a/1'
}

@test "on a terminal it fits width and height, and no number is lost" {
	for i in $(seq 40); do task t$i title="$(printf 'word %.0s' {1..40})"; task w$i depends_on="[t$i]"; done
	task bad depends_on='[nowhere]'
	for size in "80 24" "40 10" "200 50" "20 5"; do
		read -r cols rows <<<"$size"
		in_terminal $cols $rows >text
		[ "$(wc -l <text)" -lt $rows ] || { cat text; return 1; }
		[ "$(awk '{ gsub(/…/, "_"); if (length($0) > n) n = length($0) } END { print n }' text)" -le $cols ] || { cat text; return 1; }
		grep -q '^ready: 40' text && grep -q '^waiting: 40' text && grep -q '^needs a person: 1' text
	done
	in_terminal 80 24 >text
	grep -q '^  bad ' text
	grep -qE '^  and [0-9]+ more$' text
}

@test "no text can drive the terminal" {
	task a title='"\e[31mred\u202e"'
	in_terminal 80 24 >text
	! grep -q $'\e\[31mred' text
	! jared-status | grep -q $'\e'
}

@test "-w shows what changes, without a key" {
	task a
	jared-status -w >out 3>&- &
	pid=$!
	wait_for 10 grep -q 'ready: 1' out
	task b
	jared-mark -q hold a
	wait_for 20 grep -q 'waiting: 1' out
	kill $pid
	wait $pid || :
	[ "$(grep -c $'\e' out)" = 0 ]
}

@test "it writes nothing, on a read-only file system too" {
	export -f tsv
	own_mounts '
	new_repo; task a; jared-snap; mkdir ../out
	jared-status >../out/rw
	mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"
	! touch x 2>/dev/null
	jared-status >../out/ro
	cmp ../out/rw ../out/ro; [ -s ../out/ro ]'
}

@test "without tasks the answer is no; outside git it says so" {
	run -1 --separate-stderr jared-status
	[ "$stderr" = "jared-status: no tasks" ]
	mkdir ../plain && cd ../plain
	run -3 --separate-stderr jared-status
	[[ $stderr == "jared-status: "*git* ]]
	for o in x "-o nothing" "-w -j" "--nope"; do run -2 jared-status $o; done
}
