load lib.bash
load work.bash
load index.bash

setup() {
	setup_world
	export JARED_NOW=2026-11-22T10:00:00Z
	dir=tasks/workstreams/main/tasks
}
teardown() { end_work; }

@test "a task file that did not change is not read again" {
	indexed_repo
	[ -z "$(opened)" ]
	agree
	rm "$index"
	[ "$(opened | wc -l)" = 16 ]
}

@test "of many files, the one that changed is read" {
	indexed_repo
	task n3 title=Other
	[ "$(opened)" = n3.md ]
	jared-queue n3 | grep -q Other
	agree
}

@test "the queue writes no index, and changes none" {
	new_repo
	task a
	mkdir -p .git/jared/snap
	jared-queue >/dev/null
	[ ! -e "$index" ]
	settled
	jared-snap >/dev/null
	cp "$index" before
	task a title=Other
	jared-queue >/dev/null
	same before "$index"
}

@test "jared-snap writes it only when there is more to tell" {
	indexed_repo
	stat -c %i "$index" >before
	jared-snap >/dev/null
	stat -c %i "$index" | same before -
	task n3 title=Other
	settled
	jared-snap >/dev/null
	[ "$(stat -c %i "$index")" != "$(cat before)" ]
	[ -z "$(opened)" ]
	rm "$dir/n3.md"
	stat -c %i "$index" >before
	jared-snap >/dev/null
	[ "$(stat -c %i "$index")" != "$(cat before)" ]
	agree
}

@test "a dry run writes none; jared-dispatch does" {
	new_repo
	printf 'agent: sh\ncommand: ["true"]\n' >jared.yaml
	task a status=draft
	settled
	jared-snap -n
	run -1 jared-dispatch -n </dev/null
	[ ! -e "$index" ]
	run -1 jared-dispatch </dev/null
	[ -s "$index" ]
	[ -z "$(opened)" ]
}

@test "while another is writing snapshots, jared-dispatch writes no index and does not wait" {
	indexed_repo
	rm "$index"
	python3 -c '
import fcntl, struct, subprocess, sys
f = open(".git/jared/lock/snap", "r+")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
sys.exit(subprocess.run(["jared-dispatch"], stdin=subprocess.DEVNULL, timeout=20).returncode != 1)'
	[ ! -e "$index" ]
}

@test "each way of changing a file is seen" {
	indexed_repo
	change() { settled; "$@"; agree || { echo "$*"; return 1; }; }
	longer() { echo "note: x" >>"$dir/plain.md"; }
	same_size() { sed -i s/ready/draft/ "$dir/plain.md"; }
	in_place() { printf -- '---\ntitle: Tosk' 1<>"$dir/n1.md"; }
	old_time() { touch -r "$dir/n2.md" ref && sed -i 's/Task n2/Tosk n2/' "$dir/n2.md" && touch -r ref "$dir/n2.md"; }
	swap() { mv "$dir/n3.md" x && mv "$dir/n4.md" "$dir/n3.md" && mv x "$dir/n4.md"; }
	link() { mv "$dir/n5.md" other.md && ln -s "$PWD/other.md" "$dir/n5.md"; }
	dangle() { rm other.md; }
	hard() { ln "$dir/n6.md" "$dir/n6-again.md"; }
	both() { sed -i 's/Task n6/Both n6/' "$dir/n6.md"; ln -f "$dir/n6.md" "$dir/n6-again.md"; }
	fifo() { rm "$dir/n7.md" && mkfifo "$dir/n7.md"; }
	move() { mv tasks/workstreams/main tasks/workstreams/other && dir=tasks/workstreams/other/tasks; }
	fix() { sed -i s/wip/ready/ "$dir/broken.md"; }
	for how in longer same_size in_place old_time swap link dangle hard both fifo move fix \
	    "touch $dir/long.md" "chmod 0 $dir/long.md" "chmod 644 $dir/long.md"; do
		# shellcheck disable=SC2086
		change ${how/workstreams\/main/workstreams\/*} || return 1
		jared-snap >/dev/null
		agree || return 1
	done
}

@test "random edits: the same answers with the index as without" {
	indexed_repo
	python3 "$BATS_TEST_DIRNAME/edits.py" "$dir" 60 "${EDITS_SEED:-1}"
}

@test "a changed layout, or another directory of tasks, makes all of it void" {
	indexed_repo
	mkdir -p .jared/layouts
	cp "$BUILD/share/jared/layouts/workstreams.yaml" .jared/layouts
	agree
	jared-snap >/dev/null
	sed -i 's/^  ready: ready/  ready: draft/' .jared/layouts/workstreams.yaml
	[ "$(opened | wc -l)" = 16 ]
	agree
	jared-queue plain | grep -q "	draft	"
	sed -i 's/^  ready: draft/  ready: ready/' .jared/layouts/workstreams.yaml
	[ -z "$(opened)" ]
	echo "tasks_dir: ./tasks" >jared.yaml
	[ "$(opened | wc -l)" = 16 ]
	agree
}

@test "an index that is none is passed over in silence" {
	indexed_repo
	answers >want
	cp "$index" good
	size=$(stat -c %s good)
	try() { answers >got; same want got || { echo "$1"; return 1; }; }
	for n in 0 1 8 63 64 65 $((size / 2)) $((size - 1)); do
		head -c "$n" good >"$index"
		try "$n bytes" || return 1
	done
	{ cat good; echo; } >"$index"
	try longer
	echo "Not an index" >"$index"
	try text
	head -c "$size" /dev/zero >"$index"
	try zeros
	rm "$index" && mkfifo "$index"
	try fifo
	rm "$index" && mkdir "$index"
	try directory
	rmdir "$index" && ln -s "$PWD/good" "$index"
	try link
	# And the next who may write mends it.
	rm "$index" && echo x >"$index"
	jared-snap >/dev/null
	[ -z "$(opened)" ]
}

@test "many who write the index leave a whole one, and nothing else" {
	indexed_repo
	pids=()
	for i in 1 2 3 4 5 6; do
		jared-snap >/dev/null 2>&1 3>&- &
		pids+=($!)
		jared-dispatch </dev/null >/dev/null 2>&1 3>&- &
		pids+=($!)
		task n$i "title=Round $i"
		jared-queue >/dev/null
	done
	wait "${pids[@]}" || :
	settled
	jared-snap >/dev/null
	[ -z "$(opened)" ]
	agree
	: >".git/jared/snap/.index.1"
	task n1 title=Last
	jared-snap >/dev/null
	[ -z "$(find .git/jared/snap -name '.index*')" ]
}

@test "on a read-only file system the index is read" {
	own_mounts "$(declare -f indexed_repo settled answers opened)"'
	index=.git/jared/snap/index
	export JARED_NOW=2026-11-22T10:00:00Z
	indexed_repo
	answers >../want
	mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"
	! touch x 2>/dev/null
	answers >../got
	diff ../want ../got
	! jared-snap 2>/dev/null
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=openat -o ../trace jared-queue >/dev/null 2>&1
	! grep "\.md\"" ../trace
	'
}

@test "an edit in the same tick is seen by the next run" {
	race_edits 100
}

@test "an edit while the index is made is seen by the next run" {
	race_snaps 40
}
