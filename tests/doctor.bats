load lib.bash
load journal.bash
load work.bash

setup() { setup_world; }
teardown() { end_work; }

# result CHECK, fact CHECK, remedy CHECK
column() { jared-doctor -o "check,$1" | awk -F'\t' -v c="$2" '$1 == c { print $2 }'; }

# three workers that live until the file go is there, and nothing else
three() {
	worker_repo "git commit -q --allow-empty -m \$JARED_TASK; $until_go" 'mode: headless'
	task a; task b; task c; task d
	git add -A; git commit -qm tasks
	jared-dispatch -q a b c >/dev/null
	wait_for 20 eval '[ "$(jared-watch -o state | sort -u)" = working ]'
}

starts() { cat "$state"/run/*/log 2>/dev/null | wc -l; }

@test "a sound installation is found sound" {
	worker_repo 'exit 0'
	task a
	run -0 jared-doctor
	[ "$(grep -c . <<<"$output")" -gt 40 ]
	! grep -qE $'\t(warn|bad)\t' <<<"$output"
	run -0 jared-doctor -q
	[ -z "$output" ]
	jared-doctor -j | jq -es 'map(.result) | unique == ["absent","ok"]'
	[ ! -e .git/jared ]
}

@test "each setting is told with its value and where it stands" {
	worker_repo 'exit 0' 'max_workers: 7' 'max_by: {owner: 2}' 'attempts:'
	task a
	setting() { jared-doctor -o check,fact,source | grep "^setting\.$1"$'\t' | cut -f2-; }
	[ "$(setting max_workers)" = "$(tsv 7 jared.yaml:3)" ]
	[ "$(setting max_by)" = "$(tsv owner=2 jared.yaml:4)" ]
	[ "$(setting attempts)" = "$(tsv 3 default)" ]
	[ "$(setting stall_after)" = "$(tsv 600s default)" ]
	[ "$(JARED_MAX_WORKERS=9 setting max_workers)" = "$(tsv 9 JARED_MAX_WORKERS)" ]
	[ "$(TASK_MANAGER_OWNER=ann setting owner)" = "$(tsv ann TASK_MANAGER_OWNER)" ]
	[ "$(JARED_OWNER=bob TASK_MANAGER_OWNER=ann setting owner)" = "$(tsv bob JARED_OWNER)" ]
	echo 'escalate: [notify, me]' >>jared.yaml
	[ "$(TASK_MANAGER_ESCALATION=1 setting escalate)" = "$(tsv 'notify me' jared.yaml:6)" ]
	[ "$(TASK_MANAGER_ESCALATION=0 setting escalate)" = "$(tsv - TASK_MANAGER_ESCALATION)" ]
	[ "$(TASK_MANAGER_ESCALATION='mail ann' setting escalate)" = "$(tsv 'mail ann' TASK_MANAGER_ESCALATION)" ]
	# All of them, and no other.
	echo 'no_such_key: 1' >bad.yaml
	diff <(jared-doctor -o check | sed -n 's/^setting\.//p' | sort) \
		<(cd .. && new_repo other >/dev/null && cp ../repo/bad.yaml jared.yaml && jared-queue 2>&1 | sed 's/.*valid keys: //; s/, /\n/g' | sort)
}

@test "each fault is found, and comes with what to do" {
	worker_repo 'exit 0'
	task a
	jared-dispatch -q a >/dev/null || :
	wait_for 20 eval '[ -n "$(jared-watch -o state -s exited)" ]'
	fault() {   # CHECK RESULT: with a remedy, and the status is not 0
		status=0
		PATH=${path-$PATH} jared-doctor -q >../out || status=$?
		grep -P "^$1\t$2\t[^\t]+\t-\t[^-].*" ../out || { cat ../out; return 1; }
		[ $status = 3 ] || [ $2$status = warn1 ]
	}
	: >.git/jared/pause; fault loop.pause warn; rm .git/jared/pause
	echo by hand >.git/jared/brake; fault loop.brake warn; rm .git/jared/brake
	mkdir .worktrees/junk; fault leftovers warn; rmdir .worktrees/junk
	mkdir -p .git/jared/beat; touch -d '3 hours ago' .git/jared/beat/last; fault loop.beat warn; rm .git/jared/beat/last
	echo x >tasks/workstreams/main/tasks/bad.md; fault tasks warn; rm tasks/workstreams/main/tasks/bad.md
	sed -i 's/^command.*/command: [no-such-program]/' jared.yaml; fault agent.sh bad
	sed -i 's/^agent: sh/agent: nope/' jared.yaml; fault agent.nope bad
	echo 'attempts: many' >jared.yaml; fault tasks bad
	grep -q 'jared.yaml:1: bad attempts' ../out
	: >jared.yaml
	mkdir bin; path=$BUILD/bin:$PWD/bin
	for p in git jq flock tmux sleep sh; do ln -s "$(command -v $p)" bin/; done
	rm bin/tmux; fault program.tmux bad
	printf '#!/bin/sh\necho tmux 2.9\n' >bin/tmux; chmod +x bin/tmux
	fault program.tmux bad
	rm bin/jq; fault program.jq warn
	sed -i '2s/./X/12' .git/jared/journal/000001.tsv; fault state.journal bad
}

