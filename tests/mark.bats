load lib.bash
load journal.bash
load work.bash

setup() {
	setup_world
	export JARED_NOW=2026-11-22T10:00:00Z LOGNAME=ann
	new_repo
	state=$PWD/.git/jared
}

teardown() { end_work; }

# What unpark lets go, one task of each.
all_of_them() {
	task backing; exited backing 1 code=7 cause=exit
	task parked; for n in 1 2 3; do exited parked $n code=7 cause=exit; done
	task killed; exited killed 1 code=-1 signal=15 cause=stopped
	task silent; exited silent 1 code=0 cause=exit
	task review; exited review 1 code=0 cause=exit report=done
	task gone; record gone 1 claim agent=sh; record gone 1 running pid=1 start=1
	record gone 1 interrupted reason=gone
}

@test "unpark lets every task that is over be tried again" {
	all_of_them
	[ "$(jared-queue -o state | sort | uniq -c | awk '{ print $2 $1 }' | xargs)" = "backoff1 exited3 parked1 review1" ]
	run -0 --separate-stderr jared-mark -o id,state,waits unpark backing parked killed silent review gone
	[ -z "$stderr" ]
	[ "$output" = "$(for t in backing parked killed silent review gone; do tsv $t ready -; done)" ]
	[ "$(jared-queue -o state | sort -u)" = ready ]
	[ "$(events gone)" = "claim running interrupted unpark" ]
	[ "$(grep -c 'unpark	by=ann	' "$state"/journal/*.tsv)" = 6 ]
	model
}

@test "it prints the queue record, as jared-queue has it" {
	all_of_them
	jared-mark unpark parked >got
	jared-queue | grep ^parked >want
	same want got
	jared-mark -j unpark gone | jq -r '[.id, .state] | @tsv' >got
	[ "$(cat got)" = "$(tsv gone ready)" ]
}

@test "given twice, the second answer is no and nothing is written" {
	all_of_them
	jared-mark unpark parked >/dev/null
	cp "$state/journal/000001.tsv" before
	run -1 --separate-stderr jared-mark unpark parked
	[ -z "$output" ]
	[ "$stderr" = "jared-mark: parked: not parked: ready" ]
	run -1 --separate-stderr jared-mark -q unpark parked
	[ -z "$output$stderr" ]
	cmp before "$state/journal/000001.tsv"
}

@test "what is not over is refused, each with its state, and the rest is done" {
	task new; task done status=done; task draft status=draft; task bad status=nonsense
	task landed; exited landed 1 code=0 report=done; record landed 1 landed proof=ancestor
	task over; exited over 1 code=7 cause=exit
	run -1 --separate-stderr jared-mark -o id unpark new done draft bad landed nosuch over
	[ "$output" = over ]
	cat >want <<-'END'
	jared-mark: new: not parked: ready
	jared-mark: done: not parked: done
	jared-mark: draft: not parked: draft
	jared-mark: bad: not parked: invalid
	jared-mark: landed: not parked: landed
	jared-mark: nosuch: no such task
	END
	printf '%s\n' "$stderr" >got
	same want got
	[ "$(events landed)" = "claim running exited landed" ]
}

@test "a task is named by its id, its stem or its path" {
	task some-task id=WS_7
	exited ws-7 1 code=7 cause=exit
	for name in ws-7 WS_7 some-task tasks/workstreams/main/tasks/some-task.md; do
		run -0 jared-mark -n -o id,state unpark "$name"
		[ "$output" = "$(tsv ws-7 ready)" ]
	done
	mkdir -p tasks/workstreams/two/tasks
	cp tasks/workstreams/main/tasks/some-task.md tasks/workstreams/two/tasks/
	run -1 --separate-stderr jared-mark unpark some-task
	[ "$stderr" = "jared-mark: 'some-task' is the name of more than one task: tasks/workstreams/main/tasks/some-task.md, tasks/workstreams/two/tasks/some-task.md" ]
}

@test "a whole budget is given, not one attempt" {
	task a; for n in 1 2 3; do exited a $n code=7 cause=exit; done
	jared-mark unpark a >/dev/null
	exited a 4 code=7 cause=exit
	[ "$(state_of a)" = backoff ]
	exited a 5 code=7 cause=exit
	exited a 6 code=7 cause=exit
	[ "$(state_of a)" = parked ]
}

@test "a dry run prints what would be, and writes nothing" {
	all_of_them
	find .git/jared -printf '%p %s %T@\n' | sort >before
	run -0 jared-mark -n -o id,state unpark parked gone
	[ "$output" = "$(tsv parked ready; tsv gone ready)" ]
	find .git/jared -printf '%p %s %T@\n' | sort >after
	same before after
	[ "$(state_of parked)" = parked ]
}

