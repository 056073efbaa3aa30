load lib.bash
load work.bash

setup() { setup_world; }
teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/repo" ] || : >"$BATS_TEST_TMPDIR/go"
	[ -z "${follower-}" ] || kill "$follower" 2>/dev/null || :
	end_tmux
}

idle='until [ -e "$JARED_ROOT/../go" ]; do sleep 0.05; done'

# start ID...: tasks of these ids, at work
start() {
	for id; do task "$id"; done
	jared-dispatch -q "$@" >/dev/null
}

# cols COLUMN,...: these of all records
cols() { jared-watch -o "$@"; }

# shows LINE [ARG...]: watch with these arguments says just that
shows() {
	local want=$1
	shift
	[ "$(jared-watch "$@" 2>&1)" = "$want" ]
}

# record ID N EVENT [key=value...]: write it into the journal, as nobody did it
record() {
	local file=$state/journal/000001.tsv seq line
	mkdir -p -m 700 "$state" "${file%/*}"
	touch "$file"
	seq=$(($(wc -l <"$file") + 1))
	line=$(tsv $seq 2026-11-22T10:00:00Z "$(head -c 8 /proc/sys/kernel/random/boot_id):1000" "$@")
	printf '%s\t%08x\n' "$line" "0x$(printf %s "$line" | gzip -c | tail -c 8 |
	    od -An -tx1 -N4 | awk '{ print $4 $3 $2 $1 }')" >>"$file"
}

# follow ARG...: in the background, to ../followed
follow() {
	jared-watch -f "$@" >../followed 2>../followed.err 3>&- &
	follower=$!
}

# told LINE: the follower has written it
told() { grep -qxF -- "$1" "$BATS_TEST_TMPDIR/followed"; }

@test "a worker is shown from its start to its end" {
	worker_repo "$idle; echo x >f; git add f; git commit -qm Work; echo done >\"\$JARED_STATUS\""
	start a
	wait_for 5 shows $'a\t1\tworking\t-\tsh\t-\tjared/a/1\t0\t-' -o id,attempt,state,signals,agent,exit,branch,ahead,dirty
	: >../go
	wait_for 5 shows $'a\t1\texited\t-\tsh\t0\tjared/a/1\t1\t0' -o id,attempt,state,signals,agent,exit,branch,ahead,dirty
}

@test "pid is the agent while it lives, pane the one to attach to" {
	worker_repo "echo \$\$ >\"\$JARED_ROOT/../pid.tmp\"; mv \"\$JARED_ROOT/../pid.tmp\" \"\$JARED_ROOT/../pid\"; $idle"
	start a
	wait_for 5 test -e ../pid
	wait_for 5 shows "$(cat ../pid)" -o pid
	[ "$(cols pane)" = "$(tmux -S "$JARED_TMUX_SOCKET" list-panes -a -F '#{pane_id}')" ]
	: >../go
	wait_for 5 shows - -o pid
}

@test "ports, worktree, title, since and last are those of the attempt" {
	worker_repo "echo hello; $idle" 'port_base: 9000' 'port_step: 10'
	task a 'title="Two words"'
	jared-dispatch -q a >/dev/null
	[ "$(cols ports,title)" = "$(tsv 9000-9009 'Two words')" ]
	[[ $(cols worktree) == *.worktrees/a ]]
	[[ $(cols since) =~ ^20[0-9-]{8}T[0-9:]{8}Z$ ]]
	wait_for 5 test -s "$state/run/a.1/log"
	[[ $(cols last) =~ ^[0-9]+$ ]]
	[ "$(JARED_NOW=2000-01-01 cols last)" = 0 ]
}

@test "an exit code and a signal are told apart" {
	worker_repo '[ "$JARED_TASK" = a ] && exit 7; kill -9 $$'
	start a b
	wait_for 5 shows $'a\texited\t7\nb\texited\tsig9' -o id,state,exit
}

@test "exit 0 without commits and without a report is unreconciled" {
	worker_repo 'case $JARED_TASK in
	a) ;;
	b) git commit -q --allow-empty -m x ;;
	c) echo done >"$JARED_STATUS" ;;
	d) exit 1 ;;
	esac'
	start a b c d
	wait_for 5 shows $'a\tunreconciled\nb\t-\nc\t-\nd\t-' -s exited -o id,signals
}

@test "a worker that reports waiting is waiting for input" {
	worker_repo "echo 'waiting for the password' >\"\$JARED_STATUS\"; $idle"
	start a
	wait_for 5 shows $'waiting\twaiting_for_input' -o state,signals
}