@test "logins are asked for only on request, and not for ever" {
	worker_repo 'exit 0'
	task a
	mkdir -p .jared/agents ../bin
	printf '#!/bin/sh\necho "$@" >>"%s/asked"\n[ ! -e "%s/out" ]\n' "$PWD" "$PWD" >../bin/bot; chmod +x ../bin/bot
	printf 'headless: [bot, "{{prompt}}"]\nmode: headless\nlogin: [bot, whoami]\n' >.jared/agents/bot.yaml
	PATH=$PATH:$BATS_TEST_TMPDIR/bin
	jared-doctor -o check,result | grep -P '^agent.bot\tok'
	[ ! -e asked ]
	jared-doctor --login -o check,result | grep -P '^login.bot\tok'
	grep -x whoami asked
	: >out
	run -3 jared-doctor -l -q -o check
	[ "$output" = login.bot ]
}

@test "the journal deleted: nothing starts, a repair finds every worker that lives, and nothing starts twice" {
	three
	before=$(jared-watch -o id,attempt,state,pid,branch,ports,worktree)
	rm .git/jared/journal/000001.tsv
	run -3 --separate-stderr jared-dispatch d
	[[ -z $output && $stderr == *"journal is empty"*"jared doctor --repair"* ]]
	jared-queue | jared-pick -q | { ! jared-dispatch; }
	run -3 jared-heartbeat -q
	run -3 jared-doctor -q -o check,remedy
	[ "$output" = "$(tsv state.journal 'jared doctor --repair')" ]
	# Never silently.
	run -1 --separate-stderr jared-doctor --repair
	[ "$(cut -f1-3 <<<"$output")" = "$(for t in a b c; do tsv $t 1 claim; tsv $t 1 running; done)" ]
	[[ $stderr == *"nothing was written"* ]]
	[ ! -s .git/jared/journal/000001.tsv ]
	run -0 --separate-stderr jared-doctor --repair --yes
	[ "$(grep -c running <<<"$output")" = 3 ]
	model
	[ "$(jared-watch -o id,attempt,state,pid,branch,ports,worktree)" = "$before" ]
	run -0 jared-doctor --repair --yes
	# Again and again: nothing starts that lives.
	for i in 1 2 3; do jared-dispatch -q a b c && return 1; jared-heartbeat -q; done
	[ "$(jared-watch -a -o id,attempt | grep -c $'^[abc]\t1$')" = 3 ]
	[ "$(pgrep -cf "^[^ ]*/jared-run $state [abc] ")" = 3 ]
	touch ../go
	wait_for 20 eval '[ "$(jared-queue -o state a b c | sort -u)" = review ]'
	model
}

@test "a worktree that is locked for an attempt is a witness, too" {
	worker_repo 'exit 0'
	task a; git add -A; git commit -qm t
	git worktree add -q --lock --reason jared:a:1 -b other .worktrees/a
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *"attempt 1 at a was made (worktree)"* ]]
	jared-mark -q hold zzz 2>/dev/null || :
	task b; jared-mark -q hold b
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *"unknown-attempt: worktree '.worktrees/a' is of attempt 1"* ]]
	jared-doctor --repair --yes
	[ "$(jared-queue -o state,waits a)" = "$(tsv exited interrupted:1)" ]
	jared-mark -q unpark a
	jared-dispatch -q a | cut -f1,2,11 | grep -x "$(tsv a 2 -)"
}

