load lib.bash
setup() { setup_world; }

# queue COLUMNS [ARG...]: those columns, quietly
queue() { jared-queue -q -o "$@"; }
# journal ID EVENT [KEY=VALUE...]: append a record with its crc
journal() {
	local id=$1 event=$2 file=.git/jared/journal/000001.tsv line
	shift 2
	mkdir -p -m 700 .git/jared .git/jared/journal
	touch "$file"
	line=$(tsv $(($(wc -l <"$file") + 1)) 2026-11-22T10:00:00Z 00000000:1 "$id" 1 \
	    "$event" "$@")
	printf '%s\t%s\n' "$line" "$(printf %s "$line" | gzip -c | tail -c8 |
	    od -An -tx4 -N4 | tr -d ' ')" >>"$file"
}

# --- what is listed ---

@test "a task is one record of fifteen fields" {
	export JARED_NOW=2026-11-22T10:00:10Z
	task a title="One: two" id=A priority=p1 milestone=m1 owner=bo \
	    created=2026-11-22T10:00:00Z paths="[src/a.c, 'lib/*']" 2>/dev/null
	sed -i 's/^title: .*/title: "One: two"/' tasks/workstreams/main/tasks/a.md
	hash=$(jared-queue -o hash)
	tsv a ready p1 ready main m1 bo 10 0 - - "src/a.c,lib/*" \
	    tasks/workstreams/main/tasks/a.md "$hash" "One: two" >want
	jared-queue >got
	same want got
	[[ $hash =~ ^[0-9a-f]{16}$ ]]
}

@test "what a file does not say is absent" {
	task a
	tsv a ready - ready main - - - 0 - - - \
	    tasks/workstreams/main/tasks/a.md "$(queue hash)" "Task a" >want
	jared-queue >got
	same want got
}

@test "it works without git, without a journal, and on nothing" {
	run -1 --separate-stderr jared-queue
	[ -z "$output" ]
	[[ $stderr == "jared-queue: no task files 'tasks/workstreams/{workstream}/tasks/*.md' in '"*"' (layout workstreams)" ]]
	task a
	[ "$(jared-queue -o id,state)" = "$(tsv a ready)" ]
}

@test "from any directory of the repository, and with -C" {
	new_repo
	task a
	mkdir -p deep/er
	cd deep/er
	[ "$(jared-queue -o id)" = a ]
	cd /
	[ "$(jared-queue -C "$BATS_TEST_TMPDIR/repo/deep" -o id)" = a ]
	[ "$(JARED_ROOT=$BATS_TEST_TMPDIR/repo jared-queue -o id)" = a ]
}

@test "JSON has the same names, numbers as numbers, lists as lists, and null" {
	task a depends_on="[nope, b]" paths="[x, y]" created=2026-11-01
	task b status=draft
	jared-queue -j a >got
	[ "$(jq -r 'keys_unsorted | join(" ")' got)" = "$(jared-queue -L | xargs)" ]
	jq -e '.id == "a" and .state == "waiting" and (.age | type) == "number"
	    and .unblocks == 0 and .paths == ["x", "y"] and .priority == null
	    and .waits == ["dep:nope=missing", "dep:b=draft"]' got
}

@test "-o selects and orders columns; an unknown one is a usage error" {
	task a
	[ "$(jared-queue -o title,id)" = "$(tsv "Task a" a)" ]
	run -2 --separate-stderr jared-queue -o id,nope
	[[ $stderr == *nope*valid*unblocks* ]]
}

# --- states that the file decides ---

@test "each status word has its state" {
	for s in draft not_started ready in_progress blocked done completed \
	    cancelled canceled; do
		task "$s" status=$s
	done
	queue id,state,waits | sort >got
	{
		tsv blocked held status:blocked
		tsv canceled cancelled -
		tsv cancelled cancelled -
		tsv completed "done" -
		tsv "done" "done" -
		tsv draft draft -
		tsv in_progress held status:in_progress | sed 's/_/-/'
		tsv not-started draft -
		tsv ready ready -
	} >want
	same want got
}

@test "status words are compared without case" {
	task a status=READY
	[ "$(queue state,status)" = "$(tsv ready READY)" ]
}

@test "a dependency that is not done keeps a task waiting, and says how it stands" {
	task a depends_on="[b, c, d, e, f]"
	task b status=draft
	task c status=in_progress
	task d status=cancelled
	task e status=done
	task f
	[ "$(queue waits a)" = dep:b=draft,dep:c=in_progress,dep:d=cancelled,dep:f=ready ]
	[ "$(queue state a)" = waiting ]
}