@test "a worktree left dirty shows it, changed or untracked" {
	worker_repo '[ "$JARED_TASK" = a ] && echo x >new; [ "$JARED_TASK" != b ] || echo x >>README'
	start a b c
	wait_for 5 shows $'a\t1\nb\t1\nc\t0' -s exited -o id,dirty
}

@test "ahead counts what the base branch lacks, and nothing after a merge" {
	worker_repo 'for i in 1 2 3; do git commit -q --allow-empty -m "$JARED_TASK $i"; done'
	start a b
	wait_for 5 shows $'a\t3\nb\t3' -s exited -o id,ahead
	git merge -q --no-ff -m merge jared/a/1
	[ "$(cols id,ahead)" = $'a\t0\nb\t3' ]
	git pack-refs --all
	[ "$(cols id,ahead)" = $'a\t0\nb\t3' ]
	git commit -q --allow-empty -m 'by hand'
	[ "$(cols id,ahead)" = $'a\t0\nb\t3' ]
}

@test "a branch that is gone is as far ahead as its worker left it" {
	worker_repo 'git commit -q --allow-empty -m x'
	start a
	wait_for 5 shows 1 -s exited -o ahead
	git worktree unlock .worktrees/a && git worktree remove --force .worktrees/a
	git branch -qD jared/a/1
	[ "$(cols state,ahead,dirty)" = $'exited\t1\t-' ]
}

@test "landed tasks and released attempts are left out, unless all are wanted" {
	new_repo && state=$PWD/.git/jared
	record a 1 claim base=x session=s; record a 1 running pid=1 start=1; record a 1 exited code=0
	record a 1 landed proof=ancestor oid=x
	record b 1 claim base=x; record b 1 released reason=test
	record c 1 claim base=x; record c 1 running pid=1 start=1; record c 1 exited code=1
	record c 2 claim base=x; record c 2 released reason=test
	[ "$(cols id,attempt,state,exit)" = $'c\t1\texited\t1' ]
	[ "$(jared-watch -a -o id,attempt,state,signals)" = $'a\t1\texited\t-\nb\t1\treleased\t-\nc\t2\treleased\t-' ]
}

@test "a running attempt whose locks are free is interrupted, a claim of nobody unknown" {
	new_repo && state=$PWD/.git/jared
	record a 1 claim base=x; record a 1 running pid=1 start=1
	record b 1 claim base=x
	[ "$(cols id,state,signals)" = $'a\tinterrupted\tworker_gone\nb\tunknown\t-' ]
	jared-watch -j -o id,evidence >../got
	printf '{"id":"a","evidence":"lock"}\n{"id":"b","evidence":"lock"}\n' >../want
	same ../want ../got
}

@test "JSON has the same columns and the evidence" {
	worker_repo 'exit 3'
	start a
	wait_for 5 shows exited -o state
	jared-watch -j >../json
	[ "$(jq -r 'keys_unsorted | join(",")' ../json)" = "$(jared-watch -L | paste -sd,)" ]
	[ "$(jq -r '[.id, .attempt, .state, .exit, .ahead, .signals, .pr, .evidence] | tostring' ../json)" = \
	    '["a",1,"exited","3",0,[],null,"journal"]' ]
	same <(cut -f1-5 <(jared-watch)) <(jq -r '[.id, .attempt, .state, .since, (.signals | join(",") | if . == "" then "-" else . end)] | @tsv' ../json)
}

@test "records are in the order of their ids" {
	new_repo && state=$PWD/.git/jared
	for id in z a-10 a a-1 b; do record $id 1 claim base=x; done
	[ "$(cols id | paste -sd' ')" = "a a-1 a-10 b z" ]
}

@test "tasks are named by id, raw id, stem or path, and an unknown one is told" {
	new_repo && state=$PWD/.git/jared
	record task-7 1 claim base=x file=backlog/task-7-do-it.md
	record task-70 1 claim base=x file=backlog/other.md
	for name in task-7 TASK-7 task-7-do-it backlog/task-7-do-it.md; do
		[ "$(cols id "$name")" = task-7 ]
	done
	[ "$(cols id other task-7 | paste -sd' ')" = "task-7 task-70" ]
	run -1 --separate-stderr jared-watch -o id task-7 nobody
	[ "$output" = task-7 ]
	[ "$stderr" = "jared-watch: nobody: no attempt, or it has landed (-a shows those)" ]
	run -1 --separate-stderr jared-watch -q nobody
	[ -z "$output$stderr" ]
}

