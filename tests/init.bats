load lib.bash
setup() {
	setup_world
	unset USER LOGNAME
	mkdir agents
}
# init [OPTION...]: with no agents on PATH but those that a test makes
init() { PATH=$BUILD/bin:$BATS_TEST_TMPDIR/agents jared-init "$@"; }
# agent NAME: a program on PATH
agent() { printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/agents/$1" && chmod +x "$BATS_TEST_TMPDIR/agents/$1"; }
fixture() { cp -r "$BATS_TEST_DIRNAME/fixtures/$1/." .; }
# says REGEX: one of the lines of $output
says() { printf '%s\n' "${lines[@]}" | grep -qE "^$1\$" || { echo "$output"; return 1; }; }

@test "each layout is found, and written" {
	for layout in tk ccpm flat backlog-md; do
		new_repo "$BATS_TEST_TMPDIR/$layout"
		fixture $layout
		jared-queue -q -o id,state,title >before
		run -0 --separate-stderr init
		says "layout  $layout: .*\.md"
		says "tasks   [0-9]+: [0-9]+ ready, .*"
		says "file    jared.yaml was written"
		grep -qx "layout: $layout" jared.yaml
		jared-queue -q -o id,state,title >after
		same before after
	done
	new_repo "$BATS_TEST_TMPDIR/native"
	task a
	run -0 init
	says "layout  workstreams: tasks/workstreams/{workstream}/tasks/\*.md"
	says "tasks   1: 1 ready"
}

@test "a second run changes nothing and says so" {
	new_repo
	task a
	init
	stat -c '%i %Y %Z' jared.yaml >before
	run -0 init
	says "file    jared.yaml is there already and was left alone"
	stat -c '%i %Y %Z' jared.yaml >after
	same before after
	# So does what a person wrote, even nothing.
	: >jared.yaml
	run -0 init
	[ -f jared.yaml ] && [ ! -s jared.yaml ]
	[ "$(ls -A | grep -c jared.yaml)" = 1 ]
}

@test "a dry run writes nothing and prints what would be" {
	new_repo
	task a
	agent claude
	run -0 init -n
	[ ! -e jared.yaml ]
	says "file    jared.yaml would be written:"
	printf '%s\n' "${lines[@]}" | sed -n 's/^        //p' >would
	init >said
	same would jared.yaml
	[ "$(git status --porcelain | sort | head -1)" = '?? jared.yaml' ]
}

@test "the file is as the umask has it" {
	task a
	(umask 027; init)
	[ "$(stat -c %a jared.yaml)" = 640 ]
}

@test "agents are those on PATH, the default first" {
	new_repo
	task a
	run -0 init -n
	says "agents  none on PATH; 'agent: sh' runs any 'command'"
	says " *# agent: claude"
	agent codex
	run -0 init -n
	says "agents  codex"
	says " *agent: codex"
	agent claude
	run -0 init -n
	says "agents  claude, codex"
	says " *agent: claude"
	# A profile of the repository's own; one that runs what is configured.
	mkdir -p .jared/agents
	printf 'interactive: [mine, go]\n' >.jared/agents/own.yaml
	printf 'prompt: stdin\n' >.jared/agents/any.yaml
	agent mine
	run -0 init -n
	says "agents  claude, codex, own"
}

@test "what is written can be read, and the words are the tools' own" {
	new_repo
	task a
	agent claude
	init
	run -0 --separate-stderr jared-queue -o id
	[ "$output" = a ]
	sed -i 's/^# //' jared.yaml
	sed -i 1d jared.yaml
	USER=joe run -0 --separate-stderr jared-queue -o id
	[ "$output" = a ]
}

@test "owner and team are told, and pages that lead nowhere" {
	new_repo
	task a owner=lead
	mkdir -p tasks/team/roles
	printf -- '---\naliases: [bo]\n---\n' >tasks/team/bob.md
	printf -- '---\nslug: lead\nfilled_by: sam\n---\n' >tasks/team/roles/lead.md
	printf -- '---\nowner: b\n---\n' >tasks/team/roles/a.md
	printf -- '---\nowner: a\n---\n' >tasks/team/roles/b.md
	printf -- '---\nx: y\n---\n' >tasks/team/roles/c.md
	printf -- '---\nname: BO\n---\n' >tasks/team/bodo.md
	JARED_OWNER=@Bob run -0 --separate-stderr init
	says "owner   bob"
	says "team    2 people and 4 roles in tasks/team"
	cat >want <<-'END'
	jared-init: tasks/team/bodo.md:1: 'BO' is also a name in tasks/team/bob.md
	jared-init: tasks/team/roles/a.md:2: 'b' leads back to this role
	jared-init: tasks/team/roles/b.md:2: 'a' leads back to this role
	jared-init: tasks/team/roles/c.md:1: a role without filled_by and owner
	jared-init: tasks/team/roles/lead.md:3: 'sam' is nobody in tasks/team, valid: bob, bodo, a, b, c, lead
	END
	same want <(printf '%s\n' "$stderr")
	# Whose tasks are started is not for the file that all share.
	run ! grep -q '^owner' jared.yaml
}

@test "with nothing there, it says so, and the layout stays open" {
	new_repo
	run -0 init
	says "layout  none fits so far"
	says "tasks   none"
	says "next    jared-task new .*"
	run ! grep -q '^layout' jared.yaml
	fixture tk
	run -0 init
	says "layout  tk: .tickets/\*.md"
}

@test "of two layouts that fit, the other one is named; a configured one stays" {
	new_repo
	task a
	fixture tk
	run -0 init -n
	says "layout  workstreams: .*"
	says "        tk would fit too: .tickets/\*.md"
	JARED_LAYOUT=tk run -0 init
	says "layout  tk: .*"
	grep -qx 'layout: tk' jared.yaml
}

@test "outside git, from below, and in a linked worktree" {
	task a
	mkdir deep
	run -0 init -n
	says "git     no repository; jared-dispatch needs one"
	new_repo
	task a
	git add -A && git commit -qm a
	git worktree add -q ../other
	cd ../other/tasks
	run -0 init
	[ -f ../../repo/jared.yaml ] && [ ! -e ../jared.yaml ]
}

@test "what cannot be written or understood is said, and nothing is left" {
	new_repo
	task a
	echo 'layuot: tk' >jared.yaml
	run -3 --separate-stderr init
	[[ $stderr == "jared-init: jared.yaml:1: unknown key 'layuot', valid keys: "* ]]
	rm jared.yaml
	runp '(ulimit -f 0; trap "" XFSZ; exec jared-init 2>&1) | cat'
	[[ $status = 3 && $output == *"jared-init: cannot write 'jared.yaml': File too large"* ]]
	[ "$(ls -A | grep -c jared)" = 0 ]
	run -2 init nonsense
}

@test "of many at once, one writes it, and whole" {
	new_repo
	task a
	for i in $(seq 8); do init >"said.$i" 3>&- & pids+=($!); done
	wait "${pids[@]}"
	[ "$(cat said.* | grep -c 'jared.yaml was written')" = 1 ]
	[ "$(cat said.* | grep -c 'left alone')" = 7 ]
	jared-queue -q -o id
}
