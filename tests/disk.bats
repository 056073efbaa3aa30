load lib.bash
load work.bash

setup() {
	setup_world
	export JARED_STATE=$BATS_TEST_TMPDIR/state
	mkdir -m 700 state
}
teardown() { end_work; }

# on_tmpfs OPTIONS SCRIPT: with a state directory that small
on_tmpfs() {
	own_mounts "mount -t tmpfs -o mode=700,$1 none \"\$JARED_STATE\"
	fill() { head -c 16M /dev/zero >>\"\$JARED_STATE/filler\" 2>/dev/null && return 1; return 0; }
	$2
	end_tmux"
}

# Everything in the state directory but the filler, by size and content.
refused_claim='
	worker_repo ": >>\$JARED_ROOT/../started"
	state=$JARED_STATE
	task a
	git add -A && git commit -qm Tasks
	jared-queue >../before
	full
	status=0
	jared-dispatch a >../out 2>../err || status=$?
	cat ../err
	[ "$status" != 0 ] && [ -s ../err ] && [ ! -s ../out ]
	jared-queue >../after
	cmp ../before ../after
	nobody_alive
	[ ! -e ../started ]
	empty
	jared-dispatch a
	wait_for 10 test -e ../started
	model
'

@test "a full disk at the claim: nothing is started, and the queue is as it was" {
	on_tmpfs size=64k "full() { fill; }; empty() { rm \"\$JARED_STATE/filler\"; }; $refused_claim"
}

@test "a full disk at the claim, in a state directory that has been used" {
	on_tmpfs size=256k "full() {
		task b; jared-dispatch b >/dev/null; wait_for 10 test -e ../started; wait_for 10 nobody_alive
		jared-dispatch --reap >/dev/null || :; jared-queue >../before; rm ../started; fill
	}
	empty() { rm \"\$JARED_STATE/filler\"; }; $refused_claim"
}

@test "no inode left at the claim: nothing is started, and the queue is as it was" {
	on_tmpfs size=4m,nr_inodes=60 "
	full() { mkdir \"\$JARED_STATE/many\"; n=0; while : >\"\$JARED_STATE/many/\$((n += 1))\"; do :; done 2>/dev/null; }
	empty() { rm -r \"\$JARED_STATE/many\"; }; $refused_claim"
}

# The worker fills the disk before it ends.  The journal's last page must have
# no room for one more record, or the full disk would not be felt; so the title
# is made as long as it takes, which the first attempt measures.
@test "a full disk at completion: the work is settled when there is room, and not done again" {
	on_tmpfs size=1m '
	worker_repo "
		echo \$JARED_ATTEMPT >>\$JARED_ROOT/../starts
		wc -c <\$JARED_STATE/journal/000001.tsv >\$JARED_ROOT/../size
		[ ! -e \$JARED_ROOT/../full ] || head -c 16M /dev/zero >>\$JARED_STATE/filler
		git commit -q --allow-empty -m Work; echo done >\$JARED_STATUS" "start_timeout: 5s"
	state=$JARED_STATE
	task a title=x
	task b title=x
	git add -A && git commit -qm Tasks
	jared-dispatch a >/dev/null
	wait_for 10 is events a "claim running exited"
	size=$(stat -c %s "$state/journal/000001.tsv")
	each=$(cat ../size)
	pad=$(((8192 - 60 - size - each) % 4096))
	task b "title=$(printf "%*s" "$pad" "" | tr " " y)"
	: >../full
	jared-dispatch b >/dev/null
	wait_for 10 nobody_alive
	[ "$(df --output=avail "$state" | tail -1)" = 0 ]
	is events b "claim running"
	[ "$(jared-watch -o id,state,exit | grep ^b)" = "b	exited	0" ]
	! jared-dispatch --reap 2>../err || ! echo "settled on a full disk"
	rm "$state/filler"
	jared-dispatch --reap >../reap || :
	cat ../reap
	is events b "claim running exited"
	is state_of b review
	! jared-dispatch b 2>/dev/null
	[ "$(grep -c ^b ../starts)" = 1 ]
	model'
}