@test "states choose records, and an unknown one is a misuse that names the valid ones" {
	new_repo && state=$PWD/.git/jared
	record a 1 claim base=x
	record b 1 claim base=x; record b 1 running pid=1 start=1
	[ "$(cols id -s unknown)" = a ]
	[ "$(cols id -s unknown,interrupted | paste -sd' ')" = "a b" ]
	run -0 jared-watch -q -s unknown
	[ -z "$output" ]
	run -1 jared-watch -q -s working
	run -1 --separate-stderr jared-watch -s working
	[ "$stderr" = "jared-watch: no attempt is in these states" ]
	run -2 --separate-stderr jared-watch -s wroking
	[[ $stderr == *"'wroking', valid: claimed"*starting* ]]
}

@test "without attempts the answer is no, with the reason" {
	new_repo
	run -1 --separate-stderr jared-watch
	[ -z "$output" ] && [ "$stderr" = "jared-watch: there are no attempts to show" ]
	[ ! -e .git/jared ]
}

@test "outside git there is nothing to watch" {
	run -3 --separate-stderr jared-watch
	[[ $stderr == *"is not in a git repository" ]]
}

@test "-C and a linked worktree show the main checkout's workers" {
	worker_repo "$idle"
	start a
	cd ..
	[ "$(jared-watch -C repo -o id)" = a ]
	cd repo/.worktrees/a && [ "$(cols id)" = a ]
}

@test "misuse is told on standard error with status 2" {
	run -2 --separate-stderr jared-watch --nonsense
	[[ -z $output && $stderr == *"usage: jared-watch"* ]]
	new_repo
	run -2 --separate-stderr jared-watch -o nothing
	[[ $stderr == *"no column 'nothing', valid: id, attempt"* ]]
	run -2 --separate-stderr jared-watch -fq
	run -0 --separate-stderr jared-watch --help
	[[ -z $stderr && $output == "usage: jared-watch"* ]]
}

@test "output that is lost is a failure" {
	new_repo && state=$PWD/.git/jared
	record a 1 claim base=x
	run -3 bash -c 'jared-watch >/dev/full'
	run -3 bash -c 'jared-watch >&-'
}

@test "without a tmux server, and without tmux, panes are absent and the rest is there" {
	worker_repo 'exit 7'
	start a
	wait_for 5 shows exited -o state
	mkdir ../bin && for p in git sh; do ln -s "$(command -v $p)" ../bin/$p; done
	run -0 --separate-stderr env PATH="$PWD/../bin" "$BUILD/bin/jared-watch" -o id,state,exit,pane
	[ "$output" = $'a\texited\t7\t-' ]
	[ "$stderr" = "jared-watch: panes are unknown: cannot run tmux: No such file or directory" ]
	end_tmux
	wait_for 5 bash -c "! pgrep -f '^tmux -u -S $JARED_TMUX_SOCKET '"
	run -0 --separate-stderr jared-watch -o id,state,exit,pane
	[ "$output" = $'a\texited\t7\t-' ] && [ -z "$stderr" ]
}

@test "hazard 2: under LC_ALL=C and with no environment at all the panes are there" {
	worker_repo "$idle"
	start a
	LC_ALL=C LANG= run -0 jared-watch -o id,pane
	[ "$output" = $'a\t%0' ]
	run -0 env -i PATH="$PATH" JARED_TMUX_SOCKET="$JARED_TMUX_SOCKET" jared-watch -o id,pane
	[ "$output" = $'a\t%0' ]
}

@test "another server's pane of the same id is not taken for a worker's" {
	worker_repo 'exit 0'
	start a
	wait_for 5 shows %0 -o pane
	tmux -S "$JARED_TMUX_SOCKET" kill-server
	wait_for 5 bash -c "! pgrep -f '^tmux -u -S $JARED_TMUX_SOCKET '"
	tmux -S "$JARED_TMUX_SOCKET" -f /dev/null new-session -d -s jared-a-10 sleep 1000
	[ "$(cols pane)" = - ]
}

@test "hazard 4: GIT_DIR in the environment does not lead elsewhere" {
	worker_repo 'git commit -q --allow-empty -m x; echo x >new'
	start a
	wait_for 5 shows $'1\t1' -s exited -o ahead,dirty
	git init -q ../other
	GIT_DIR=$PWD/../other/.git GIT_WORK_TREE=/ shows $'1\t1' -o ahead,dirty
}

