#!/bin/bash
# week.bash BEATS TASKS - a week of beats in compressed time, each a minute later
# than the one before; so many tasks come one by one
#
# Two heartbeats and a person race, workers finish, fail, hang, are killed, lose
# their supervisor, wait for input, leave processes and servers running.  Run in
# the world of a test; whole.bash says whether all is well at the end.
#
# What waits here waits for a line in a FIFO, what is done in each beat forks
# nothing but the beat, and bats, which looks at every command, has no part in
# it: else the test would cost more than the tools.

set -eu
here=${BASH_SOURCE[0]%/*}
bats_require_minimum_version() { :; }
# shellcheck source=tests/lib.bash
. "$here/lib.bash"
# shellcheck source=tests/whole.bash
. "$here/whole.bash"

PLACES=4 BUDGET=3 STEP=10
PORTS=100   # of ten bundles

# The kinds of workers, by the number in the task's id; steady is there all week.
week_world() {
	new_repo repo
	state=$PWD/.git/jared
	live=$BATS_TEST_TMPDIR/live
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$live" "$TMPDIR"
	base=$((20000 + RANDOM % 10000))
	cat >jared.yaml <<-END
	agent: sh
	command: [sh, worker.sh]
	max_workers: $PLACES
	attempts: $BUDGET
	port_base: $base
	port_step: $STEP
	stall_after: 5s
	start_timeout: 120s
	escalate_limit: 1000
	escalate: ['$BATS_TEST_TMPDIR/told', "{{id}}", "{{code}}", "{{since}}"]
	END
	printf '#!/bin/sh\necho "$*" >>%s/calls\n' "$BATS_TEST_TMPDIR" >../told
	chmod 755 ../told
	: >../calls
	cat >../serve.py <<-'END'
	import os, signal, socket, sys
	server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
	if os.fork() == 0:
	    os.setsid()
	    signal.pause()
	END
	# The lock is the kernel's, as long as the worker and what it started live.
	cat >worker.sh <<-END
	live=$live id=\$JARED_TASK
	echo /proc/self/fd/* >>"\$live/.handed"
	exec 8>>"\$live/\$id"
	flock -n 8 || echo "two workers at \$id" >>"\$live/.wrong"
	echo "\$JARED_ATTEMPT" >>"\$live/\$id"
	tries=0
	while read -r _; do tries=\$((tries + 1)); done <"\$live/\$id"
	work() { echo "\$tries" >>"work-\$id"; git add -A; git commit -qm work; echo done >"\$JARED_STATUS"; }
	kind=\${id#t}
	[ \$id = steady ] && kind=4 || kind=\$((kind % 7))
	case \$kind in
	1)	[ "\$tries" -gt 2 ] || exit 3; work ;;
	2)	[ "\$tries" -ne 2 ] || kill -9 \$\$; exit 4 ;;
	3)	exec sleep 100000 ;;
	4)	read -r prompt
		if [ "\$prompt" = blue ]; then work; exit; fi
		[ -p "\$live/.ask-\$id" ] || mkfifo "\$live/.ask-\$id"
		echo 'waiting which colour?' >"\$JARED_STATUS"
		read -r _ <"\$live/.ask-\$id" ;;
	5)	[ "\$tries" -gt 1 ] || { kill -9 \$PPID; exec sleep 100000; }; work ;;
	6)	sleep 100000 & setsid sleep 100000 & python3 -S $BATS_TEST_TMPDIR/serve.py \$JARED_PORT; work ;;
	*)	work ;;
	esac
	END
	git add -A && git commit -qm Week
}

minute() { printf -v JARED_NOW '%(%Y-%m-%dT%H:%M:%SZ)T' $((week_start + 60 * $1)); export JARED_NOW; }

# heart ME OTHER BELL OTHERS-BELL: one of the heartbeats.  A beat that was
# skipped is none; then it waits until the other one's is over.
heart() {
	local mine=0 theirs said status
	while [ ! -e "$live/.stop" ]; do
		read -r theirs <"$live/.beats.$2" || theirs=$mine
		minute $((mine + theirs))
		status=0 said=''
		jared-heartbeat -q 2>"$live/.said.$1" || status=$?
		read -r said <"$live/.said.$1" || :
		[ $status -eq 0 ] || echo "$JARED_NOW: status $status, $said" >>"$live/.wrong"
		case $said in
		*skipped*)	read -rt 5 -u "$3" _ || : ;;
		*)	[ -z "$said" ] || echo "$said" >>"$live/.said"
			echo $((++mine)) >"$live/.beats.$1"
			echo >&"$4"
			echo >&"$clock" ;;
		esac
	done
}

cancel() { jared-task -F set "$1" status=cancelled >/dev/null 2>>"$live/.person" || :; }
# The worker that waits ends then, and is run again with the message.
answer() {
	[ -p "$live/.ask-$1" ] || return 0
	jared-send -q "$1" blue >/dev/null 2>>"$live/.person" || return 0
	echo <>"$live/.ask-$1" 1>&0
}

# What a person does, in the order of what is seen.
person() {
	local id code since branch
	minute "$beat"
	# It may go at any moment.
	[ ! -s "$state/signals" ] || while IFS=$'\t' read -r id code _ since _; do
		case $id.$code in
		steady.waiting_for_input) ;;
		*.stalled)	jared-kill -q "$id" 2>>"$live/.person" >&2 || :; cancel "$id" ;;
		*.worker_gone)	jared-mark -q unpark "$id" 2>>"$live/.person" >&2 || : ;;
		*.waiting_for_input)
			# What was answered stays a signal until the next snapshot.
			[ "${answered[$id]-}" = "$since" ] || answer "$id"
			answered[$id]=$since ;;
		*.parked)	cancel "$id" ;;
		esac
	done <"$state/signals" || :
	while IFS=$'\t' read -r id code branch; do
		case $id.$code in
		# Of those that hang the person sees every other one at once.
		t*.-)	[ $((${id#t} % 14)) -ne 10 ] || { jared-kill -q "$id" 2>>"$live/.person" >&2 && cancel "$id"; } ;;
		*.0)	git merge -q --no-ff -m "Merge $id" "$branch" >/dev/null 2>>"$live/.person" || git merge --abort || : ;;
		esac
	done < <(jared-watch -s working,exited -o id,exit,branch 2>/dev/null)
}

# And now and then; every other time the start of workers is paused until the next.
tidy() {
	local hand=$live/.hand
	jared-reconcile --fix --write -q >/dev/null 2>>"$live/.person" || :
	jared-clean -qy >/dev/null 2>>"$live/.person" || :
	jared-clean --purge -qy >/dev/null 2>>"$live/.person" || :
	if [ -e "$hand" ]; then
		git worktree remove .worktrees/hand && git branch -qD hand && rm "$hand"
		jared-heartbeat resume 2>>"$live/.person" || :
	else
		jared-worktree -q hand >"$hand" 2>>"$live/.person" || rm "$hand"
		jared-heartbeat pause 'a look' 2>>"$live/.person" || :
	fi
}

all_ended() {
	! jared-queue -qo state | grep -qvE 'landed|done|cancelled' &&
		! jared-watch -qs claimed,starting,working,waiting,idle,stalled,orphan,lingering >/dev/null
}

stop_hearts() { touch "$live/.stop"; wait "${hearts[@]}"; }

week() {
	local n=0 beat=0 look=0 tidy=0 hearts=() clock bell_a bell_b first='' end='' stay=()
	local -A answered=()
	week_world
	: >"$live/.wrong"
	printf -v week_start '%(%s)T' -1
	echo 0 >"$live/.beats.a"; echo 0 >"$live/.beats.b"
	mkfifo "$live/.clock" "$live/.bell.a" "$live/.bell.b" "$live/.never"
	exec {clock}<>"$live/.clock" {bell_a}<>"$live/.bell.a" {bell_b}<>"$live/.bell.b"
	task steady
	heart a b "$bell_a" "$bell_b" & hearts+=($!)
	heart b a "$bell_b" "$bell_a" & hearts+=($!)
	while :; do
		read -rt 120 -u "$clock" _ || { echo "no beat after $beat"; stop_hearts; return 1; }
		beat=$((beat + 1))
		if [ $n -lt "$2" ] && [ $beat -ge $((n * $1 * 2 / ($2 * 3))) ]; then
			task t$n
			n=$((n + 1))
		fi
		# A person looks in every tenth minute, if not later.
		if [ $beat -lt $look ] || read -t 0 -u "$clock"; then continue; fi
		look=$((beat + 10))
		person
		if [ $beat -ge $tidy ]; then
			tidy
			tidy=$((beat + ($1 < 1000 ? 100 : 250)))
		fi
		if [ -z "$first" ] && [ $beat -ge 50 ] && [ -p "$live/.ask-steady" ]; then
			read -ra stay < <(those_that_stay "${hearts[@]}")
			first=$(descriptors "$live/.never" "${stay[@]}")
		fi
		[ $beat -ge "$1" ] || continue
		# Then all comes to its end.
		if [ -z "$end" ]; then
			end=$((SECONDS + 1800))
			[ -n "$first" ] || echo 'steady never came' >>"$live/.wrong"
			read -ra stay < <(those_that_stay "${hearts[@]}")
			more_descriptors "$first" "$(descriptors "$live/.never" "${stay[@]}")" >>"$live/.wrong"
			answer steady
		fi
		! all_ended || break
		[ $SECONDS -lt $end ] || { jared-queue -o id,state,waits; jared-watch; stop_hearts; return 1; }
	done
	stop_hearts
	minute $beat
	exec {clock}<&- {bell_a}<&- {bell_b}<&-
	[ $n -eq "$2" ] && week_is_whole
}

# those_that_stay PID...: these, steady's supervisor and worker, and the tmux server
those_that_stay() {
	local supervisor
	supervisor=$(awk -F'\t' '$4 == "steady" && $6 == "running" { sub(/pid=/, "", $7); print $7 }' "$state/journal/000001.tsv")
	echo "$@" "$supervisor" "$(<"/proc/$supervisor/task/$supervisor/children")" \
		"$(tmux -S "$JARED_TMUX_SOCKET" display-message -p '#{pid}')"
}

week_is_whole() {
	local wrong
	# What has landed goes, by the tool for that; one beat more tells all others.
	[ ! -e "$live/.hand" ] || tidy
	tidy
	tidy
	jared-heartbeat -q
	wrong=$(
		head -n 20 "$live/.wrong"
		sort ../calls | uniq -d | sed 's/^/told twice: /'
		sort "$live/.handed" | uniq | sed '1d; s/^/another worker was handed: /'
		wrong $BUDGET $PLACES "$base" $((base + PORTS - 1)) "$live"
	)
	[ -z "$wrong" ] || { echo "$wrong"; return 1; }
	awk -F'\t' -v beats="$beat" '$6 == "claim" { n++; t[$4] } END { printf "%d beats, %d tasks, %d starts\n", beats, length(t), n }' "$state/journal/000001.tsv"
}

week "$1" "$2"