@test "a task whose dependencies are all done is ready" {
	task a depends_on=b
	task b status=done
	[ "$(queue state a)" = ready ]
}

@test "a dependency on a broken file is not satisfied" {
	task a depends_on="[b]"
	task b status=wip
	[ "$(queue state,waits a)" = "$(tsv waiting dep:b=invalid)" ]
}

@test "a missing dependency says so" {
	task a depends_on="[no such, task]"
	[ "$(queue waits)" = dep:no_such=missing,dep:task=missing ]
}

@test "gates that nothing can evaluate stay shut" {
	task a gates="[ci, review]"
	task b gates="{ci: pass}"
	[ "$(queue state,waits a)" = "$(tsv waiting gate:ci=unknown,gate:review=unknown)" ]
	[ "$(queue waits b)" = gate:ci=unknown ]
}

@test "a task is held until its time has come" {
	export JARED_NOW=2026-11-22T10:00:00Z
	task a hold_until=2026-11-22T10:00:01Z
	task b hold_until=2026-11-22T10:00:00Z
	[ "$(queue state,waits a)" = "$(tsv held hold:until=2026-11-22T10:00:01Z)" ]
	[ "$(queue state b)" = ready ]
}

# --- states that the journal decides ---

@test "done in the file wins over whatever is left of an attempt" {
	new_repo
	task a status=done
	task b
	journal a claim
	journal b claim
	[ "$(queue id,state,attempt)" = "$(tsv a "done" 1; tsv b claimed 1)" ]
}

@test "a task that has landed satisfies, whatever its file says" {
	new_repo
	task a status=in_progress
	task b depends_on=a
	journal a claim
	journal a running pid=1:1
	journal a exited code=0
	journal a landed proof=ancestor
	[ "$(queue id,state)" = "$(tsv b ready; tsv a landed)" ]
}

@test "attempts of a task whose file is gone are no business of the queue" {
	new_repo
	task a
	journal b claim
	[ "$(queue id)" = a ]
}

@test "a torn last record is passed over in silence" {
	new_repo
	task a
	journal a claim
	printf '2\t2026' >>.git/jared/journal/000001.tsv
	run -0 --separate-stderr jared-queue -o id,state
	[ "$output" = "$(tsv a claimed)" ]
	[ -z "$stderr" ]
}

@test "with a journal damaged in the middle the records are written, and the status is 3" {
	new_repo
	task a
	journal b claim
	journal c claim
	sed -i '1s/claim/climb/' .git/jared/journal/000001.tsv
	run -3 --separate-stderr jared-queue -o id
	[ "$output" = a ]
	[[ $stderr == *000001.tsv:1:* ]]
}

# --- order ---

@test "startable first, then priority, then how many wait, then age, then id" {
	task late priority=p0 status=draft
	task low priority=p3
	task none
	task odd priority=soon
	task wanted priority=p1
	task w1 priority=p1 depends_on=wanted
	task w2 priority=p1 depends_on=wanted
	task old priority=p1 created=2026-01-01
	task young priority=p1 created=2026-02-01
	task b priority=p1
	task a priority=p1
	queue id >got
	printf '%s\n' wanted old young a b low odd none late w1 w2 >want
	same want got
}

@test "priorities of other people's words order too" {
	task a priority=low
	task b priority=HIGH
	task c priority=medium
	[ "$(queue id | xargs)" = "b c a" ]
}

@test "unblocks counts open tasks, each of them once" {
	task a id=A
	task b depends_on="[a, A, tasks/workstreams/main/tasks/a.md]"
	task c depends_on=a status=draft
	task d depends_on=a status=done
	task e depends_on=a status=wip
	[ "$(queue unblocks a)" = 2 ]
}

@test "the output is the same in every locale and from any order of directory entries" {
	for i in b a-b ab A_c aé; do task "$i" priority=p1; done
	LC_ALL=C jared-queue >one
	LC_ALL=tr_TR.UTF-8 LC_COLLATE=de_DE.UTF-8 jared-queue >two
	same one two
	mkdir again
	(cd again && for i in aé A_c ab a-b b; do task "$i" priority=p1; done
	jared-queue) >three
	same one three
}

@test "an age is never negative" {
	export JARED_NOW=2026-11-22T10:00:00Z
	task a created=2027-01-01
	[ "$(queue age)" = 0 ]
}

