load lib.bash
load journal.bash
load work.bash

setup() {
	setup_world
	export JARED_NOW=2026-11-22T10:00:00Z
	new_repo
	snaps=.git/jared/snap
}

newest() { find "$snaps" -name '2*' | sort | tail -n1; }
count() { find "$snaps" -name '2*' | wc -l; }
at() { export JARED_NOW=2026-11-22T$1Z; }

# --- writing, and what changed ---

@test "the first snapshot holds everything and prints nothing" {
	task a; task b depends_on='[a]'
	exited a 1 code=7 cause=exit
	jared-queue >queue; jared-watch >watch
	run -0 --separate-stderr jared-snap
	[ -z "$output$stderr" ]
	[ "$(basename "$(newest)")" = 20261122T100000Z-0000000003-0000000001.tsv ]
	grep ^queue "$(newest)" | cut -f2-16 >got
	same queue got
	grep ^run "$(newest)" | cut -f2- | cut -f1-18 >got
	same watch got
	[ "$(head -n1 "$(newest)" | cut -f1-4,6,7)" = "$(tsv meta 2 2026-11-22T10:00:00Z 3 2 1)" ]
}

@test "without a change no file is written, whatever the age" {
	task a created=2026-11-22
	jared-snap
	at 11:30:00
	run -0 --separate-stderr jared-snap
	[ -z "$output$stderr" ]
	[ "$(count)" = 1 ]
}

@test "each change is one record, in a defined order" {
	task a priority=p1; task b depends_on='[a]'; task c; task e owner=ann
	jared-snap
	at 10:05:00
	task a priority=p0 status=done; rm tasks/workstreams/main/tasks/c.md
	task d title=New; task e owner=bob "title=Other words"
	jared-snap >got
	{
		tsv a queue state ready done 2026-11-22T10:05:00Z 'Task a'
		tsv a queue status ready done 2026-11-22T10:05:00Z 'Task a'
		tsv a queue priority p1 p0 2026-11-22T10:05:00Z 'Task a'
		tsv b queue state waiting ready 2026-11-22T10:05:00Z 'Task b'
		tsv b queue waits dep:a=ready - 2026-11-22T10:05:00Z 'Task b'
		tsv c queue state ready - 2026-11-22T10:05:00Z 'Task c'
		tsv d queue state - ready 2026-11-22T10:05:00Z New
		tsv e queue owner ann bob 2026-11-22T10:05:00Z 'Other words'
		tsv e queue title 'Task e' 'Other words' 2026-11-22T10:05:00Z 'Other words'
	} >want
	same want got
	run -0 jared-snap
	[ -z "$output" ]
}

@test "an edit that no column shows is a change of the hash" {
	task a
	jared-snap
	task a tags='[x]'
	run -0 jared-snap -o id,field
	[ "$output" = "$(tsv a hash)" ]
}

@test "a run that ends is told, and then its task" {
	task a
	record a 1 claim agent=sh session=s
	jared-snap
	record a 1 running pid=1 start=1
	record a 1 exited code=7 cause=exit
	jared-snap -o id,kind,field,from,to >got
	{
		tsv a queue state claimed backoff
		tsv a queue waits - backoff:until=2026-11-22T10:00:10Z
		tsv a run state unknown exited
		tsv a run exit - 7
	} >want
	same want got
}

@test "two snapshots within one second both stand, the later one is the last" {
	task a
	jared-snap
	task b; jared-snap
	task c; jared-snap
	[ "$(count)" = 3 ]
	[ "$(jared-snap -t last | wc -l)" = 3 ]
	[ "$(jared-snap -t 2026-11-22T10:00:00Z | wc -l)" = 3 ]
	[ "$(jared-snap -i -o name | sort)" = "$(jared-snap -i -o name)" ]
}

@test "a clock that goes back does not hide what is written then" {
	at 12:00:00; task a; jared-snap
	at 10:00:00; task b; jared-snap
	task c; run -0 jared-snap -o id
	[ "$output" = c ]
	[ "$(jared-snap -t last | wc -l)" = 3 ]
}

@test "invalid tasks are part of it, also two of one id" {
	task a; task bad status=nonsense; task two id=a
	jared-snap
	[ "$(grep -c '^queue.*invalid' "$(newest)")" = 3 ]
	rm tasks/workstreams/main/tasks/two.md
	jared-snap -o id,field,from,to >got
	{ tsv a code invalid_task -; tsv a state invalid -; tsv a state invalid ready; } >want
	sort got | grep -vP '\t(waits|file|title|hash|status)\t' >sorted
	same want sorted
}

