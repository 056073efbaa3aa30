load lib.bash
setup() { setup_world; }

# layout NAME TEXT: a layout of the repository's own
layout() {
	mkdir -p .jared/layouts
	printf '%b' "$2" >".jared/layouts/$1.yaml"
}
# md FILE STATUS
md() {
	mkdir -p "${1%/*}"
	printf -- '---\nstatus: %s\n---\n' "$2" >"$1"
}
refused() {
	run -3 --separate-stderr jared-queue
	[[ $stderr == "jared-queue: "$1 ]] || { echo "$stderr"; return 1; }
}

@test "the files of Backlog.md: found without being told, none of them refused" {
	cp -r "$BATS_TEST_DIRNAME/fixtures/backlog-md/backlog" .
	run -0 --separate-stderr jared-queue -o id,state
	[ -z "$stderr" ]
	[ "${#lines[@]}" = 613 ]
	jared-queue -o state | sort | uniq -c | awk '{ print $2, $1 }' | xargs >got
	[ "$(cat got)" = "done 576 ready 33 waiting 4" ]
}

@test "of Backlog.md, names, owners, priorities, ages and dependencies are understood" {
	export JARED_NOW=2026-11-22T00:00:00Z
	cp -r "$BATS_TEST_DIRNAME/fixtures/backlog-md/backlog" .
	[ "$(jared-queue -o state,owner BACK-1)" = "$(tsv "done" @MrLesk)" ]
	[ "$(jared-queue -o id back-100.1)" = back-100-1 ]
	[ "$(jared-queue -o state,waits BACK-544)" = "$(tsv waiting dep:back-543=ready)" ]
	[ "$(jared-queue -o unblocks,priority,status BACK-543)" = "$(tsv 1 medium "To Do")" ]
	[ "$(jared-queue -o age BACK-595)" = $(($(date -d 2026-11-22 +%s) - $(date -d '2026-08-07 21:26' +%s))) ]
	# The project renumbered task-N to BACK-N: those names lead nowhere.
	[ "$(jared-queue -o waits BACK-200)" = dep:task-24.1=missing,dep:task-208=missing ]
	# Startable ones first, and of these the more urgent.
	[ "$(jared-queue -o state,priority | uniq | head -4)" = \
	    "$(tsv ready medium; tsv ready low; tsv ready -; tsv "done" high)" ]
}

@test "the native layout goes before others that fit, and others go by name" {
	md tasks/workstreams/a/tasks/n.md ready
	md backlog/tasks/b.md 'To Do'
	[ "$(jared-queue -o id)" = n ]
	[ "$(JARED_LAYOUT=backlog-md jared-queue -o id)" = b ]
	rm -r tasks
	[ "$(jared-queue -o id)" = b ]
	layout aaa 'detect: [backlog]\nfiles: ["backlog/x/*.txt"]\nstatus: {ready: ready}\n'
	md backlog/x/a.txt ready
	[ "$(jared-queue -o id)" = a ]
}

@test "a layout is pure data: flat tickets, keys and words of another program" {
	layout tk 'tasks_dir: .tickets\ndetect: [.]\nfiles: ["*.md"]\nkeys: {depends_on: [deps], owner: [assignee]}\nstatus: {open: ready, closed: done}\npriority: {"0": 0, "1": 1}\n'
	mkdir .tickets
	printf -- '---\nid: nw-5c46\nstatus: open\ndeps: [nw-1]\nassignee: Joe\npriority: 1\ndepends_on: [zz]\n---\n' >.tickets/nw-5c46.md
	printf -- '---\nid: nw-1\nstatus: closed\n---\n' >.tickets/nw-1.md
	printf -- '---\nid: nw-2\nstatus: open\npriority: 0\n---\n' >.tickets/nw-2.md
	[ "$(jared-queue -o id,state,owner)" = "$(tsv nw-2 ready -; tsv nw-5c46 ready Joe; tsv nw-1 "done" -)" ]
}