# --- choosing ---

@test "-s lists only tasks in these states" {
	task a
	task b status=draft
	task c status=done
	[ "$(queue id -s ready,done)" = "$(printf 'a\nc')" ]
	run -1 --separate-stderr jared-queue -s parked
	[ "$stderr" = "jared-queue: no task matches" ]
	run -2 --separate-stderr jared-queue -s redy
	[[ $stderr == *"bad state 'redy', valid: ready, waiting, held"* ]]
}

@test "a task is named by raw id, id, stem, or path, also a relative one" {
	task some_file id=WS_B.1
	task other
	for name in WS_B.1 ws-b-1 some_file ws_b.1 \
	    tasks/workstreams/main/tasks/some_file.md \
	    ./tasks/../tasks/workstreams/main/tasks/some_file.md; do
		[ "$(queue id "$name")" = ws-b-1 ]
	done
	cd tasks/workstreams
	new=$(jared-queue -C ../.. -o id main/tasks/some_file.md)
	[ "$new" = ws-b-1 ]
}

@test "an id goes before a stem, and a raw id before both" {
	task x id=a
	task a id=b
	task c id=B2
	task y id=c
	[ "$(queue file a)" = tasks/workstreams/main/tasks/x.md ]
	[ "$(queue file c)" = tasks/workstreams/main/tasks/y.md ]
}

@test "a name that is no task, or more than one, is refused; the others are listed" {
	task a
	mkdir -p tasks/workstreams/{o,p}/tasks
	sed 's/^title/id: x1\ntitle/' tasks/workstreams/main/tasks/a.md >tasks/workstreams/o/tasks/s.md
	sed 's/^title/id: x2\ntitle/' tasks/workstreams/main/tasks/a.md >tasks/workstreams/p/tasks/s.md
	run -1 --separate-stderr jared-queue -o id a s nope
	[ "$output" = a ]
	[[ ${stderr_lines[0]} == "jared-queue: 's' is the name of more than one task: "* ]]
	[[ ${stderr_lines[0]} == *tasks/workstreams/o/tasks/s.md* ]]
	[[ ${stderr_lines[0]} == *tasks/workstreams/p/tasks/s.md* ]]
	[ "${stderr_lines[1]}" = "jared-queue: nope: no such task" ]
}

@test "a dependency that means two tasks is ambiguous" {
	mkdir -p tasks/workstreams/{o,p}/tasks
	task a depends_on=s
	sed 's/^title/id: x1\ntitle/' tasks/workstreams/main/tasks/a.md >tasks/workstreams/o/tasks/s.md
	sed 's/^title/id: x2\ntitle/' tasks/workstreams/main/tasks/a.md >tasks/workstreams/p/tasks/s.md
	[ "$(queue waits a)" = dep:s=ambiguous ]
}

# --- cycles ---

@test "a cycle names all its members from the smallest id on, for each of them" {
	task c depends_on=a
	task b depends_on=c
	task a depends_on=b
	task d depends_on=a
	for t in a b c; do
		[ "$(queue waits $t)" = "cycle:a>b>c>a" ]
	done
	[ "$(queue waits d)" = dep:a=ready ]
}

@test "a task that waits for itself is a cycle of one" {
	task a depends_on=a
	[ "$(queue state,waits)" = "$(tsv waiting "cycle:a>a")" ]
}

@test "a cycle through a task that is done is none" {
	task a depends_on=b
	task b depends_on=a status=done
	[ "$(queue state a)" = ready ]
}

@test "of a knot of a hundred tasks 64 are named" {
	for i in {100..199}; do
		task "t$i" depends_on="[t$((i == 199 ? 100 : i + 1)), t100]"
	done
	queue waits t150 >got
	grep -q '^cycle:t100>t101>.*>t163>+36>t100$' got
}

# --- faults ---

@test "one bad file is one invalid record and one message; the others are listed" {
	task a
	task b status=wip
	task c
	run -0 --separate-stderr jared-queue -o id,state,waits
	[ "$output" = "$(tsv a ready -; tsv c ready -; tsv b invalid invalid:status)" ]
	[ "$stderr" = "jared-queue: tasks/workstreams/main/tasks/b.md:3: bad status 'wip', valid: draft, not_started, ready, in_progress, blocked, done, completed, cancelled, canceled" ]
}