@test "a dry run tells the changes and writes nothing" {
	task a; jared-snap
	task b
	run -0 jared-snap -n -o id
	[ "$output" = b ]
	run -0 jared-snap -n -o id
	[ "$output" = b ]
	[ "$(count)" = 1 ]
}

@test "-q writes the snapshot and prints nothing" {
	task a
	jared-snap
	task b
	run -0 jared-snap -q
	[ -z "$output" ]
	[ "$(count)" = 2 ]
	run -2 jared-snap -qn
	run -2 jared-snap -qi
}

@test "of a damaged journal what is left is written, and the exit status says so" {
	task a; task b
	exited a 1 code=7 cause=exit
	sed -i '2s/running/runming/' .git/jared/journal/000001.tsv
	run -3 --separate-stderr jared-snap
	[[ $stderr == *"journal/000001.tsv:2: bad checksum"* ]]
	[ "$(count)" = 1 ]
}

@test "a dry run makes no state directory" {
	task a
	jared-snap -n
	[ ! -e .git/jared ]
}

@test "--json tells the same changes" {
	task a 'title="a\tb"'; jared-snap
	task b 'title="x \"y\""'
	jared-snap -n >tsv
	jared-snap -n -j | jq -r '[.id,.kind,.field,.from // "-",.to // "-",.time,.title] | @tsv' >json
	same tsv json
}

@test "the file is synced before it gets its name, and the directory after" {
	task a
	ASAN_OPTIONS=detect_leaks=0 strace -qq -s 200 -e trace=fsync,/^rename -o trace jared-snap
	grep -A1 -B1 'rename.*snap.tsv\|rename.*20261122T' trace | cut -d'(' -f1 >got
	{ echo fsync; echo renameat; echo fsync; } >want
	same want got
}

@test "eight at once tell each change once" {
	task a; jared-snap
	task b; task c
	for i in 1 2 3 4 5 6 7 8; do
		jared-snap -o id >out.$i 3>&- &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p"; done
	[ "$(cat out.* | sort | xargs)" = "b c" ]
	[ "$(count)" = 2 ]
}

@test "what is printed is on disk before" {
	task a; jared-snap; task b
	run -3 bash -c 'jared-snap >/dev/full'
	[ "$(count)" = 2 ]
}

@test "with -v it says what was compared and written" {
	task a
	run -0 --separate-stderr jared-snap -v
	[ "${stderr_lines[0]}" = "jared-snap: first snapshot: 1 tasks, 0 runs" ]
	[ "${stderr_lines[1]}" = "jared-snap: written: 20261122T100000Z-0000000000-0000000001.tsv" ]
	run -0 --separate-stderr jared-snap -v
	[ "$stderr" = "jared-snap: 0 changes since 20261122T100000Z-0000000000-0000000001.tsv" ]
}

@test "inside a worker it works too" {
	task a
	JARED_ATTEMPT=a.1 jared-snap
	[ "$(count)" = 1 ]
}

# --- asking ---

three_days() {
	task a; at 10:00:00; jared-snap; jared-queue >q1
	task b; at 11:00:00; jared-snap >/dev/null; jared-queue >q2
	task b status=done; at 12:00:00; jared-snap >/dev/null; jared-queue >q3
}

@test "--at prints what the queue was, until the next snapshot" {
	three_days
	for t in q1:10:00:00 q1:10:59:59 q2:11:00:00 q3:12:00:00 q3:23:00:00; do
		jared-snap --at "2026-11-22T${t#*:}Z" >got
		same "${t%%:*}" got
	done
	jared-snap -t '2026-11-22 10:30' >got
	same q1 got
}

@test "--at takes an age, a name and last" {
	three_days
	at 12:10:00
	jared-snap -t 30m >got; same q2 got
	jared-snap -t last >got; same q3 got
	jared-snap -t "$(jared-snap -i -o name | head -n1)" >got; same q1 got
}

@test "--at feeds jared-pick" {
	task a; task b; jared-snap
	runp 'jared-snap --at 0s | jared-pick -o id -c 1'
	[ "$status" = 0 ] && [ "$output" = a ]
}

@test "--at --runs prints run records" {
	task a
	exited a 1 code=0 cause=exit report=done
	jared-watch >want
	jared-snap
	jared-snap -t 0s -w >got
	same want got
	[ "$(jared-snap -t 0s -w -j | jq -r .evidence)" = journal ]
}