@test "an attempt that ended unseen is settled first" {
	task a
	record a 1 claim agent=sh "base=$(git rev-parse HEAD)" onto=main branch=jared/a/1
	record a 1 running pid=1 start=1
	run -0 jared-mark -o id,state unpark a
	[ "$output" = "$(tsv a ready)" ]
	[ "$(events a)" = "claim running interrupted unpark" ]
}

@test "a task whose worker lives is refused" {
	task a
	record a 1 claim agent=sh; record a 1 running pid=1 start=1
	mkdir -p -m 700 "$state/run"
	: >"$state/run/a.alive"
	hold() { perl -e 'use Fcntl; open my $f, "+<", $ARGV[0] or die;
		my $lock = pack("ssx4qqix4", F_WRLCK, 0, 0, 0, 0);
		fcntl($f, 37, $lock) or die "$!"; sleep 60' "$1"; }
	hold "$state/run/a.alive" 3>&- &
	holder=$!
	wait_for 5 held "$state/run/a.alive"
	run -1 --separate-stderr jared-mark unpark a
	kill "$holder"
	[ "$stderr" = "jared-mark: a: not parked: running" ]
	[ "$(events a)" = "claim running" ]
}

@test "inside a worker it refuses unless forced" {
	all_of_them
	run -1 --separate-stderr env JARED_ATTEMPT=x.1 jared-mark unpark parked
	[[ $stderr == *"refused inside a worker"* ]]
	[ "$(state_of parked)" = parked ]
	JARED_ATTEMPT=x.1 jared-mark -F unpark parked
	[ "$(grep -c 'unpark	by=x.1	' "$state"/journal/*.tsv)" = 1 ]
}

@test "a wrong command line is refused" {
	run -2 --separate-stderr jared-mark
	[[ $stderr == "usage: jared-mark"* ]]
	run -2 --separate-stderr jared-mark unpark
	[[ $stderr == "usage: jared-mark"* ]]
	run -2 --separate-stderr jared-mark drop a
	[ "${stderr_lines[0]}" = "jared-mark: no verb 'drop'" ]
	[[ $stderr == *unpark* ]]
	run -2 jared-mark park -t 4h a
	run -2 jared-mark hold -t 4 h
	run -2 jared-mark -o nothing unpark a
	run -0 --separate-stderr jared-mark --help
	[[ $output == "usage: jared-mark"* ]] && [ -z "$stderr" ]
	[ "$(jared-mark -L)" = "$(jared-queue -L)" ]
	[ ! -e .git/jared ]
}

@test "outside git it says so" {
	mkdir ../plain && cd ../plain
	task a
	run -3 --separate-stderr jared-mark unpark a
	[ -z "$output" ] && [[ $stderr == "jared-mark: "*git* ]]
}

@test "a full disk marks nothing and says so" {
	export JARED_STATE=$PWD/../state
	mkdir -m 700 "$JARED_STATE"
	all_of_them
	cp -r .git/jared/journal keep
	own_mounts 'mount -t tmpfs -o mode=700,size=64k none "$JARED_STATE"
	cd "'"$PWD"'"
	cp -r keep "$JARED_STATE/journal"
	jared-mark unpark gone >/dev/null
	head -c 16M /dev/zero >"$JARED_STATE/filler" 2>/dev/null || :
	# Up to the end of its page the journal can grow even then.
	status=0 n=0
	while [ $status = 0 ] && [ $((n += 1)) -lt 200 ]; do
		before=$(cksum <"$JARED_STATE/journal/000001.tsv")
		JARED_ATTEMPT=$(printf %3000s x) jared-mark -F unpark backing parked killed silent review >../out 2>../err || status=$?
	done
	cat ../err
	[ $status = 3 ] && grep -q "No space left" ../err
	tail -c1 "$JARED_STATE/journal/000001.tsv" | od -c | grep -q "\\\\n"
	rm "$JARED_STATE/filler"
	jared-queue >/dev/null'
}

@test "the examples of the manual work" {
	task ws-b; task other; task ws-c status=draft; task ws-e
	for n in 1 2 3; do exited ws-b $n code=7; exited other $n code=7; done
	sed -n 's/^\.Dl //p' "$BATS_TEST_DIRNAME/../man/jared-mark.1" | sed 's/\\(dq/"/g' >examples
	[ "$(wc -l <examples)" = 4 ]
	while read -r example; do
		runp "$example"
		[ "$status" = 0 ] && [ -n "$output" ] || { echo "$example: $status $output $stderr"; false; }
	done <examples
	[ "$(state_of ws-b) $(state_of other)" = "ready ready" ]
}

# --- what is wanted of a task, whatever its file says ---

# says ID: its state and reasons
says() { jared-queue -o id,state,waits "$1" | cut -f2,3; }

@test "queue starts a draft as if its file said ready, with no file changed" {
	task a status=draft
	task b status=draft depends_on='[a]'
	task c status=in_progress
	task d status=blocked
	task e status=ready hold_until=2027-01-01
	git add -A; git commit -qm tasks
	run -0 --separate-stderr jared-mark -o id,state,waits queue a b c d e
	cat >want <<-END
	$(tsv a ready mark:queued)
	$(tsv b waiting dep:a=ready,mark:queued)
	$(tsv c ready mark:queued)
	$(tsv d ready mark:queued)
	$(tsv e ready mark:queued)
	END
	printf '%s\n' "$output" >got
	same want got
	[ -z "$(git status --porcelain -- tasks)" ]
	[ "$(cut -f4-7 "$state/journal/000001.tsv" | head -1)" = "$(tsv a 0 queue by=ann)" ]
	jared-queue | jared-pick -o id >got
	[ "$(xargs <got)" = "a c d e" ]
	model
}

@test "a queued draft is dispatched, and the file of none is touched" {
	worker_repo "git commit -q --allow-empty -m done" "attempts: 2"
	export LOGNAME=ann
	task a status=draft
	run -1 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: a: draft" ]
	jared-mark queue a >/dev/null
	cksum tasks/workstreams/main/tasks/a.md >before
	run -0 jared-dispatch -o id,attempt a
	[ "$output" = "$(tsv a 1)" ]
	wait_for 10 is state_of a review
	cksum tasks/workstreams/main/tasks/a.md | same before -
	[ "$(events a)" = "queue claim running exited" ]
}

@test "a queued draft that fails is tried again, up to its budget; unpark gives another" {
	task a status=draft
	jared-mark queue a >/dev/null
	exited a 1 code=7 cause=exit
	[ "$(state_of a)" = backoff ]
	export JARED_NOW=2026-11-22T12:00:00Z
	[ "$(says a)" = "$(tsv ready mark:queued)" ]
	exited a 2 code=7; exited a 3 code=7
	[ "$(says a)" = "$(tsv parked attempts:3/3)" ]
	jared-mark unpark a >/dev/null
	[ "$(says a)" = "$(tsv ready mark:queued)" ]
	model
}

@test "queue lets a task go that failed or is over, as unpark does" {
	all_of_them
	run -0 jared-mark -o state,waits queue backing parked killed silent review gone
	[ "$(sort -u <<<"$output")" = "$(tsv ready mark:queued)" ]
	model
}

@test "hold keeps a ready task, until unpark" {
	printf 'agent: sh\ncommand: ["true"]\n' >jared.yaml
	task a; task b depends_on='[a]'
	run -0 jared-mark -o id,state,waits hold a b
	[ "$output" = "$(tsv a held hold:marked; tsv b held hold:marked)" ]
	run -1 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: a: held: hold:marked" ]
	jared-mark unpark b >/dev/null
	[ "$(says b)" = "$(tsv waiting dep:a=held)" ]
	run -0 jared-mark -o state,waits unpark a
	[ "$output" = "$(tsv ready -)" ]
	[ "$(events a)" = "hold unpark" ]
	model
}

@test "hold --until lets go by itself, to what the file says" {
	task a; task b status=draft
	run -0 jared-mark -o state,waits hold --until 2026-11-22T14:00:00Z a
	[ "$output" = "$(tsv held hold:until=2026-11-22T14:00:00Z)" ]
	jared-mark -t 4h hold b >/dev/null
	[ "$(says b)" = "$(tsv held hold:until=2026-11-22T14:00:00Z)" ]
	grep -q 'until=2026-11-22T14:00:00Z' "$state/journal/000001.tsv"
	export JARED_NOW=2026-11-22T13:59:59Z
	[ "$(state_of a)" = held ]
	export JARED_NOW=2026-11-22T14:00:00Z
	[ "$(says a)" = "$(tsv ready -)" ]
	[ "$(says b)" = "$(tsv draft -)" ]
	run -1 jared-mark unpark a
}

@test "a time that has passed, or is none, is a wrong command line" {
	task a
	run -2 --separate-stderr jared-mark hold -t 2026-11-22T10:00:00Z a
	[ "$stderr" = "jared-mark: '2026-11-22T10:00:00Z' has passed" ]
	run -2 --separate-stderr jared-mark hold -t soon a
	[[ $stderr == *"bad time 'soon', valid: "* ]]
	run -2 jared-mark hold -t 2026 a
	[ ! -e .git/jared/journal ]
}

@test "park keeps a task, also one that would be tried again" {
	all_of_them
	task a; task b status=draft
	run -0 jared-mark -o id,state,waits park a b backing parked
	[ "$(grep ^a <<<"$output")" = "$(tsv a parked park:marked)" ]
	[[ $output == *"backing	parked	backoff:until="*",park:marked"* ]]
	[[ $output == *"parked	parked	attempts:3/3,park:marked"* ]]
	# An edit makes a fresh start, but does not undo what a person said.
	echo more >>tasks/workstreams/main/tasks/parked.md
	[ "$(state_of parked)" = parked ]
	run -0 jared-mark -o state unpark a b backing parked
	[ "$(xargs <<<"$output")" = "ready draft ready ready" ]
	model
}

@test "the last mark wins" {
	task a status=draft
	jared-mark queue a >/dev/null; [ "$(says a)" = "$(tsv ready mark:queued)" ]
	jared-mark hold a >/dev/null;  [ "$(says a)" = "$(tsv held hold:marked)" ]
	jared-mark park a >/dev/null;  [ "$(says a)" = "$(tsv parked park:marked)" ]
	jared-mark hold -t 1h a >/dev/null; [ "$(says a)" = "$(tsv held hold:until=2026-11-22T11:00:00Z)" ]
	jared-mark queue a >/dev/null; [ "$(says a)" = "$(tsv ready mark:queued)" ]
	jared-mark hold a >/dev/null
	# To unpark is not to queue: the file decides again.
	jared-mark unpark a >/dev/null; [ "$(says a)" = "$(tsv draft -)" ]
}

@test "done and cancelled win over every mark, and so does what became of an attempt" {
	for verb in queue hold park; do
		task $verb; jared-mark hold $verb >/dev/null
		[ $verb = hold ] || jared-mark $verb $verb >/dev/null
		task $verb status=done
		[ "$(says $verb)" = "$(tsv done -)" ]
		task $verb status=cancelled
		[ "$(says $verb)" = "$(tsv cancelled -)" ]
	done
	task over; jared-mark hold over >/dev/null
	exited over 1 code=0 report=done
	[ "$(says over)" = "$(tsv review -)" ]
	record over 1 landed proof=ancestor
	[ "$(says over)" = "$(tsv landed -)" ]
}

@test "marks that a state does not allow, or that change nothing, are refused" {
	task ready; task done status=done; task bad status=nonsense; task blocked status=blocked
	task held; jared-mark hold held >/dev/null
	task silent; exited silent 1 code=0 cause=exit
	cp "$state/journal/000001.tsv" before
	no() { run -1 --separate-stderr jared-mark "$1" "$2"; [ "$stderr" = "jared-mark: $2: $3" ] || { echo "$1 $2: $stderr"; false; }; }
	no queue ready "cannot be queued: ready"
	no queue done "cannot be queued: done"
	no queue bad "cannot be queued: invalid"
	no hold held "cannot be held: held"
	no hold silent "cannot be held: exited"
	no park done "cannot be parked: done"
	no unpark blocked "not parked: held"
	cmp before "$state/journal/000001.tsv"
}

@test "a task that was only marked is no run, and nothing stumbles over it" {
	task a
	jared-mark hold a >/dev/null
	run -1 jared-watch -a
	run -1 --separate-stderr jared-watch a
	jared-snap >/dev/null
	run -0 jared-dispatch --reap
	[ -z "$output" ]
	run ! "$BUILD/libexec/jared/jared-run" "$state" a 1
	[[ $output == *"was never claimed"* ]]
	[ "$(jared-queue -o attempt a)" = - ]
	jared-mark unpark a >/dev/null
	exited a 1 code=0 report=done
	[ "$(state_of a)" = review ]
	model
}

@test "a mark is on its way while others claim: at most one of them wins" {
	worker_repo "$until_go"
	for i in 1 2 3 4 5 6; do task t$i; done
	for i in 1 2 3 4 5 6; do
		jared-dispatch -q t$i >/dev/null 2>&1 3>&- &
		dispatcher=$!
		jared-mark -q hold t$i >/dev/null 2>&1 || :
		wait $dispatcher || :
	done
	for i in 1 2 3 4 5 6; do
		case $(events t$i) in
		hold | "claim running") ;;
		*) events t$i; false ;;
		esac
	done
	touch ../go
	wait_for 10 nobody_alive
}
