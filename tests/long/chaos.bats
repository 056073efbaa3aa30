load ../lib.bash
load ../work.bash

# Two heartbeats, and somebody who kills a tool now and then.

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() { setup_world; }
teardown() { end_work; }

# beats until ../stop, a person who brings back what was interrupted, and a
# killer of whatever tool of ours runs
cast='
beats() {
	until [ -e ../stop ]; do
		jared-heartbeat >>../beats 2>&1 || echo "exited with $?" >>../beats
	done
}
person() {
	until [ -e ../stop ]; do
		jared-queue -o id,waits | sed -n "s/\tinterrupted:.*//p" |
			xargs -r jared-mark unpark >/dev/null 2>&1 || :
		sleep 0.5
	done
}
killer() {
	local p
	until [ -e ../stop ]; do
		p=$(pgrep "^jared-|^git$" | shuf -n 1)
		[ -z "$p" ] || ! kill -9 "$p" 2>/dev/null || echo x >>../kills
		sleep 0.0$((RANDOM % 5))
	done
}
ended() { [ "$(jared-queue -o state | grep -c review)" = 200 ]; }
'

@test "two hundred tasks, two heartbeats, hundreds of kills: all are brought to an end, none twice" {
	worker_repo 'd=$JARED_ROOT/..; exec 9>>"$d/lock.$JARED_TASK"
		flock -n 9 || echo "two $JARED_ATTEMPT" >>"$d/log"
		echo "start $JARED_ATTEMPT" >>"$d/log"; echo done >"$JARED_STATUS"; echo "end $JARED_ATTEMPT" >>"$d/log"' \
	    'max_workers: 6' 'attempts: 100' 'backoff_base: 0s' 'start_timeout: 3s'
	for i in {1..200}; do task "t$i"; done
	git add -A && git commit -qm Tasks
	own_pids "$cast"'
	state=$PWD/.git/jared
	: >../kills
	set +e
	for part in beats beats person killer; do $part 2>/dev/null & done
	end=$((SECONDS + 900))
	until ended || [ $SECONDS -gt $end ]; do sleep 1; done
	: >../stop
	wait_for 20 eval "! pgrep ^jared-"
	jared-dispatch --reap >/dev/null'
	echo "# $(wc -l <../kills) kills, $(wc -l <"$state/journal/000001.tsv") records" >&3
	model 6
	! grep two ../log
	[ "$(jared-queue -o state | sort -u)" = review ]
	git fsck
}