@test "before the first snapshot the answer is no" {
	three_days
	run -1 --separate-stderr jared-snap -t 2026-11-22T09:59:59Z
	[ -z "$output" ]
	[ "$stderr" = "jared-snap: no snapshot as old as 2026-11-22T09:59:59Z" ]
	rm -r "$snaps"
	run -1 --separate-stderr jared-snap -t last
	[ "$stderr" = "jared-snap: no snapshot" ]
	run -1 jared-snap -i
	rm -r .git/jared
	run -1 jared-snap -i
}

@test "--diff tells what changed between two moments, either way" {
	three_days
	run -0 jared-snap -o id,field,from,to -d 2026-11-22T10:00:00Z 2026-11-22T11:00:00Z
	[ "$output" = "$(tsv b state - ready)" ]
	run -0 jared-snap -o id,field,from,to -d last 2026-11-22T11:00:00Z
	[ "$output" = "$(tsv b state done ready; tsv b status done ready)" ]
	run -0 jared-snap -d 1h -o field
	[ "$output" = "$(echo state; echo status)" ]
	run -1 --separate-stderr jared-snap -d last last
	[[ $stderr == *"nothing changed from "* ]]
}

@test "--summary is what jared-status shows, now and then" {
	task a; task b; task c depends_on='[a]'; task x status=draft
	exited b 1 code=7 cause=exit
	jared-snap --summary >got
	jared-status >want
	same want got
	jared-snap -u -j | same <(jared-status -j) -
	[ ! -e "$snaps" ]
	jared-snap
	jared-status -j >want
	rm tasks/workstreams/main/tasks/x.md
	jared-snap -u -j -t last >got
	same want got
	jared-snap -u -t last >got
	[ "$(head -n1 got)" = "as it was at 2026-11-22T10:00:00Z" ]
	grep -qx 'not shown: 1 draft' got
	rm -r tasks .git/jared
	run -1 --separate-stderr jared-snap -u
	[ "$stderr" = "jared-snap: no tasks" ]
}

@test "--list names the snapshots and what is in them" {
	three_days
	jared-snap -i >got
	{
		tsv 20261122T100000Z-0000000000-0000000001.tsv 2026-11-22T10:00:00Z 0 1 0
		tsv 20261122T110000Z-0000000000-0000000002.tsv 2026-11-22T11:00:00Z 0 2 0
		tsv 20261122T120000Z-0000000000-0000000003.tsv 2026-11-22T12:00:00Z 0 2 0
	} >want
	same want got
}

@test "questions are answered on a read-only file system, with nothing written" {
	export -f tsv
	unset JARED_NOW
	own_mounts '
	new_repo; task a; jared-snap; task b; jared-snap >/dev/null
	ask() { jared-snap -t last; jared-snap -t last -w || :; jared-snap -o id,field,to -d "$(jared-snap -i -o name | head -n1)"; jared-snap -u; jared-snap -i; jared-snap -n; }
	mkdir ../out; ask >../out/rw
	mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"
	! touch x 2>/dev/null
	ask >../out/ro
	cmp ../out/rw ../out/ro; [ -s ../out/ro ]
	status=0; jared-snap 2>../out/err || status=$?
	cat ../out/err
	[ $status = 3 ] && grep -q "Read-only" ../out/err'
}

@test "outside git it says so" {
	mkdir ../plain && cd ../plain
	task a
	for o in "" -u -i "-t last" "-d last" -n; do
		run -3 --separate-stderr jared-snap $o
		[ -z "$output" ] && [[ $stderr == "jared-snap: "*git* ]]
	done
}

@test "a wrong command line is refused" {
	for o in x "-t" "-t soon" "-t 2026" "-d" "-d a b c" "-d 1h last last" "-d soon" "-i -u" "-d -u last" "-w" "-u -w" \
	    "-u -n" "-i last" "-t last x" "-o nothing" "--nope"; do
		run -2 --separate-stderr jared-snap $o
		[ -z "$output" ] && [ -n "$stderr" ]
	done
	run -0 --separate-stderr jared-snap --help
	[[ $output == "usage: jared-snap"* ]] && [ -z "$stderr" ]
	[ ! -e .git/jared ]
}

