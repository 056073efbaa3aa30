load lib.bash
load work.bash

# jared-report: a worker's own words.

setup() {
	setup_world
	export JARED_STATUS=$BATS_TEST_TMPDIR/report
}
teardown() { end_work; }

@test "a report is a line at the end of the file" {
	jared-report working
	jared-report waiting 'need  a "key"' '$now'
	jared report done
	printf 'working\nwaiting need  a "key" $now\ndone\n' >want
	same want report
}

@test "a text of many lines and with controls is one line, a long one is cut" {
	jared-report waiting $'a\n\tb\e[31m\r\nc'
	printf 'waiting a  b [31m  c\n' >want
	same want report
	jared-report waiting "$(head -c 5000 /dev/zero | tr '\0' x)"
	[ "$(tail -n 1 report | wc -c)" = 2001 ]
}

@test "text that looks like an option is text" {
	jared-report waiting -- -x --help
	[ "$(cat report)" = 'waiting -- -x --help' ]
}

@test "a line that was left without its end does not swallow the next" {
	printf working >report
	jared-report done
	printf 'working\ndone\n' | same - report
}

@test "a hundred at once are a hundred lines" {
	reports=()
	for i in {1..100}; do jared-report working "number $i" & reports+=($!); done
	wait "${reports[@]}"
	[ "$(grep -cx 'working number [0-9]*' report)" = 100 ]
	[ "$(wc -l <report)" = 100 ]
}

@test "a state that is none is refused with the valid ones, and nothing is written" {
	for state in blocked Done '' 'done x' $'\e[31m'; do
		run -2 --separate-stderr jared-report "$state"
		[[ $stderr == "jared-report: bad state '"*"', valid: done, idle, waiting, working"* ]]
		[[ $stderr != *$'\e'* ]]
	done
	run -2 --separate-stderr jared-report
	[[ $stderr == "jared-report: no state given"* ]]
	run -2 jared-report -x done
	[ ! -e report ]
}

@test "outside a worker, and where it cannot write, it says so" {
	run -3 --separate-stderr env -u JARED_STATUS jared-report done
	[ "$stderr" = 'jared-report: this is no worker: JARED_STATUS is not set' ]
	run -3 --separate-stderr env JARED_STATUS=none/report jared-report done
	[ "$stderr" = "jared-report: cannot write 'none/report'" ]
	mkdir dir
	run -3 env JARED_STATUS=dir jared-report done
}

@test "the examples of the manual are valid" {
	sed -n 's/^\.D1 //p' "$BATS_TEST_DIRNAME/../man/jared-report.1" | sed 's/\\(dq/"/g' >lines
	[ "$(wc -l <lines)" = 3 ]
	sh -e lines
	[ "$(cut -d' ' -f1 report | tr '\n' ' ')" = 'working waiting done ' ]
}

@test "a worker's report is in its state, until it says that it goes on" {
	unset JARED_STATUS
	worker_repo 'jared-report waiting "need a key"; until [ -e "$JARED_ROOT/../on" ]; do sleep 0.1; done
		jared report working; '"$until_go"'; jared-report done'
	task a
	jared-dispatch a >/dev/null
	wait_for 10 is run_of a waiting
	jared-why a | grep -q 'says need a key'
	[ "$(jared-watch -o evidence)" = report ]
	: >../on
	wait_for 10 is run_of a working
	: >../go
	wait_for 10 nobody_alive
	[ "$(jared-queue -o state)" = review ]
}