@test "tmux is asked once, and git once for all branches and once for each worktree that is over" {
	worker_repo 'git commit -q --allow-empty -m "$JARED_TASK"; [ "$JARED_TASK" = a ] || until [ -e "$JARED_ROOT/../go" ]; do sleep 0.05; done'
	start a b c
	wait_for 5 shows $'a\t1\nb\t1\nc\t1' -o id,ahead
	wait_for 5 shows exited -o state a
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -o ../trace jared-watch >/dev/null
	grep -o 'execve(.*= 0' ../trace | grep -o '"\(rev-list\|status\|source-file\)"' | sort | uniq -c |
	    awk '{ print $2, $1 }' >../got
	printf '"rev-list" 1\n"source-file" 1\n"status" 1\n' >../want
	same ../want ../got
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -o ../trace jared-watch -o id,state,worktree,since,exit >/dev/null
	[ "$(wc -l <../trace)" = 1 ]
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -o ../trace jared-watch -q
	[ "$(wc -l <../trace)" = 1 ]
}

@test "branches that are where they began are not asked about" {
	worker_repo "$idle"
	start a
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -o ../trace jared-watch -o id,ahead >/dev/null
	[ "$(wc -l <../trace)" = 1 ]
}

@test "looking leaves no trace in a worktree" {
	worker_repo 'exit 0'
	start a
	wait_for 5 shows exited -o state
	touch README .worktrees/a/README
	find . -printf '%p %s %T@ %i\n' | sort >../before
	jared-watch >/dev/null
	find . -printf '%p %s %T@ %i\n' | sort >../after
	same ../before ../after
}

@test "an agent's commits are never disturbed by somebody who watches all the time" {
	worker_repo 'for i in $(seq 60); do echo $i >f; git add f || exit 1; git commit -qm $i || exit 2; done'
	start a
	while [ "$(cols exit)" = - ]; do jared-watch >/dev/null; done
	[ "$(cols exit,ahead)" = $'0\t60' ]
}

@test "text that could drive a terminal does not reach it" {
	new_repo && state=$PWD/.git/jared
	record a 1 claim base=x "title=$(printf '\033]2;owned\007x\342\200\256y')"
	run -0 script -qec "jared-watch" /dev/null
	[[ $output == *TITLE* || $output == *title* ]]
	[[ $output != *$'\e]2'* && $output != *$'\007'* && $output != *$'\342\200\256'* ]]
}

@test "a damaged journal is told, and what is left of it is shown" {
	new_repo && state=$PWD/.git/jared
	for id in a b c; do record $id 1 claim base=x; done
	sed -i '2s/claim/clasm/' "$state/journal/000001.tsv"
	run -3 --separate-stderr jared-watch -o id
	[[ $stderr == *"journal/000001.tsv:2: bad checksum"* ]]
	[[ $output == *a* ]]
}

@test "-f tells every change of a worker, and then waits" {
	worker_repo "$idle; exit 7"
	follow -o id,state,exit
	start a
	wait_for 5 told $'a\tworking\t-'
	: >../go
	wait_for 5 told $'a\texited\t7'
	[ "$(sort ../followed | uniq -d)" = "" ]
	kill -0 "$follower"
	[ ! -s ../followed.err ]
}

@test "-f begins with what a look shows" {
	worker_repo "$idle"
	start a b
	wait_for 5 shows $'a\tworking\nb\tworking' -o id,state
	follow -o id,state
	wait_for 5 told $'b\tworking'
	[ "$(cat ../followed)" = $'a\tworking\nb\tworking' ]
}

@test "-f tells a report, a commit, a merge and a change of a worktree" {
	worker_repo "$idle"
	start a
	follow -o id,state,signals,ahead,dirty
	wait_for 5 told $'a\tworking\t-\t0\t-'
	echo 'waiting' >"$state/run/a.1/report"
	wait_for 3 told $'a\twaiting\twaiting_for_input\t0\t-'
	git -C .worktrees/a commit -q --allow-empty -m x
	wait_for 3 told $'a\twaiting\twaiting_for_input\t1\t-'
	: >../go
	wait_for 5 told $'a\texited\t-\t1\t0'
	touch .worktrees/a/new
	wait_for 8 told $'a\texited\t-\t1\t1'
	git merge -q --no-ff -m merge jared/a/1
	wait_for 3 told $'a\texited\t-\t0\t1'
}