@test "-L lists the columns of what would be printed" {
	[ "$(jared-snap -L | xargs)" = "id kind field from to time title" ]
	[ "$(jared-snap -t last -L)" = "$(jared-queue -L)" ]
	[ "$(jared-snap -u -L)" = "$(jared-status -L)" ]
	[ "$(jared-snap -i -L | xargs)" = "name time seq tasks runs" ]
}

# --- what can go wrong ---

@test "a damaged last snapshot is passed over with a warning" {
	three_days
	last=$(newest); cp "$last" whole
	damage() {
		run -0 --separate-stderr jared-snap -t last
		[ "$stderr" = "jared-snap: snapshot $(basename "$last") passed over: $1" ] || { echo "$stderr"; false; }
		printf '%s\n' "$output" >got; same q2 got
	}
	head -c -20 whole >"$last"; damage "damaged: bad checksum"
	head -n1 whole >"$last"; damage "damaged: bad checksum"
	sed 's/ready/reedy/' whole >"$last"; damage "damaged: bad checksum"
	: >"$last"; damage "damaged: bad first line"
	head -c "$(wc -c <whole)" /dev/zero >"$last"; damage "damaged: bad first line"
	sed '1s/^meta/mete/' whole >"$last"; damage "damaged: bad first line"
	sed '1s/^meta.2/meta\t3/' whole >"$last"; damage "written by a newer version"
	rm "$last"; ln -s "$PWD/whole" "$last"; damage "no regular file, or not ours to read"
	rm "$last"; mkfifo "$last"; damage "no regular file, or not ours to read"
}

@test "no damage of a single byte is believed" {
	task a; task b; jared-snap
	file=$(newest); cp "$file" whole
	size=$(wc -c <whole)
	for ((byte = 0; byte < size; byte += 7)); do
		cp whole "$file"
		printf '\x7f' | dd of="$file" bs=1 seek="$byte" conv=notrunc status=none
		cmp -s whole "$file" && continue
		run -1 jared-snap -t last
		[[ $output == *"passed over"* ]] || { echo "believed at $byte"; false; }
	done
}

@test "after damage the next snapshot is compared with the one before" {
	three_days
	: >"$(newest)"
	task c
	run -0 --separate-stderr jared-snap -o id,field
	[ "$output" = "$(tsv b state; tsv b status; tsv c state)" ]
	run -0 --separate-stderr jared-snap
	[ -z "$output$stderr" ]
}

