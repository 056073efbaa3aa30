# shellcheck shell=bash disable=SC2154,SC2015
# Killing one dispatch at its Nth system call, and judging what is left.
# Used by crash.bats and long/crash.bats, beside work.bash.

# crash_world DIR: DIR/r, a repository with a remote that is a commit ahead and
# a ready task t; the tmux server will be DIR's own
crash_world() {
	local first=$BATS_TEST_TMPDIR/first
	[ -d "$first" ] || make_world "$first" || return
	cp -a "$first" "$1" && cd "$1/r" || return
	export JARED_TMUX_SOCKET=$1/s
	state=$1/r/.git/jared
}

make_world() {
	mkdir -m 700 "$1" && git init -q --bare "$1/remote" && new_repo "$1/r" || return
	printf 'agent: sh\ncommand: ["%s/sole.sh"]\nstart_timeout: 3s\n' "$TESTS" >jared.yaml
	task t
	task other
	rm -rf .git/hooks
	git add -A && git commit -qm Tasks && git remote add origin ../remote
	git commit -q --allow-empty -m Ahead && git push -q origin HEAD:main
	git update-ref -d refs/remotes/origin/main && git reset -q --hard HEAD~
}

violation() { echo "VIOLATION at $at: $*"; bad=1; }

beat() {
	jared-dispatch --reap || [ $? = 1 ] || return
	jared-queue >../q || return
	jared-pick -q <../q >../p || return 0
	jared-dispatch <../p
}

# After one beat the task stands where somebody will find it.
not_lost() {
	local now
	now=$(jared-queue -o id,state,waits | awk -F'\t' -v id="$1" '$1 == id { print $2, $3 }')
	case $now in
	ready*|backoff*|review*|landed*)
		;;
	claimed*|running*)
		held "$state/run/$1.alive" || violation "$1 is $now and nobody is alive" ;;
	exited*interrupted:*)
		[ -d ".worktrees/$1" ] || violation "$1 is interrupted and its tree is gone" ;;
	*)
		violation "$1 is '$now'" ;;
	esac
}

# What the agents wrote down themselves: each attempt at most once and in order,
# never two at once, the work finished at most once, the journal knew of it.
sole_agents() {
	[ -e ../agents ] || return 0
	awk '{ split($2, a, "."); id = a[1]; n = a[2] }
	    $1 == "two" { print "two agents at", $2 }
	    $1 == "start" && n <= last[id] { print $2, "started after", last[id] }
	    $1 == "start" { last[id] = n }
	    $1 == "end" && ended[id]++ { print "finished work was done again by", $2 }' ../agents >../sole
	[ ! -s ../sole ] || violation "$(cat ../sole)"
	awk -F'\t' '$6 == "running" { print "start " $4 "." $5 }' "$state"/journal/*.tsv >../running
	! grep '^start' ../agents | grep -vxFf ../running >../unknown ||
		violation "the journal does not know: $(cat ../unknown)"
}

sound() {
	[ ! -e "$state/journal" ] || model >../model || violation "journal: $(cat ../model)"
	{ git fsck 2>&1 && echo fine; } >../fsck
	[ "$(grep -v '^dangling' ../fsck)" = fine ] || violation "git fsck: $(cat ../fsck)"
	{ git fetch origin 2>&1 && echo fine; } >../fetch
	! grep -qE '^(error|fatal|warning)' ../fetch && [ "$(tail -n1 ../fetch)" = fine ] ||
		violation "git fetch: $(cat ../fetch)"
}

no_lock_left() {
	local f
	for f in "$state"/lock/* "$state"/run/*.alive "$state"/run/*.disp; do
		free "$f" || violation "$f is still locked"
	done
}

# judge cold|warm COMMAND...: dispatch t under COMMAND, which does it some harm,
# then beat, end, and look at everything.  cold has no tmux server before, so
# that dies with the dispatcher; warm has one that is not among the killed, so
# a supervisor that was just started survives.  0; or 1, saying what was
# violated.  $at names the harm; $KILLAT_COUNT is ../count.
judge() {
	local mode=$1 w=$BATS_TEST_TMPDIR/w said=0
	shift
	bad=0
	rm -rf "$w"
	crash_world "$w" || return
	[ -z "${late-}" ] || (umask 077; mkdir -p "$state/fault")
	[ "$mode" = cold ] || jared-dispatch other >../first 2>&1 3>&- || violation "$(cat ../first)"
	[ -z "${late-}" ] || echo "$late" >"$state/fault/late-supervisor"
	[ -z "${unfenced-}" ] || : >"$state/fault/no-fence"
	KILLAT_COUNT=../count "$@" jared-dispatch t >../out 2>../err 3>&- </dev/null || said=$?
	[ "$said" != 0 ] || [ -s ../out ] || violation "success, and no record"
	[ ! -s ../out ] || [[ $(events t) == *running* ]] || violation "a record of what did not start"
	beat >../beat 2>&1 3>&- || [ $? = 1 ] || [ $? = 75 ] || violation "beat: $(cat ../beat)"
	not_lost t
	[ "$mode" = cold ] || not_lost other
	sole_agents
	: >../go
	wait_for 10 nobody_alive || violation "a worker never ended"
	jared-dispatch --reap >../reap 2>&1 || [ $? = 1 ] || violation "reap: $(cat ../reap)"
	not_lost t
	sole_agents
	sound
	no_lock_left
	[ ! -S "$JARED_TMUX_SOCKET" ] || tmux -S "$JARED_TMUX_SOCKET" kill-server 2>/dev/null || :
	cd "$BATS_TEST_TMPDIR" || return
	[ "$bad" = 0 ] || mv "$w" "$BATS_TEST_TMPDIR/bad-${at// /-}"
	return "$bad"
}

# crash_at N cold|warm: kill the whole tree at its Nth system call
crash_at() {
	at="$1 $2"
	judge "$2" killat "$1"
}

# sweep K MODE [FIRST STEP]: K points evenly spread over a whole dispatch, or of
# these the FIRST, FIRST+STEP, …
sweep() {
	local i wrong=0
	crash_at 0 "$2" || wrong=1
	total=$(cat w/count)
	for ((i = ${3:-0}; i < $1; i += ${4:-1})); do
		crash_at $((1 + i * total / $1)) "$2" || wrong=1
	done
	echo "# $2: $total calls" >&3
	return "$wrong"
}