@test "-f at a terminal tells the time of day, a look how long ago it was" {
	worker_repo 'exit 0'
	start a
	wait_for 5 shows exited -o state a
	run script -qec 'timeout 2 jared-watch -f -o id,since' /dev/null
	[[ $output =~ a\ +[0-2][0-9]:[0-5][0-9]:[0-6][0-9] ]]
	run script -qec 'jared-watch -o id,since' /dev/null
	[[ $output =~ a\ +[0-9]+s ]]
}

@test "-f says nothing again while nothing changes" {
	worker_repo 'exit 0'
	start a
	wait_for 5 shows exited -o state a
	run -124 timeout 7 jared-watch -f -o id,dirty
	[ "$output" = $'a\t0' ]
}

@test "-f tells that supervisor and agent were killed, though no file says so" {
	worker_repo "$idle"
	start a
	follow -o id,state
	wait_for 5 told $'a\tworking'
	kill -9 "$(tmux -S "$JARED_TMUX_SOCKET" list-panes -a -F '#{pane_pid}')" "$(cols pid)"
	wait_for 3 told $'a\tinterrupted'
}

@test "-f tells that the tmux server died under a worker" {
	worker_repo "trap '' HUP; exec >/dev/null 2>&1; $idle"
	start a
	follow -o id,state
	wait_for 5 told $'a\tworking'
	kill -9 "$(cut -d' ' -f1 "$state/server")"
	wait_for 3 told $'a\torphan'
	: >../go
	wait_for 5 told $'a\texited'
}

@test "-f waits for a state directory that is not there yet" {
	worker_repo 'exit 0'
	follow -o id,state
	start a
	wait_for 8 told $'a\texited'
}

@test "-f tells a new attempt and one that is released" {
	new_repo && state=$PWD/.git/jared
	record a 1 claim base=x
	follow -o id,attempt,state
	wait_for 5 told $'a\t1\tunknown'
	record a 1 released reason=test
	wait_for 3 told $'a\t1\treleased'
	record a 2 claim base=x
	wait_for 3 told $'a\t2\tunknown'
}

@test "-f shows only the tasks and states that are asked for" {
	worker_repo "$idle"
	follow -o id,state -s exited b
	start a b
	: >../go
	wait_for 5 told $'b\texited'
	wait_for 5 shows exited -o state a
	[ "$(cat ../followed)" = $'b\texited' ]
}

@test "-f is no busy loop" {
	worker_repo "$idle"
	start a
	follow
	wait_for 5 test -s ../followed
	before=$(awk '{ print $14 + $15 + $16 + $17 }' "/proc/$follower/stat")
	# Not to wait for something: the time that is measured.
	sleep 2
	after=$(awk '{ print $14 + $15 + $16 + $17 }' "/proc/$follower/stat")
	[ $((after - before)) -lt 10 ]
}

@test "-f ends without a word when its reader is gone, even if nothing changes" {
	worker_repo "$idle"
	start a
	wait_for 5 shows working -o state
	runp 'jared-watch -f -o id | head -1; echo ${PIPESTATUS[*]}'
	[ "$output" = $'a\n141 0' ] && [ -z "$stderr" ]
}

@test "-f on a terminal shows each line as it comes, under one header" {
	worker_repo "$idle; exit 7"
	start a
	wait_for 5 shows working -o state
	TERM=dumb script -qfec 'timeout 5 jared-watch -f -o id,state,exit' ../typed >/dev/null 3>&- &
	follower=$!
	wait_for 4 grep -q working ../typed
	: >../go
	wait_for 4 grep -q exited ../typed
	[ "$(grep -c 'state .*exit' ../typed)" = 1 ]
}

@test "jared-watch cannot rename or remove a file" {
	run -0 nm -u "$BUILD/bin/jared-watch"
	[[ $output != *rename* && $output != *unlink* && $output != *truncate* ]]
}

@test "a name that means two tasks is refused with the candidates; an id is better than a stem" {
	new_repo
	state=$PWD/.git/jared
	for id in one two x; do
		record $id 1 claim agent=sh "file=tasks/$id/x.md"
		record $id 1 running pid=1 start=1
		record $id 1 exited code=0
	done
	[ "$(jared-watch -o id x)" = x ]
	[ "$(jared-watch -o id tasks/two/x.md TWO | uniq)" = two ]
	record two 2 claim agent=sh file=tasks/two/y.md
	record three 1 claim agent=sh file=tasks/three/y.md
	run -1 --separate-stderr jared-watch -o id y x
	[ "$output" = x ]
	[ "$stderr" = "jared-watch: 'y' is the name of more than one task: tasks/three/y.md, tasks/two/y.md" ]
	run -1 timeout 10 jared-watch -f y
	run -1 jared-log y
}
