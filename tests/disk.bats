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
	jared-queue -o id,state,waits >../before
	full
	status=0
	jared-dispatch a >../out 2>../err || status=$?
	cat ../err
	[ "$status" != 0 ] && [ -s ../err ] && [ ! -s ../out ]
	jared-queue -o id,state,waits >../after
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
		jared-dispatch --reap >/dev/null || :; jared-queue -o id,state,waits >../before; rm ../started; fill
	}
	empty() { rm \"\$JARED_STATE/filler\"; }; $refused_claim"
}

@test "no inode left at the claim: nothing is started, and the queue is as it was" {
	on_tmpfs size=4m,nr_inodes=60 "
	full() { mkdir \"\$JARED_STATE/many\"; n=0; while : >\"\$JARED_STATE/many/\$((n += 1))\"; do :; done 2>/dev/null; }
	empty() { rm -r \"\$JARED_STATE/many\"; }; $refused_claim"
}

# The worker fills the disk before it ends.  The journal's last page must have
# no room for one more record, or the full disk would not be felt: records of
# another task are put in, so long that claim and running of the next attempt
# just fit.
@test "a full disk at completion: the work is settled when there is room, and not done again" {
	on_tmpfs size=1m '
	worker_repo "
		echo \$JARED_ATTEMPT >>\$JARED_ROOT/../starts
		[ ! -e \$JARED_ROOT/../full ] || head -c 16M /dev/zero >>\$JARED_STATE/filler
		git commit -q --allow-empty -m Work" "start_timeout: 5s"
	state=$JARED_STATE
	journal=$state/journal/000001.tsv
	# long TITLE-LENGTH: a claim and its release
	long() {
		perl -MCompress::Raw::Zlib -e "for my \$r (\"claim\ttitle=\" . \"x\" x \$ARGV[1], \"released\") {
			my \$s = join \"\t\", ++\$ARGV[0], \"2026-11-22T00:00:00Z\", \"00000000:1\", \"z\", 1, \$r;
			printf \"%s\t%08x\n\", \$s, crc32(\$s) }" "$(wc -l <"$journal")" "$1"
	}
	task a; task b
	git add -A && git commit -qm Tasks
	jared-dispatch a >/dev/null
	wait_for 10 is events a "claim running exited"
	size=$(wc -c <"$journal")
	each=$((size - $(tail -n1 "$journal" | wc -c)))
	long $(((8192 - 60 - (size + each + $(long 0 | wc -c)) % 4096) % 4096)) >>"$journal"
	model
	: >../full
	jared-dispatch b >/dev/null
	wait_for 10 nobody_alive
	is events b "claim running"
	[ "$(jared-watch -o id,state,exit | grep ^b)" = "b	exited	0" ]
	is state_of b review
	! jared-dispatch --reap 2>../err
	grep -q "No space" ../err
	! jared-dispatch b 2>/dev/null
	rm "$state/filler"
	jared-dispatch --reap >/dev/null
	is events b "claim running exited"
	is state_of b review
	! jared-dispatch b 2>/dev/null
	[ "$(grep -c ^b ../starts)" = 1 ]
	model'
}