@test "what was cleaned away is not started again because the journal is gone" {
	worker_repo 'exit 0'
	task a; git add -A; git commit -qm t
	git update-ref refs/jared/archive/a/1 HEAD
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == *"attempt 1 at a was made (archive)"* ]]
	jared-doctor --repair --yes
	[ "$(jared-queue -o state,waits a)" = "$(tsv exited interrupted:1)" ]
	model
}

@test "the state directory lost: the work is found again, and nothing starts by itself" {
	three
	touch ../go
	wait_for 20 nobody_alive
	rm -rf .git/jared
	run -3 --separate-stderr jared-dispatch d
	run -0 --separate-stderr jared-doctor --repair --yes
	[ "$(cut -f1,3 <<<"$output" | grep interrupted)" = "$(for t in a b c; do tsv $t interrupted; done)" ]
	model
	jared-heartbeat -q
	[ "$(jared-queue -o id,state a b c)" = "$(for t in a b c; do tsv $t exited; done)" ]
	[ "$(jared-watch -o ahead a b c | sort -u)" = 1 ]
	[[ $(jared-status) == *"jared mark unpark a"* ]]
}

@test "the state directory lost under living workers: none of them is started again" {
	three
	rm -rf .git/jared
	run -0 --separate-stderr jared-doctor --repair --yes
	[ "$(cut -f3 <<<"$output" | sort | uniq -c | tr -s ' ')" = $' 3 claim\n 3 running' ]
	for i in 1 2; do jared-dispatch -q a b c && return 1; jared-dispatch --reap >/dev/null || :; done
	[ "$(pgrep -cf "^[^ ]*/jared-run $state [abc] ")" = 3 ]
	touch ../go
}

@test "a damaged journal keeps what is sound and gets back what is not" {
	three
	touch ../go
	wait_for 20 eval '[ "$(jared-queue -o state a b c | sort -u)" = review ]'
	jared-mark -q hold d
	jared-queue -o id,state,waits >../before
	lines=$(wc -l <.git/jared/journal/000001.tsv)
	for n in $(seq $((lines - 2))); do
		cp .git/jared/journal/000001.tsv ../kept
		sed -i "${n}s/./X/12" .git/jared/journal/000001.tsv
		run -3 jared-dispatch -q a
		jared-doctor --repair --yes >/dev/null 2>&1
		model
		jared-queue -o id,state,waits >../after
		same ../before ../after || { echo "line $n"; return 1; }
		[ "$(cat .git/jared/journal/*.old | wc -l)" = "$(wc -l <../kept)" ]
		rm .git/jared/journal/*.old; cp ../kept .git/jared/journal/000001.tsv
	done
	[ "$(ls -A .git/jared | grep -c repair)" = 0 ]
}

@test "a full disk leaves the damaged journal as it was" {
	own_mounts '
	mkdir m && mount -t tmpfs -o size=600k tmpfs m
	export JARED_STATE=$PWD/m/state
	worker_repo "exit 0"; task a; git add -A; git commit -qm t
	jared-mark -q hold a; jared-mark -q unpark a; jared-mark -q hold a
	j=$JARED_STATE/journal/000001.tsv
	sed -i "1s/./X/12" $j; cp $j ../before
	head -c 1M /dev/zero >../m/fill 2>/dev/null || :
	status=0; jared-doctor --repair --yes 2>../err || status=$?
	cat ../err; [ $status = 3 ]
	cmp $j ../before
	rm ../m/fill
	jared-doctor --repair --yes; jared-queue'
}

@test "inside a worker it looks, and does not repair" {
	worker_repo 'exit 0'; task a
	JARED_ATTEMPT=x.1 run -0 jared-doctor
	JARED_ATTEMPT=x.1 run -1 --separate-stderr jared-doctor --repair --yes
	[[ $stderr == *"refused inside a worker"* ]]
	for o in x "-y" "-r -l" "-o nope" "--nope"; do run -2 jared-doctor $o; done
}