@test "-q is silent about faults, --strict makes them a failure" {
	task a
	task b status=wip
	run -0 --separate-stderr jared-queue -q -o id
	[ -z "$stderr" ]
	run -3 --separate-stderr jared-queue --strict -o id
	[ "${#lines[@]}" = 2 ]
	run -0 --separate-stderr jared-queue --strict a
	run -3 --separate-stderr jared-queue --strict -s ready
	[ "${#lines[@]}" = 1 ]
}

@test "two files with one id are both invalid, each naming the other" {
	task a id=x
	task b id=X
	task c depends_on=x
	run -0 --separate-stderr jared-queue -o id,state,waits
	[ "${lines[0]}" = "$(tsv x invalid invalid:duplicate-id)" ]
	[ "${lines[1]}" = "$(tsv c waiting dep:x=invalid)" ]
	[ "${lines[2]}" = "${lines[0]}" ]
	[ "${stderr_lines[0]}" = "jared-queue: tasks/workstreams/main/tasks/a.md:1: id 'x' is also that of tasks/workstreams/main/tasks/b.md" ]
	[ "${stderr_lines[1]}" = "jared-queue: tasks/workstreams/main/tasks/b.md:1: id 'x' is also that of tasks/workstreams/main/tasks/a.md" ]
}

@test "a file too broken to say its id does not take one from another" {
	task a
	mkdir -p tasks/workstreams/x/tasks
	echo nothing >tasks/workstreams/x/tasks/a.md
	task b depends_on=a
	queue file,state >got
	{
		tsv tasks/workstreams/main/tasks/a.md ready
		tsv tasks/workstreams/x/tasks/a.md invalid
		tsv tasks/workstreams/main/tasks/b.md waiting
	} >want
	same want got
}

# --- the rest ---

@test "wrong usage is status 2 on standard error, --help is 0 on standard output" {
	run -2 --separate-stderr jared-queue --nope
	[ -z "$output" ] && [[ $stderr == *usage:* ]]
	run -0 --separate-stderr jared-queue --help
	[ -z "$stderr" ] && [[ $output == "usage: jared-queue"* ]]
	run -0 jared-queue -V
	[[ $output == "jared-queue "* ]]
	run -3 --separate-stderr jared-queue -C /nonexistent
	[ "$stderr" = "jared-queue: cannot open '/nonexistent': No such file or directory" ]
}

@test "a full or closed standard output is a failure" {
	task a
	run -3 --separate-stderr bash -c 'jared-queue >/dev/full'
	[[ $stderr == *"cannot write standard output"* ]]
	run -3 --separate-stderr bash -c 'jared-queue >&-'
}

@test "a chain of 3000 tasks, and 3000 that wait for one" {
	dir=tasks/workstreams/main/tasks
	mkdir -p $dir
	for i in {1..3000}; do
		printf -- '---\nstatus: ready\ndepends_on: [t%d, t0]\n---\n' $((i - 1)) >$dir/t$i.md
	done
	printf -- '---\nstatus: ready\n---\n' >$dir/t0.md
	queue id,state,unblocks,waits >got
	[ "$(head -1 got)" = "$(tsv t0 ready 3000 -)" ]
	[ "$(grep -c "$(tsv waiting '[01]' 'dep:t[0-9]*=ready,dep:t0=ready$')" got)" = 2999 ]
	grep -qx "$(tsv t1 waiting 1 dep:t0=ready)" got
}

@test "on a generated corpus what is startable, bad and circular is what was planted" {
	"$BATS_TEST_DIRNAME/gen-tasks.py" -n 1000 --cycles 8 --bad 40 --out c >/dev/null
	cd c
	mkdir -p .jared/layouts
	sed 's/not_started: draft/not_started: ready/' "$BUILD/share/jared/layouts/workstreams.yaml" \
	    >.jared/layouts/workstreams.yaml
	stems() { sed 's,.*/,,; s,\.md$,,' | sort; }
	queue file -s ready | stems >got
	sort ready.expected >want
	same want got
	queue file -s invalid | sort >got
	cut -f1 bad.expected | sort >want
	same want got
	tr ' ' '\n' <cycles.expected | sort >want
	queue file,waits | grep 'cycle:' | cut -f1 | stems >got
	same want got
	jared-queue 2>&1 >/dev/null | sed 's/^jared-queue: //; s/:.*//' | sort >got
	cut -f1 bad.expected | sort >want
	same want got
}

# --- names on standard input, and the past ---