@test "a snapshot of a journal that is gone is not compared with" {
	task a; exited a 1 code=0 report=done; jared-snap
	rm .git/jared/journal/*
	run -0 --separate-stderr jared-snap
	[ -z "$output" ]
	[ "$stderr" = "jared-snap: snapshot 20261122T100000Z-0000000003-0000000001.tsv passed over: the journal is older" ]
	run -0 --separate-stderr jared-snap
	[ -z "$output$stderr" ]
	[ "$(jared-snap -t 0s -o state)" = ready ]
}

@test "snapshots may be deleted at any time" {
	three_days
	rm -r "$snaps"
	run -0 --separate-stderr jared-snap
	[ -z "$output$stderr" ] && [ "$(count)" = 1 ]
}

@test "a full disk leaves the old snapshot and says so" {
	export JARED_STATE=$PWD/../state
	mkdir -m 700 "$JARED_STATE"
	own_mounts 'mount -t tmpfs -o mode=700,size=128k none "$JARED_STATE"
	new_repo; task a; jared-snap
	for i in $(seq 30); do task t$i "title=$(printf %200s x)"; done
	find "$JARED_STATE/snap" -type f | xargs cksum >../before
	head -c 16M /dev/zero >"$JARED_STATE/filler" 2>/dev/null || :
	status=0; jared-snap >../out 2>../err || status=$?
	cat ../err
	[ $status = 3 ] && [ ! -s ../out ] && grep -q "No space left" ../err
	find "$JARED_STATE/snap" -type f | xargs cksum >../after
	cmp ../before ../after
	rm "$JARED_STATE/filler"
	[ "$(jared-snap | wc -l)" = 30 ]'
}

@test "killed at any system call, it leaves whole snapshots and no change untold" {
	export KILLAT_COUNT=$PWD/../calls ASAN_OPTIONS=detect_leaks=0
	PATH=$BUILD/tests/tools:$PATH
	task a; jared-snap; task b
	cp -a "$snaps" ../before
	killat 0 jared-snap >../want
	calls=$(cat ../calls)
	for ((call = calls; call > 0; call -= calls / 25 + 1)); do
		rm -r "$snaps"; cp -a ../before "$snaps"
		run killat "$call" jared-snap
		run -0 --separate-stderr jared-snap -i
		[ -z "$stderr" ]
		jared-snap >../got
		# Told now, or written before it could be told.
		[ "$(count)" = 2 ]
		[ ! -s ../got ] || same ../want ../got
		[ "$(jared-snap -o id -d 20261122T100000Z-0000000000-0000000001.tsv)" = b ]
	done
}

@test "what a dead writer left is removed, and nothing else" {
	task a; jared-snap
	touch "$snaps/.20261122T100000Z-0000000000-0000000002.tsv.123" "$snaps/index" \
	    "$snaps/.index.5" "$snaps/2026.tsv"
	task b; jared-snap >/dev/null
	[ "$(ls -A "$snaps" | grep -v ^20261122T | xargs)" = "2026.tsv index" ]
}

@test "a reader meanwhile never sees a part" {
	unset JARED_NOW
	task a; jared-snap
	(for i in $(seq 20); do task "t$i" "title=$(printf '%5000s' x)"; jared-snap >/dev/null; done) 3>&- &
	writer=$!
	while kill -0 "$writer" 2>/dev/null; do
		run -0 --separate-stderr jared-snap -t last
		[ -z "$stderr" ] || { echo "$stderr"; false; }
	done
	wait "$writer"
}

@test "old snapshots are thinned out by hour and by day" {
	fake() {
		n=$((${n-0} + 1))
		cp whole "$snaps/$1-0000000000-$(printf %010d $n).tsv"
	}
	task a; jared-snap
	mv "$(newest)" whole
	fake 20261110T080000Z; fake 20261110T200000Z   # one a day
	fake 20261117T100000Z; fake 20261117T105900Z; fake 20261117T110000Z   # one an hour
	fake 20261121T110000Z; fake 20261121T110001Z   # younger than a day: all
	at 10:00:00; task b; jared-snap >/dev/null
	[ "$(jared-snap -i -o time | xargs)" = "2026-11-10T20:00:00Z 2026-11-17T10:59:00Z \
2026-11-17T11:00:00Z 2026-11-21T11:00:00Z 2026-11-21T11:00:01Z 2026-11-22T10:00:00Z" ]
}

@test "the examples of the manual work" {
	task ws-b title=Slow
	record ws-b 1 claim agent=sh; record ws-b 1 running pid=1 start=1
	export JARED_NOW=2026-11-22T05:00:00Z; task a; jared-snap
	export JARED_NOW=2026-11-22T08:30:00Z; record ws-b 1 exited code=7; task d; jared-snap >/dev/null
	export JARED_NOW=2026-11-22T09:30:00Z; task c; task z status=nonsense
	sed -n 's/^\.Dl //p' "$BATS_TEST_DIRNAME/../man/jared-snap.1" | sed 's/\\(dq/"/g; s/\\e/\\/g' >examples
	[ "$(wc -l <examples)" = 7 ]
	while read -r example; do
		runp "$example"
		[ "$status" = 0 ] && [ -n "$output" ] || { echo "$example: $status $output $stderr"; false; }
	done <examples
}

@test "--times tells how long attempts took, and the percentiles, by the journal" {
	task a; task b
	run -1 --separate-stderr jared-snap --times
	[ "$stderr" = "jared-snap: no attempt has run" ]
	for i in 1 2 3 4 5 6 7 8 9 10; do
		at "10:00:00"; record t$i 1 claim agent=sh title=T
		at "10:00:0$((i % 5))"; record t$i 1 running pid=1 start=1
		at "10:$((10 + i)):00"; record t$i 1 exited code=0
	done
	at 11:00:00; record t1 1 landed proof=ancestor oid=1
	record u 1 claim agent=sh
	record u 1 released reason=x
	jared-snap --times >got
	[ "$(sed -n 1p got)" = "$(tsv t1 1 2026-11-22T10:00:00Z 2026-11-22T10:00:01Z 2026-11-22T10:11:00Z 2026-11-22T11:00:00Z 1 659 2940 T)" ]
	[ "$(wc -l <got)" = 13 ]
	[ "$(grep ^@ got | cut -f1,7-9)" = "$(tsv @p50 2 900 2940; tsv @p90 4 1136 2940; tsv @max 4 1200 2940)" ]
	run -2 jared-snap --times --list
	run -2 jared-snap --times -t last
}