@test "id: [stem] leaves the key alone, but the task can be named by it" {
	layout ccpm 'files: ["epics/{workstream}/*.md"]\nignore: [EPIC.md]\nid: [stem]\nstatus: {open: ready}\ndefault_status: open\n'
	echo 'layout: ccpm' >jared.yaml
	mkdir -p epics/e
	: >epics/e/epic.md
	printf -- '---\nid: "#7"\n---\n' >epics/e/001.md
	printf -- '---\ndepends_on: ["#7"]\n---\n' >epics/e/002.md
	[ "$(jared-queue -o id,waits,workstream)" = "$(tsv 001 - e; tsv 002 dep:001=ready e)" ]
}

@test "tasks_dir of jared.yaml replaces that of the layout" {
	md plan/workstreams/a/tasks/x.md ready
	[ "$(JARED_TASKS_DIR=plan jared-queue -o id,workstream)" = "$(tsv x a)" ]
	[ "$(JARED_TASKS_DIR=plan/ jared-queue -o file)" = plan/workstreams/a/tasks/x.md ]
	md .backlog/tasks/y.md 'To Do'
	[ "$(JARED_TASKS_DIR=.backlog jared-queue -o id)" = y ]
}

@test "the repository's layouts go before JARED_SHARE, and that before the prefix" {
	md tasks/workstreams/a/tasks/x.md parked
	mkdir -p share/layouts
	words() { sed 's/not_started: draft/parked: '"$1/" "$BUILD/share/jared/layouts/workstreams.yaml"; }
	[ "$(jared-queue -q -o state)" = invalid ]
	words blocked >share/layouts/workstreams.yaml
	export JARED_SHARE=$PWD/share
	[ "$(jared-queue -o state)" = held ]
	layout workstreams "$(words ready)"
	[ "$(jared-queue -o state)" = ready ]
	rm -r share .jared
	[ "$(jared-queue -q -o state)" = invalid ]
}

@test "a path that matches two patterns is one task" {
	layout two 'files: ["t/*.md", "t/a*"]\nstatus: {ready: ready}\n'
	md t/ab.md ready
	[ "$(JARED_LAYOUT=two jared-queue -o id,state)" = "$(tsv ab ready)" ]
}

@test "a layout that does not exist, or is wrong, names the choices" {
	JARED_LAYOUT=nope refused "no layout 'nope' in .jared/layouts or '*/layouts', valid: backlog-md, ccpm, flat, tk, workstreams"
	export JARED_LAYOUT=x
	# TEXT|MESSAGE
	while IFS='|' read -r text want; do
		layout x "files: [a]\nstatus: {a: ready}\n$text\n"
		refused "*/.jared/layouts/x.yaml:$want"
	done <<-'END'
	nope: 1|3: unknown key 'nope', valid keys: tasks_dir, detect, fallback, files, ignore, team, id, title, keys, dependencies, status, priority, default_status
	detect: a|3: detect: want a list of words
	detect: [../a]|3: detect: want paths below the repository
	id: [stem, id]|3: id: want \[id, stem], \[stem] or \[workstream, stem]
	title: body|3: title: want 'heading' or 'key'
	dependencies: [comma, colon]|3: dependencies: want a list of 'list', 'comma' and 'children'
	fallback: maybe|3: fallback: want 'true' or 'false'
	team: ../x|3: team: want a directory below the one of the tasks
	keys: {nope: [a]}|3: nope: want one of the keys of jared-tasks(5)
	keys: [a]|3: keys: want a map from our keys to lists of theirs
	priority: {a: b}|3: a: want a number from 0 to 99
	default_status: b| bad default_status 'b', valid: a
	END
	layout x 'files: [a]\nstatus: {a: sleepy}\n'
	refused "*/x.yaml:2: a: want draft, ready, in_progress, blocked, done or cancelled"
	layout x 'files: [a]\n'
	refused "*/x.yaml: no files or no status words"
	layout x 'files: [a\n'
	refused "*/x.yaml:2: did not find expected ',' or '\]'*"
}

