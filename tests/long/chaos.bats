load ../lib.bash
load ../work.bash

# Two heartbeats, and somebody who kills a tool now and then.

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() { setup_world; }
teardown() { end_work; }

beats() {
	until [ -e ../stop ]; do
		jared-heartbeat >>../beats 2>&1 || echo "exited with $?" >>../beats
	done
}

# Kills, by a random choice, one process of ours that runs a tool of Jared.
killer() {
	local pids p
	until [ -e ../stop ]; do
		pids=()
		for p in $(pgrep -x 'jared-(dispatch|queue|pick|snap|run|heartbeat)|git'); do
			! grep -qz "^HOME=$HOME$" "/proc/$p/environ" 2>/dev/null || pids+=("$p")
		done
		[ ${#pids[@]} = 0 ] || ! kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null || echo x >>../kills
		sleep 0.0$((RANDOM % 4))
	done
}

ended() { ! jared-queue -o state | grep -qE 'ready|claimed|running|backoff'; }

@test "two hundred tasks, two heartbeats, hundreds of kills: all are brought to an end, none twice" {
	worker_repo 'd=$JARED_ROOT/..; exec 9>>"$d/lock.$JARED_TASK"
		flock -n 9 || echo "two $JARED_ATTEMPT" >>"$d/log"
		echo "start $JARED_ATTEMPT" >>"$d/log"; echo done >"$JARED_STATUS"; echo "end $JARED_ATTEMPT" >>"$d/log"' \
	    'max_workers: 6' 'attempts: 100' 'backoff_base: 0s' 'start_timeout: 3s'
	for i in {1..200}; do task "t$i"; done
	git add -A && git commit -qm Tasks
	: >../kills
	beats 3>&- & one=$!
	beats 3>&- & two=$!
	killer 3>&- & three=$!
	end=$((SECONDS + 600))
	until ended || [ $SECONDS -gt $end ]; do
		sleep 1
		# A person brings back what was interrupted.
		jared-queue -o id,state,waits | awk -F'\t' '$3 ~ /^interrupted/ { print $1 }' |
			xargs -r jared-mark unpark >/dev/null || :
	done
	: >../stop
	wait $one $two $three || :
	wait_for 20 nobody_alive
	jared-dispatch --reap >/dev/null || [ $? = 1 ]
	echo "# $(wc -l <../kills) kills, $(wc -l <"$state/journal/000001.tsv") records" >&3
	model 6
	! grep two ../log
	# Work that was finished, and known to be, is not done again.
	[ "$(jared-queue -o state | sort -u)" = review ]
	git fsck
}
