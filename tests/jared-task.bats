load lib.bash
load journal.bash
load work.bash

setup() {
	setup_world
	export JARED_NOW=2026-11-22T10:00:00Z
	new_repo
	dir=tasks/workstreams/main/tasks
}

# edited ID LINE...: its front matter is now these lines
edited() {
	local id=$1
	shift
	diff <(printf '%s\n' "$@") <(sed -n '2,/^---$/{/^---$/d;p}' $dir/"$id".md)
}

# untouched COMMAND...: it fails with status $want and changes no file
untouched() {
	local before status=0
	before=$(cat $dir/* | cksum; ls -Ai $dir)
	"$@" >out 2>err || status=$?
	[ "$status" = "$want" ] && [ "$before" = "$(cat $dir/* | cksum; ls -Ai $dir)" ] ||
		{ echo "status $status"; cat out err; return 1; }
}

# --- status ---

@test "ready, start, done and draft set the layout's word, and print the record" {
	task a status=draft
	run -0 --separate-stderr jared-task -o id,state,status ready a
	[ "$output" = "$(tsv a ready ready)" ]
	[ -z "$stderr" ]
	jared-task -q start a >out
	edited a "title: Task a" "status: in_progress"
	jared-task -q done a >>out
	edited a "title: Task a" "status: done"
	jared-task -q draft a >>out
	edited a "title: Task a" "status: draft"
	[ ! -s out ]
}

@test "a status that means it already is left as it is" {
	task a status=completed
	want=0 untouched jared-task done a
	task b status=not_started
	want=0 untouched jared-task draft b
}

@test "several tasks: the good ones are edited, the others named, the worst status is the answer" {
	task a status=draft
	task b status=draft
	run -1 --separate-stderr jared-task -o id ready a nowhere b
	[ "$output" = "$(printf 'a\nb')" ]
	[ "$stderr" = "jared-task: nowhere: no such task" ]
	[ "$(jared-queue -o state | sort -u)" = ready ]
}

@test "another layout's words are written" {
	mkdir -p backlog/tasks
	printf -- '---\nid: BACK-1\ntitle: x\nstatus: To Do\n---\n' >"backlog/tasks/back-1 - x.md"
	jared-task -q start back-1
	grep -qx 'status: In Progress' backlog/tasks/*
	jared-task -q set BACK-1 status=done owner=bob
	grep -qx 'status: Done' backlog/tasks/*
	grep -qx 'assignee: bob' backlog/tasks/*
	run -1 --separate-stderr jared-task set BACK-1 status=blocked
	[[ $stderr == *"bad status 'blocked', valid: Draft, To Do, In Progress, Done" ]]
}

# --- set ---

@test "set changes that value and no other byte" {
	mkdir -p $dir
	printf '\xef\xbb\xbf---\r\n# n1\r\ntitle:   "x"  # n2\r\nstatus: ready\r\n\r\nx-own: [1,  2]\r\n---\r\n---\r\nstatus: y' >$dir/a.md
	sed 's/"x"/"y"/' $dir/a.md >want
	jared-task -q set a title=y
	cmp want $dir/a.md
	sed 's/status: ready/status: done/' want >want2
	jared-task -q set a status=done
	cmp want2 $dir/a.md
}

@test "several keys are set in one step; a new one comes last" {
	task a depends_on='[b]'
	task b
	jared-task -q set a priority=p0 title='Say: "no"' depends_on= milestone=m1
	edited a "title: 'Say: \"no\"'" "status: ready" "depends_on: []" "priority: p0" "milestone: m1"
}

@test "the name that the file has for a key is taken" {
	task a deps='[x]' blocked_by=
	task b
	jared-task -q set a depends_on=b
	grep -qx 'deps: \[b\]' $dir/a.md
	task c blocked_by=
	jared-task -q set c depends_on=b
	grep -qx 'blocked_by: \[b\]' $dir/c.md
}

@test "a value that makes no sense is refused with the valid ones, and forced" {
	task a; task b
	refuse() {
		want=1 untouched jared-task set a "$1"
		grep -qF "jared-task: $dir/a.md: $2" err || { cat err; return 1; }
	}
	refuse status=wip "bad status 'wip', valid: draft, not_started, ready"
	refuse priority=urgent "bad priority 'urgent', valid: p0, p1"
	refuse created=soon "bad created 'soon', valid: 2026-11-22, "
	refuse hold_until=4h "bad hold_until '4h', valid: "
	refuse depends_on=b,c "dependency 'c': no such task"
	refuse depends_on=a "dependency 'a': the task itself"
	refuse id=b "id 'b' is that of $dir/b.md"
	refuse id=/ "bad id '/', valid: "
	refuse depend_on=b "no key 'depend_on' in the file or the layout; --force adds it"
	refuse 'a key=b' "no key 'a key'"
	jared-task -qF set a priority=urgent 2>err
	grep -qx 'priority: urgent' $dir/a.md
	jared-task -qF set a depend_on=b
	grep -qx 'depend_on: b' $dir/a.md
	jared-task -q set a depend_on=c
	grep -qx 'depend_on: c' $dir/a.md
}

@test "what cannot be changed alone is refused" {
	mkdir -p $dir
	printf '%s\n' --- 'title: x' 'status: ready' 'x: {a: b}' 'y: [a, # n' '  b]' --- >$dir/a.md
	want=3 untouched jared-task set a x=c
	grep -q "a.md:4: x: a map is edited by hand" err
	want=3 untouched jared-task set a y=c
	grep -q "a.md:5: y: comments in the list would be lost" err
	jared-task -qF set a y=c
	grep -qx 'y: \[c\]' $dir/a.md
	printf -- '---\ntitle: a: b\n---\n' >$dir/b.md
	want=3 untouched jared-task set b title=c
	grep -q "b.md:2: title: " err
}

@test "a task with a worker is left alone unless forced" {
	task a
	record a 1 claim agent=sh
	want=1 untouched jared-task done a
	grep -q "a: a worker has it: claimed; --force" err
	jared-task -qF done a
	edited a "title: Task a" "status: done"
}

@test "inside a worker nothing is written unless forced" {
	task a
	export JARED_ATTEMPT=z.1
	want=1 untouched jared-task done a
	want=1 untouched jared-task new x
	want=0 untouched jared-task done -n a
	jared-task -qF done a
	run -0 jared-task check
}

@test "a dry run shows what patch makes of it" {
	task a status=draft
	printf -- '---\ntitle: x\nstatus: draft\n---' >$dir/b.md
	for id in a b; do
		want=0 untouched jared-task set -n $id priority=p1 status=ready
		cp out $id.diff
	done
	run -0 jared-task -n ready a
	[ "$output" = "$(printf -- '--- %s\n+++ %s\n@@ -3,1 +3,1 @@\n-status: draft\n+status: ready' $dir/a.md $dir/a.md)" ]
	cp -r tasks patched
	(cd patched && for id in a b; do patch -s -p1 <../$id.diff; done)
	jared-task -q set a priority=p1 status=ready
	jared-task -q set b priority=p1 status=ready
	diff -r tasks patched
}

# --- the file itself ---

@test "mode, attributes and a link that leads to the file stay" {
	mkdir real
	task a status=draft
	mv $dir/a.md real
	ln -s ../../../../real/a.md $dir/a.md
	chmod 640 real/a.md
	setfattr -n user.note -v x real/a.md 2>/dev/null || touch no-attributes
	jared-task -q ready a
	[ -L $dir/a.md ]
	[ "$(stat -c %a real/a.md)" = 640 ]
	grep -qx 'status: ready' real/a.md
	[ -e no-attributes ] || [ "$(getfattr --only-values -n user.note real/a.md)" = x ]
	[ "$(ls -A real)" = a.md ]
}

@test "the owner stays" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	task a status=draft
	chown 12:34 $dir/a.md
	jared-task -q ready a
	[ "$(stat -c %u:%g $dir/a.md)" = 12:34 ]
}

@test "a link that leaves the repository is refused" {
	task a status=draft
	mv $dir/a.md ../a.md
	ln -s "$(realpath ../a.md)" $dir/a.md
	want=3 untouched jared-task ready a
	grep -q "a.md:1: a symbolic link that leaves the repository" err
	grep -qx 'status: draft' ../a.md
}

@test "a file with two names is refused" {
	task a status=draft
	ln $dir/a.md other.md
	want=3 untouched jared-task ready a
	grep -q "hard link" err
}

@test "a file that somebody has open for writing is left to them" {
	task a status=draft
	exec 7>>$dir/a.md
	want=75 untouched jared-task ready a
	grep -q "somebody else is writing it; left as it is" err
	exec 7>&-
	jared-task -q ready a
}

@test "a full disk leaves the old file and no other" {
	task a status=draft
	yes filler | head -c 9000 >>$dir/a.md
	mkdir ../small
	own_mounts '
	mount -t tmpfs -o size=64k none ../small
	cp -r tasks ../small
	export JARED_ROOT=$PWD/../small
	a='$dir'/a.md
	head -c 1M /dev/zero >../small/filler 2>/dev/null || :
	for room in 0 1 2; do
		[ $room = 0 ] || truncate -s -4096 ../small/filler
		status=0
		jared-task -q ready a || status=$?
		[ $status = 3 ]
		cmp $a ../small/$a
		[ "$(ls -A ../small/${a%/*})" = a.md ]
	done
	rm ../small/filler
	jared-task -q ready a
	grep -qx "status: ready" ../small/$a'
}

@test "at whatever byte writing fails, the old file stays and no other" {
	task a status=draft title=x
	cp $dir/a.md before
	size=$(($(wc -c <before) - 1))
	run -0 bash -c '
		trap "" XFSZ
		for ((n = 0; n < '$size'; n++)); do
			status=0
			prlimit --fsize=$n jared-task -q set a status=done 2>/dev/null || status=$?
			[ $status = 3 ] && cmp before '$dir'/a.md && [ "$(ls -A '$dir')" = a.md ] || exit 1
		done
		prlimit --fsize='$size' jared-task -q set a status=done'
	edited a "status: done" "title: x"
}

@test "an edit changes its value alone: 614 real files, generated ones, every key, 20,000 cases" {
	python3 "$BATS_TEST_DIRNAME/gen-tasks.py" -n 150 --bad 10 --out gen >/dev/null
	run -0 --separate-stderr bash -o pipefail -c 'find "$1" gen -name "*.md" -print0 | sort -z |
		xargs -0 "$BUILD/tests/edit" -s 8 |
		awk "{ n += \$1; no += \$3 } END { print n, \"cases,\", no, \"refused\" }"' - "$BATS_TEST_DIRNAME/fixtures/backlog-md/backlog"
	echo "$output"
	[[ $output =~ ^([0-9]+)\ cases,\ 0\ refused$ ]]
	[ "${BASH_REMATCH[1]}" -ge 20000 ]
}

@test "tasks of every layout are edited and read back by the tool itself" {
	n=0
	for layout in backlog-md/backlog tk/.tickets ccpm/.claude flat/tasks; do
		from=$BATS_TEST_DIRNAME/fixtures/$layout
		[ -d "$from" ] || continue
		rm -rf ../one && mkdir ../one
		cp -r "$from" ../one
		for id in $(jared-queue -q -C ../one -s ready -o id | head -4); do
			jared-task -q -C ../one set "$id" priority= owner='x: "y"'
			[ "$(jared-queue -q -C ../one -o id,priority | grep "^$id	")" = "$(tsv "$id" -)" ]
			jared-task -q -C ../one done "$id"
			[ "$(jared-queue -q -C ../one -o state "$id")" = done ]
			n=$((n + 1))
		done
	done
	[ $n -ge 10 ]
}

@test "killed at any system call it leaves the old file or the new one" {
	task a priority=p9
	cp $dir/a.md old
	sed 's/p9/p1/' old >new
	# What looks for leaks does not work under ptrace.
	export ASAN_OPTIONS=detect_leaks=0
	KILLAT_COUNT=count "$BUILD/tests/tools/killat" 0 jared-task -q set a priority=p1
	cmp new $dir/a.md
	for ((n = $(<count); n > 0; n -= 4)); do
		cp old $dir/a.md
		run -137 "$BUILD/tests/tools/killat" $n jared-task -q set a priority=p1
		cmp -s old $dir/a.md || cmp new $dir/a.md
		for left in $dir/.[!.]*; do
			[ ! -e "$left" ] || [[ $left == $dir/.jared-task.* ]]
		done
		[ "$(jared-queue -o id)" = a ]
		rm -f $dir/.jared-task.*
	done
}

@test "a person who saves the file at the same moment loses nothing" {
	task a
	run -0 --separate-stderr "$BUILD/tests/tools/racer" "$PWD/$dir/a.md" 200 jared-task -q set a priority=p1
	[ "$(ls -A $dir)" = a.md ]
}

# --- new ---

@test "new makes a file from its template" {
	run -0 --separate-stderr jared-task new -w w1 -p p1 -O me 'Parse: the "header" (again)'
	[ "$output" = "$(jared-queue)" ]
	[ "$(jared-queue -o id,state,priority,workstream,owner,file,title)" = "$(tsv parse-the-header-again \
		draft p1 w1 me tasks/workstreams/w1/tasks/parse-the-header-again.md 'Parse: the "header" (again)')" ]
	file=tasks/workstreams/w1/tasks/parse-the-header-again.md
	grep -qx 'created: 2026-11-22T10:00:00Z' $file
	diff <(grep ^## $file) <(printf '## %s\n' Problem Context "Possible Solutions" Plan \
		"Implementation Progress" "QA Exploration" "Review Feedback")
	jared-task check
}

@test "new never replaces a file or takes an id that is there" {
	jared-task -q new Do it
	want=1
	dir=tasks/workstreams/main/tasks
	untouched jared-task new Do it
	grep -q "id 'do-it' is that of $dir/do-it.md" err
	printf -- '---\ntitle: x\nstatus: ready\nid: other\n---\n' >$dir/hidden.md
	untouched jared-task new hidden
	grep -q "hidden.md: it exists" err
	untouched jared-task new -i other Another
}

@test "new chooses the only workstream, and asks where there are more" {
	jared-task -q new -w one First
	jared-task -q new Second
	[ -e tasks/workstreams/one/tasks/second.md ]
	jared-task -q new -w two Third
	run -2 --separate-stderr jared-task new Fourth
	[ "$stderr" = "jared-task: which workstream? There are: one, two" ]
	run -2 --separate-stderr jared-task new -w ../x Fourth
	[ "$stderr" = "jared-task: bad workstream '../x'" ]
}

@test "new writes no file outside the repository" {
	mkdir -p tasks ../out
	ln -s "$(realpath ../out)" tasks/workstreams
	run -3 --separate-stderr jared-task new -w w Escape
	[[ $stderr == *"a symbolic link leads out of the repository"* ]]
	[ -z "$(find ../out -type f)" ]
}

@test "new refuses a title of which no id can be made, or takes the id that is given" {
	run -2 --separate-stderr jared-task new '日本語'
	[[ $stderr == *"no id can be made of the title"*"--id gives one"* ]]
	jared-task -q new -i nihongo '日本語'
	[ "$(jared-queue -o id,title)" = "$(tsv nihongo 日本語)" ]
	run -2 jared-task new "a
b"
	run -2 jared-task new -i A/b x
}

@test "new in another layout writes its keys and its title" {
	mkdir .tickets
	printf -- '---\nid: a-1\nstatus: open\n---\n# A\n' >.tickets/a-1.md
	jared-task -q new -d a-1 -p 2 -O bob A new ticket
	[ "$(jared-queue -o state,priority,owner,waits,title a-new-ticket)" = \
		"$(tsv waiting 2 bob dep:a-1=ready 'A new ticket')" ] ||
		{ jared-queue -o state,priority,owner,waits,title a-new-ticket; cat .tickets/a-new*; return 1; }
	grep -qx 'deps: \[a-1\]' .tickets/a-new-ticket.md
	grep -qx 'priority: 2' .tickets/a-new-ticket.md
}

@test "new does not ask where to put what a layout names no file for" {
	mkdir -p .claude/epics/{a,b}
	for epic in a b; do
		printf -- '---\nname: E\n---\n' >.claude/epics/$epic/epic.md
		printf -- '---\nname: One\nstatus: open\n---\n' >.claude/epics/$epic/001.md
	done
	for in in '' '-w a'; do
		run -3 --separate-stderr jared-task new $in Next
		[ "$stderr" = "jared-task: the layout 'ccpm' does not say how a new file is named: .claude/epics/{workstream}/[0-9]*.md" ]
	done
}

@test "the repository's own template is taken" {
	mkdir .jared
	printf -- '---\n# ours\ntags: []\n---\nBody\n' >.jared/task.md
	jared-task -q new X
	diff - tasks/workstreams/main/tasks/x.md <<-END
	---
	# ours
	tags: []
	title: X
	status: draft
	created: 2026-11-22T10:00:00Z
	---
	Body
	END
}

# --- check ---

@test "check names file, line, fault and choices, and says no" {
	task a depends_on='[b, nowhere, c]' priority=sometimes
	task b status=cancelled
	task c status=wip
	task d depends_on=e
	task e depends_on=d
	task f
	run -1 --separate-stderr jared-task check
	diff - <(printf '%s\n' "$output") <<-END
	$dir/a.md:5: unknown priority 'sometimes', valid: p0, p1, p2, p3, p4, critical, high, medium, low
	$dir/a.md:4: dependency 'b' is cancelled and will never be done
	$dir/a.md:4: no task 'nowhere' to depend on
	$dir/a.md:4: dependency 'c' is invalid: $dir/c.md:3: bad status 'wip', valid: draft, not_started, ready, in_progress, blocked, done, completed, cancelled, canceled
	$dir/c.md:3: bad status 'wip', valid: draft, not_started, ready, in_progress, blocked, done, completed, cancelled, canceled
	$dir/d.md:4: waits for itself: d>e>d
	$dir/e.md:4: waits for itself: d>e>d
	END
	[ -z "$stderr" ]
	run -0 --separate-stderr jared-task check b f
	[ -z "$output$stderr" ]
	run -1 --separate-stderr jared-task check nowhere
	[ "$stderr" = "jared-task: nowhere: no such task" ]
}

@test "owners must be of the team, where there is one" {
	mkdir -p tasks/team/roles
	printf -- '---\nname: Ann Other\naliases: [an]\n---\n' >tasks/team/ann.md
	printf -- '---\nfilled_by: ann\n---\n' >tasks/team/roles/lead.md
	task a owner=AN
	task b owner=lead
	run -0 jared-task check
	task c owner=bob
	printf -- '---\nfilled_by: gone\n---\n' >tasks/team/roles/qa.md
	run -1 --separate-stderr jared-task check
	diff - <(printf '%s\n' "$output") <<-END
	tasks/team/roles/qa.md:2: 'gone' is nobody in tasks/team, valid: ann, lead, qa
	$dir/c.md:4: no owner 'bob', valid: ann, lead, qa
	END
	want=1 untouched jared-task set a owner=bob
	grep -q "bad owner 'bob', valid: ann, lead, qa" err
	jared-task -q set a owner=lead
	grep -qx 'owner: lead' $dir/a.md
}

@test "check --body names empty sections, and is no fault" {
	task a
	cat >>$dir/a.md <<-'END'
	# Title
	## Full
	text
	## Empty
	<!-- only
	## a comment -->

	## With parts
	### Part
	- [ ] x
	## Code
	```
	## not a heading
	```
	## Last
	END
	run -0 jared-task check --body a
	[ "$output" = "$(printf '%s: advice: section %s is empty\n' $dir/a.md:10 "'Empty'" $dir/a.md:21 "'Last'")" ]
}

# --- show, path, and the command line ---

@test "show prints the file, path where it is, from anywhere" {
	task a
	printf 'x\0\t\r\n\033[31m' >>$dir/a.md
	here=$PWD
	cd $dir
	jared-task show a | cmp - a.md
	[ "$(jared-task path a)" = "$here/$dir/a.md" ]
	[ "$(jared-task path ./a.md)" = "$here/$dir/a.md" ]
	run -1 --separate-stderr jared-task show b
	[ "$stderr" = "jared-task: b: no such task" ]
}

@test "show cannot drive a terminal" {
	task a title='"\e]52;c;x\a"'
	printf 'a\tb \033]0;x\a \302\233c \342\200\256 \r \0z\r\n' >>$dir/a.md
	script -qec "jared-task show a; jared-task check -b" /dev/null </dev/null | tr -d '\n' >out
	grep -q 'a    b \\x1b' out
	! LC_ALL=C grep -qP '[\x00-\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' out
}

@test "a wrong command line is a usage error and changes nothing" {
	task a
	want=2
	untouched jared-task
	untouched jared-task frob a
	untouched jared-task set a
	untouched jared-task set a status
	untouched jared-task set a =x
	untouched jared-task ready
	untouched jared-task ready -w x a
	grep -q "ready takes no -w" err
	untouched jared-task check -n
	untouched jared-task -o nope done a
}