# --- the shipped ones ---

# fixture NAME: its tasks, here
fixture() { cp -r "$BATS_TEST_DIRNAME/fixtures/$1/." .; }

@test "the tickets of tk: titles from headings, numbers for priorities, parents after children" {
	fixture tk
	run -0 --separate-stderr jared-queue -o id,state,priority,owner,waits,title
	[ "$stderr" = "jared-queue: .tickets/wr-9c4d.md:3: bad status 'wontfix', valid: open, in_progress, closed" ]
	cat >want <<-'END'
	wr-2b90	ready	0	Robin Hale	-	Store readings
	wr-8b3c	ready	3	-	-	-
	wr-5e18	ready	4	Robin Hale	-	Station names with accents: é, ü
	wr-6f29	waiting	0	Robin Hale	dep:wr-9999=missing	A timeout for the feed
	wr-01aa	waiting	1	Robin Hale	dep:wr-2b90=ready,dep:wr-3c07=ready,dep:wr-4d55=in_progress	Weather reports by mail
	wr-13f2	done	2	Robin Hale	-	Read the station feed
	wr-3c07	waiting	2	Robin Hale	dep:wr-2b90=ready	Render the report
	wr-4d55	held	2	Kim	status:in_progress	Send the mail
	wr-7a01	waiting	2	Robin Hale	cycle:wr-7a01>wr-7a02>wr-7a01	Chickens
	wr-7a02	waiting	2	Robin Hale	cycle:wr-7a01>wr-7a02>wr-7a01	Eggs
	wr-9c4d	invalid	2	-	invalid:status	A word that tk does not know
	END
	same want <(printf '%s\n' "$output")
	[ "$(jared-queue -o unblocks wr-13f2)" = 3 ]
}

@test "the epics of CCPM: numbers that return in each epic, and files that are no tasks" {
	fixture ccpm
	run -0 --separate-stderr jared-queue -o id,state,workstream,waits,title
	[ -z "$stderr" ]
	cat >want <<-'END'
	checkout-002	ready	checkout	-	Payment form
	search-001	ready	search	-	Index the catalogue
	checkout-005	ready	checkout	-	Order history
	search-12	waiting	search	dep:search-001=ready	Suggestions
	checkout-001	done	checkout	-	Cart totals
	search-013	done	search	-	Synonyms
	checkout-003	waiting	checkout	dep:checkout-002=ready	Receipt by mail
	checkout-004	held	checkout	status:in_progress	Refunds
	search-014	waiting	search	dep:099=missing	Typos
	END
	same want <(printf '%s\n' "$output")
	run -1 --separate-stderr jared-queue -o id 001
	[ "$stderr" = "jared-queue: '001' is the name of more than one task: .claude/epics/checkout/001.md, .claude/epics/search/001.md" ]
	[ "$(jared-queue -o id 014)" = search-014 ]
}

@test "of two unreadable files with one name, each has the id of its epic" {
	fixture ccpm
	echo none | tee .claude/epics/checkout/020.md >.claude/epics/search/020.md
	[ "$(jared-queue -q -s invalid -o id)" = "$(printf 'checkout-020\nsearch-020')" ]
}

@test "tasks flat in one directory: the words of many, and none is started for want of one" {
	fixture flat
	run -0 --separate-stderr jared-queue -o id,state,priority,waits,owner,workstream,title
	[ "$stderr" = "jared-queue: tasks/notes.md:1: no front matter: the first line is not '---'" ]
	cat >want <<-'END'
	buy-paint	ready	urgent	-	-	-	Buy paint
	paint-fence	waiting	high	dep:buy-paint=ready	sam	-	Paint the fence
	garden	waiting	3	dep:plant-oak=ready	-	-	The whole garden
	dig-pond	held	-	status:in_progress	alex	garden	Dig the pond
	plant-oak	waiting	-	dep:dig-pond=in_progress	-	-	Plant an oak
	sand-fence	done	-	-	-	-	Sand the fence
	idea	draft	-	-	-	-	A tree house?
	notes	invalid	-	invalid:front-matter	-	-	-
	old	cancelled	-	-	-	-	Old
	END
	same want <(printf '%s\n' "$output")
}

