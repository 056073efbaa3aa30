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
	JARED_LAYOUT=nope refused "no layout 'nope' in .jared/layouts or '*/layouts', valid: backlog-md, workstreams"
	export JARED_LAYOUT=x
	# TEXT|MESSAGE
	while IFS='|' read -r text want; do
		layout x "files: [a]\nstatus: {a: ready}\n$text\n"
		refused "*/.jared/layouts/x.yaml:$want"
	done <<-'END'
	nope: 1|3: unknown key 'nope', valid keys: tasks_dir, detect, files, ignore, id, keys, status, priority, default_status
	detect: a|3: detect: want a list of words
	detect: [../a]|3: detect: want paths below the repository
	id: [stem, id]|3: id: want \[id, stem] or \[stem]
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
