load lib.bash
load work.bash

setup() { setup_world; }
teardown() { end_work; }

# The same questions, and what the whole tree looked like to stat(2).
ask='ask() {
	jared-queue >"$1.queue" 2>"$1.queue.err"
	jared-queue -j >"$1.json"
	jared-pick --rejects "$1.rejects" <"$1.queue" >"$1.pick" 2>"$1.pick.err" || [ $? = 1 ]
	jared-watch >"$1.watch" 2>"$1.watch.err"
	jared-watch -j >"$1.watch.json"
}
look() { find . -printf "%p %y %s %i %T@ %C@\n" | sort; }
'

@test "queue, pick and watch on a read-only file system: the same output, and nothing written" {
	own_mounts "$ask"'
	worker_repo "[ \$JARED_TASK = a ] || exit 7; until [ -e \$JARED_ROOT/../go ]; do sleep 0.1; done"
	task a; task b; task c depends_on="[a]"; task d status=wip; task e
	git add -A && git commit -qm Tasks
	jared-dispatch a b >/dev/null
	wait_for 10 is events b "claim running exited"
	mkdir ../rw ../ro
	# Ages stand still.
	export JARED_NOW=$(date -u +%FT%TZ)
	ask ../rw/x
	look >../before
	mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"
	! touch x 2>/dev/null
	ask ../ro/x
	look >../after
	diff -r ../rw ../ro
	diff ../before ../after
	grep -q "^b	backoff" ../ro/x.queue
	grep -q "^a	.*running" ../ro/x.queue
	grep -q "^e	" ../ro/x.pick
	[ "$(wc -l <../ro/x.watch)" = 2 ]
	: >../go
	wait_for 10 nobody_alive'
}

@test "reading makes no state directory" {
	new_repo
	task a
	jared-queue | jared-pick >/dev/null
	jared-watch || [ $? = 1 ]
	[ ! -e .git/jared ]
}

@test "dispatch on a read-only file system says so and starts nothing" {
	own_mounts '
	worker_repo ": >>\$JARED_ROOT/../started"
	task a
	git add -A && git commit -qm Tasks
	mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"
	status=0
	jared-dispatch a 2>../err || status=$?
	cat ../err
	[ $status = 3 ] && grep -q "Read-only" ../err && [ ! -e ../started ]'
}
