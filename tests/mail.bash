# shellcheck shell=bash
# shellcheck disable=SC2034
# For tests that send to workers: load work.bash too; setup { setup_mail; }
# teardown { end_work; }

# $got is where fakeagent writes down what it was told.
setup_mail() {
	setup_world
	PATH=$BUILD/tests/tools:$PATH
	got=$BATS_TEST_TMPDIR/got
	mkdir "$got"
}

# prompting [OPTION...]: a worker at its prompt (fakeagent), named a
prompting() {
	local words
	new_repo repo
	state=$PWD/.git/jared
	mkdir -p .jared/agents
	words=$(printf '"%s", ' fakeagent "$@" "$got" '{{prompt}}')
	cat >.jared/agents/fake.yaml <<-END
	interactive: [${words%, }]
	mode: interactive
	osc7501: always
	interrupt: [Escape]
	END
	printf 'agent: fake\nattempts: 1000\n' >jared.yaml
	task a
	jared-dispatch -q a
}

# supervisor: the pid of the one that the journal names last
supervisor() { sed -n 's/.*\trunning\tpid=\([0-9]*\).*/\1/p' "$state"/journal/*.tsv | tail -1; }
