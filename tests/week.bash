# shellcheck shell=bash
# A week of beats in compressed time, each a minute later than the one before:
# two heartbeats and a person race, workers finish, fail, hang, are killed, lose
# their supervisor, leave things running.

# The kinds of workers, by the number in the task's id.
week_world() {
	new_repo
	state=$PWD/.git/jared
	live=$BATS_TEST_TMPDIR/live
	mkdir "$live"
	cat >jared.yaml <<-END
	agent: sh
	command: [sh, worker.sh]
	max_workers: 3
	attempts: 3
	port_base: $((20000 + RANDOM % 20000))
	port_step: 10
	stall_after: 5s
	start_timeout: 120s
	escalate_limit: 1000
	escalate: ['$BATS_TEST_TMPDIR/told', "{{id}}", "{{code}}", "{{since}}"]
	END
	printf '#!/bin/sh\necho "$*" >>%s/calls\n' "$BATS_TEST_TMPDIR" >../told
	chmod 755 ../told
	: >../calls
	# The lock is the kernel's, as long as the worker and what it started live.
	cat >worker.sh <<-END
	exec 8>>"$live/\$JARED_TASK"
	flock -n 8 || echo "two workers at \$JARED_TASK" >>"$live/.wrong"
	echo "\$JARED_ATTEMPT" >>"$live/\$JARED_TASK"
	tries=\$(wc -l <"$live/\$JARED_TASK")
	work() { echo "\$tries" >>"work-\$JARED_TASK"; git add -A; git commit -qm work; echo done >"\$JARED_STATUS"; }
	case \$((\${JARED_TASK#t} % 7)) in
	1)	[ "\$tries" -gt 2 ] || exit 3; work ;;
	2)	exit 4 ;;
	3)	exec sleep 100000 ;;
	4)	[ "\$tries" -gt 1 ] || { kill -9 \$PPID; sleep 100000; }; work ;;
	5)	echo 'waiting which colour?' >"\$JARED_STATUS"
		while [ ! -e "$live/.answer-\$JARED_TASK" ]; do sleep 0.2; done; work ;;
	6)	sleep 100000 & setsid sleep 100000 & work ;;
	*)	work ;;
	esac
	END
	git add -A && git commit -qm Week
}

minute() { printf -v JARED_NOW '%(%Y-%m-%dT%H:%M:%SZ)T' $((week_start + 60 * $1)); export JARED_NOW; }
beats() { wc -l <"$live/.beats"; }

# One of the heartbeats; a beat that was skipped is none.
heart() {
	local n
	while [ ! -e "$live/.stop" ]; do
		n=$(beats)
		minute "$n"
		jared-heartbeat -q 2>"$live/.err.$1" || { echo "status $?"; cat "$live/.err.$1"; } >>"$live/.wrong"
		if grep -q skipped "$live/.err.$1"; then sleep 0.05; else echo >>"$live/.beats"; fi
	done
}

# What a person does, in the order of what is seen.
person() {
	local id code
	minute "$(beats)"
	[ ! -s "$state/signals" ] || while IFS=$'\t' read -r id code _; do
		case $code in
		stalled)	jared-kill -q "$id" || :
			jared-task -F set "$id" status=cancelled || : ;;
		worker_gone)	jared-mark -q unpark "$id" || : ;;
		waiting_for_input)	touch "$live/.answer-$id" ;;
		parked)	jared-task -F set "$id" status=cancelled || : ;;
		esac
	done <"$state/signals" >/dev/null 2>>"$live/.person"
	# One that hangs; the clock that tells so is not ours to turn.
	jared-watch -s working -o id 2>/dev/null | while read -r id; do
		[ $((${id#t} % 7)) -ne 3 ] || { jared-kill -q "$id" && jared-task -F set "$id" status=cancelled; } >/dev/null 2>>"$live/.person" || :
	done
	jared-watch -s exited -o id,exit,branch 2>/dev/null | while read -r id code branch; do
		[ "$code" != 0 ] || git merge -q --no-ff -m "Merge $id" "$branch" >/dev/null 2>>"$live/.person" || git merge --abort || :
	done
}

# week BEATS TASKS: as many beats, with so many tasks that come one by one
week() {
	local n=0 hearts=() id end
	week_world
	: >"$live/.beats"; : >"$live/.wrong"
	printf -v week_start '%(%s)T' -1
	heart a 3>&- & hearts+=($!)
	heart b 3>&- & hearts+=($!)
	while [ "$(beats)" -lt "$1" ]; do
		if [ $n -lt "$2" ] && [ "$(beats)" -ge $((n * $1 / ($2 + $2 / 2))) ]; then
			task t$n
			n=$((n + 1))
		fi
		person
		# A person looks in now and then.
		end=$(($(beats) + 10))
		until [ "$(beats)" -ge "$end" ]; do sleep 0.1; done
	done
	# Then all comes to its end.
	end=$((SECONDS + 1800))
	until jared-dispatch --reap >/dev/null; ! jared-queue -o state | grep -qvE 'landed|done|cancelled' && ! jared-watch -q -s claimed,starting,working,waiting,idle,stalled,orphan,lingering; do
		[ $SECONDS -lt $end ] || { jared-queue -o id,state,waits; jared-watch; touch "$live/.stop"; wait "${hearts[@]}"; return 1; }
		person
	done
	touch "$live/.stop"
	wait "${hearts[@]}"
	unset JARED_NOW
	[ $n -eq "$2" ] && week_is_whole
}

week_is_whole() {
	local bad=0
	complain() { echo "$*"; bad=1; }
	[ ! -s "$live/.wrong" ] || complain "$(head -n 20 "$live/.wrong")"
	# Starts within the budget, and within the places, at every record.
	awk -F'\t' '
		$6 == "claim" { used[$4]++; if (++open > 3) print "line " NR ": " open " open" }
		$6 == "released" { used[$4]--; open-- }
		$6 == "exited" || $6 == "interrupted" { open-- }
		$6 == "unpark" || $6 == "queue" { used[$4] = 0 }
		used[$4] > 3 { print "line " NR ": " used[$4] " starts of " $4 }
	' "$state/journal/000001.tsv" >../over
	[ ! -s ../over ] || complain "$(cat ../over)"
	[ -z "$(sort ../calls | uniq -d)" ] || complain "told twice: $(sort ../calls | uniq -d)"
	# All that has landed is taken away, by the tool where there is one.
	jared-clean --all --yes >/dev/null 2>&1 || :
	grep -lz "^JARED_STATE=$state" /proc/[0-9]*/environ 2>/dev/null | grep -v "/$$/" >../left || :
	[ ! -s ../left ] || complain "processes are left: $(cat ../left)"
	[ -z "$(find "$state" -name '.*.[0-9]*')" ] || complain "$(find "$state" -name '.*.[0-9]*')"
	! jared-reconcile -q -o kind | grep -qv landed_open || complain "$(jared-reconcile)"
	return $bad
}
