load ../lib.bash
load ../work.bash
load ../crash.bash

# Every call that can fail, fails once.

setup_file() { export BATS_TEST_TIMEOUT=3000; }
setup() {
	setup_world
	PATH=$BUILD/tests/tools:$PATH
	export ASAN_OPTIONS=detect_leaks=0
}
teardown() { end_work; }

# fail_each ERROR CALL...: the first 12 of each, and then every fifth
fail_each() {
	local error=$1 call i n wrong=0 count=0
	shift
	at=trace
	judge warm strace -qq -o ../trace || wrong=1
	cp w/trace trace
	for call; do
		n=$(grep -c "^$call(" trace) || continue
		for ((i = 1; i <= n; i += (i < 12 ? 1 : 5))); do
			at="$error $call $i"
			judge warm strace -qq -o ../trace -e "inject=$call:error=$error:when=$i" || wrong=1
			count=$((count + 1))
		done
	done
	echo "# $error: $count injections" >&3
	return "$wrong"
}

@test "a dispatch in which one call fails with EIO: files" {
	fail_each EIO openat read pread64 newfstatat fstat getdents64
}

@test "a dispatch in which one call fails with EIO: changes and children" {
	fail_each EIO write fdatasync fsync rename renameat renameat2 mkdirat mkdir fallocate \
	    ftruncate unlinkat fcntl pipe2 vfork clone clone3 memfd_create
}

@test "a dispatch in which one call fails with ENOSPC" {
	fail_each ENOSPC write openat fdatasync fsync renameat mkdirat fallocate memfd_create
}

@test "a dispatch in which one call fails with EMFILE" {
	fail_each EMFILE openat pipe2 memfd_create pidfd_open socket
}