@test "a fallback is taken only when nothing else fits" {
	fixture flat
	fixture tk
	[ "$(jared-queue -q -o file | head -1)" = .tickets/wr-2b90.md ]
	rm -r .tickets
	[ "$(jared-queue -q -o file | head -1)" = tasks/buy-paint.md ]
	# Nothing but files that are no tasks do not make it fit.
	rm tasks/[a-z]*.md
	run -1 --separate-stderr jared-queue
	[[ $stderr == *"(layout workstreams)" ]]
}

@test "a parent goes first when a child says so" {
	fixture tk
	sed -i 's/^deps: .*/deps: [wr-01aa]/' .tickets/wr-2b90.md
	[ "$(jared-queue -q -o state wr-01aa)" = ready ]
	[ "$(jared-queue -q -o waits wr-2b90)" = dep:wr-01aa=ready ]
}

@test "a cancelled child is not waited for, nor is the task itself" {
	layout p 'files: ["t/*.md"]\ndependencies: [children]\nstatus: {ready: ready, no: cancelled}\n'
	md t/a.md ready
	md t/b.md no
	sed -i '2i parent: a' t/*.md
	[ "$(JARED_LAYOUT=p jared-queue -o id,state)" = "$(tsv a ready; tsv b cancelled)" ]
}

@test "a heading is found wherever the first read ends, and only in front of the text" {
	layout h 'files: ["t/*.md"]\ntitle: heading\nstatus: {ready: ready}\n'
	export JARED_LAYOUT=h
	mkdir -p t
	for pad in 4060 4070 4071 4072 4073 4074 4075 4076 4077 4078 4079 4080 4090 4096; do
		printf -- '---\nstatus: ready\nx: %s\n---\n\n# Long title here\nmore\n' \
			"$(head -c $((pad - 24)) /dev/zero | tr '\0' x)" >t/a.md
		[ "$(jared-queue -o title)" = "Long title here" ]
	done
	# TEXT|TITLE
	while IFS='|' read -r text want; do
		printf -- "---\nstatus: ready\n---\n$text" >t/a.md
		[ "$(jared-queue -o title)" = "$want" ] || { echo "$text"; return 1; }
	done <<-'END'
	# x|x
	\n\r\n  #\tx y \t\r\ntext\n|x y
	#x\n|-
	## x\n|-
	#|-
	# \n# x\n|-
	text\n# x\n|-
	|-
	END
	printf -- '---\nstatus: ready\n---\n# %s\n' "$(head -c 5000 /dev/zero | tr '\0' x)" >t/a.md
	[ "$(jared-queue -o title)" = - ]
}

@test "patterns have classes, and ignored names are patterns too" {
	layout c 'files: ["t/[0-9a]*.md"]\nignore: ["*-X.md"]\nstatus: {ready: ready}\n'
	for name in 1 a2 b3 1-x [; do md "t/$name.md" ready; done
	[ "$(JARED_LAYOUT=c jared-queue -o id | xargs)" = "1 a2" ]
	layout c 'files: ["t/[.md"]\nstatus: {ready: ready}\n'
	[ "$(JARED_LAYOUT=c jared-queue -q -o file)" = "t/[.md" ]
}

@test "the shipped layouts are read the same from the index" {
	for l in tk ccpm flat; do
		new_repo "$BATS_TEST_TMPDIR/$l"
		fixture $l
		find . -name '*.md' -exec touch -d '1 hour ago' {} +
		jared-queue -q -j | jq -c "del(.age)" >before
		jared-snap >/dev/null
		jared-queue -q -j | jq -c "del(.age)" >after
		same before after
	done
}