@test "- reads names from standard input, in every form" {
	task a id=A_1; task b; task c; mkdir -p x
	printf '%s\n' A_1 tasks/workstreams/main/tasks/b.md >names
	[ "$(jared-queue -o id - <names | xargs)" = "a-1 b" ]
	[ "$(jared-queue | jared-queue -o id - | xargs)" = "a-1 b c" ]
	[ "$(jared-queue -o id c - <names | xargs)" = "a-1 b c" ]
}

@test "- refuses what means no task, or two, with the candidates, and lists the rest" {
	task s; task b
	mkdir -p tasks/workstreams/two/tasks
	cp tasks/workstreams/main/tasks/s.md tasks/workstreams/two/tasks/s.md
	printf 's\nnope\n\nb\n' >names
	run -1 --separate-stderr jared-queue -q -o id - <names
	[ "$output" = b ]
	[ "${stderr_lines[0]}" = "jared-queue: 's' is the name of more than one task: tasks/workstreams/main/tasks/s.md, tasks/workstreams/two/tasks/s.md" ]
	[ "${stderr_lines[1]}" = "jared-queue: nope: no such task" ]
}

@test "- with nothing to read lists nothing" {
	task a
	run -1 --separate-stderr jared-queue - </dev/null
	[ -z "$output$stderr" ]
}

# a repository whose snapshot "last" and whose picks then are ../queue, ../picks
past() {
	new_repo
	for i in 1 2 3 4 5 6; do task t$i priority=p$((i % 3)); done
	task t7 depends_on='[t1]'; task t8 paths='[a/]'; task t9 paths='[a/b]'
	echo 'max_workers: 7' >jared.yaml
	jared-snap >/dev/null
	jared-queue >../queue
	jared-pick -q <../queue >../picks
	[ "$(wc -l <../picks)" = 7 ]
}

@test "--snap writes the records of then, and they give the same picks" {
	past
	rm tasks/workstreams/main/tasks/t2.md
	task t1 status=done; task t3 status=draft; task new priority=p0
	run -0 --separate-stderr jared-queue --snap last
	[ -z "$stderr" ]
	printf '%s\n' "$output" | same ../queue -
	jared-queue --snap last | jared-pick -q | same ../picks -
	! jared-queue | jared-pick -q | cmp -s ../picks -
	name=$(jared-snap -i -o name)
	jared-queue --snap "$name" | same ../queue -
	cp ".git/jared/snap/$name" ../copy
	jared-queue --snap ../copy | same ../queue -
	cd .. && jared-queue --snap ./copy | same queue -
}

@test "--snap tells the limits of then, where they were others, as options" {
	past
	printf 'max_workers: 2\nmax_by: {priority: 1}\n' >jared.yaml
	run -0 --separate-stderr jared-queue -t last
	[ "$stderr" = "jared-queue: the limits were others then: jared-pick -m 7 -b priority=1000" ]
	# shellcheck disable=SC2046
	jared-queue -qt last | jared-pick -q ${stderr##*jared-pick } | same ../picks -
	# Limits alone are reason enough for the next snapshot.
	[ "$(jared-snap -i | wc -l)" = 1 ]
	jared-snap
	[ "$(jared-snap -i | wc -l)" = 2 ]
	run -0 --separate-stderr jared-queue -t last
	[ -z "$stderr" ]
}

@test "--snap selects by state and by name" {
	past
	rm -r tasks
	[ "$(jared-queue -t last -s waiting -o id)" = t7 ]
	[ "$(jared-queue -t last -o id t1 tasks/workstreams/main/tasks/t3.md 2>/dev/null | sort | xargs)" = "t1 t3" ]
	run -1 --separate-stderr jared-queue -t last -o id nope t4
	[ "$output" = t4 ]
	[ "$stderr" = "jared-queue: no task 'nope' in the snapshot" ]
	[ "$(echo t5 | jared-queue -t last -o id -)" = t5 ]
}

@test "a snapshot that is damaged, or none, is refused" {
	past
	run -1 --separate-stderr jared-queue -t ./nothing
	[ "$stderr" = "jared-queue: snapshot ./nothing: gone" ]
	sed 's/t4/t5/' .git/jared/snap/*.tsv >../bad
	run -1 --separate-stderr jared-queue -t ../bad
	[ "$stderr" = "jared-queue: snapshot ../bad: damaged: bad checksum" ]
	run -2 jared-queue -t soon
	run -1 jared-queue -t 10d
}
