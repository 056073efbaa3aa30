load lib.bash
setup() { setup_world; }
teardown() { end_tmux; }

# Where the tools look: the ids that they find there.
ids() { jared-queue -q -o id "$@" | xargs; }
# Make the state directory, as any tool that writes does.
settle() { jared-dispatch --reap; }

@test "in a linked worktree the tasks are those of the main checkout" {
	new_repo
	task a
	git add -A && git commit -qm Task
	task b
	git worktree add -q ../linked
	mkdir -p ../linked/sub && cd ../linked/sub
	[ "$(ids)" = "a b" ]
}

@test "GIT_DIR and GIT_WORK_TREE change nothing" {
	new_repo other
	cd ..
	new_repo
	task a
	export GIT_DIR=$BATS_TEST_TMPDIR/other/.git GIT_WORK_TREE=$BATS_TEST_TMPDIR/other
	[ "$(ids)" = a ]
	settle
	[ -e "$BATS_TEST_TMPDIR/repo/.git/jared" ] && [ ! -e "$GIT_DIR/jared" ]
}

@test "the git directory may be elsewhere" {
	git init -q --separate-git-dir=there.git here
	cd here
	task a
	[ "$(ids)" = a ]
	settle
	[ -e ../there.git/jared/format ]
}

@test "a worktree of a repository whose git directory is elsewhere is told to use JARED_ROOT" {
	git init -q --separate-git-dir=there.git here
	cd here
	git commit -q --allow-empty -m First
	task a
	git worktree add -q ../linked
	cd ../linked
	run -3 --separate-stderr jared-queue
	[[ $stderr == "jared-queue: cannot tell the main checkout of '"*"/there.git': set JARED_ROOT" ]]
	[ "$(JARED_ROOT=$BATS_TEST_TMPDIR/here ids)" = a ]
}

@test "bare repositories and their worktrees are refused" {
	new_repo
	git clone -q --bare . ../bare.git
	for dir in ../bare.git ../bare.git/refs; do
		run -3 --separate-stderr jared-queue -C $dir
		[[ $stderr == "jared-queue: '"*"/bare.git' is a bare repository: there is no main checkout" ]]
	done
	git -C ../bare.git worktree add -q ../linked
	run -3 --separate-stderr jared-queue -C ../linked
	[[ $stderr == *"is a bare repository"* ]]
	git -C ../bare.git config extensions.worktreeConfig true
	git -C ../bare.git config --unset core.bare
	git -C ../bare.git config --worktree core.bare true
	run -3 --separate-stderr jared-queue -C ../linked
	[[ $stderr == *"is a bare repository"* ]]
}

@test "submodules are refused, and their worktrees too" {
	new_repo inner
	cd ..
	new_repo
	git -c protocol.file.allow=always submodule --quiet add ../inner inner
	run -3 --separate-stderr jared-queue -C inner
	[[ $stderr == "jared-queue: '"*"/repo/inner' is a submodule: run in the repository that holds it" ]]
	git -C inner worktree add -q ../../linked
	run -3 --separate-stderr jared-queue -C ../linked
	[[ $stderr == *"is a submodule"* ]]
}

@test "a .git that is no git directory is passed over, one that leads nowhere is not" {
	new_repo
	task a
	mkdir -p sub/.git other
	[ "$(ids -C sub)" = a ]
	echo "gitdir: /nonexistent" >other/.git
	run -3 --separate-stderr jared-queue -C other
	[[ $stderr == "jared-queue: '"*"/other/.git' names no git directory" ]]
}

@test "a path with blanks, quotes and #(…) is a path" {
	new_repo "r '\"#(touch x) \$(touch y)"
	task a
	git worktree add -q -b lk "../l k"
	[ "$(ids -C "../l k")" = a ]
	settle
	[ -e .git/jared/format ]
	[ ! -e x ] && [ ! -e y ]
}

@test "a tool that needs git says so" {
	run -3 --separate-stderr settle
	[ "$stderr" = "jared-dispatch: '.' is not in a git repository" ]
}

@test "the state directory is ours alone, made by those who write" {
	new_repo
	umask 0
	settle
	[ "$(stat -c %a .git/jared)" = 700 ]
	[ "$(cat .git/jared/format)" = 1 ]
	for d in lock journal snap run fact trash; do
		[ "$(stat -c %a .git/jared/$d)" = 700 ]
	done
	[ -z "$(find .git/jared -type f -perm /077)" ]
}

@test "JARED_STATE puts it elsewhere, and must be absolute" {
	new_repo
	JARED_STATE=$PWD/../some/where settle
	[ -e ../some/where/format ] && [ ! -e .git/jared ]
	JARED_STATE=some run -3 --separate-stderr settle
	[ "$stderr" = "jared-dispatch: JARED_STATE: 'some' is not an absolute path" ]
}

@test "the state of a newer version is refused by all, and left alone" {
	new_repo
	task a
	settle
	echo 2 >.git/jared/format
	run -3 --separate-stderr jared-queue
	[[ $stderr == *"/.git/jared' has format '2', this program knows 1" ]]
	run -3 settle
	[ "$(cat .git/jared/format)" = 2 ]
}

@test "a state directory that others own or can write is refused" {
	new_repo
	task a
	settle
	chmod 770 .git/jared
	run -3 --separate-stderr jared-queue
	[[ $stderr == *"can be written by others: chmod 700" ]]
	chmod 700 .git/jared
	[ "$(id -u)" = 0 ] || return 0
	chown 65534 .git/jared
	run -3 --separate-stderr jared-queue
	[[ $stderr == *"belongs to user 65534, not to us" ]]
}

@test "many who make the state directory at once agree" {
	new_repo
	pids=
	for i in {1..12}; do
		settle >/dev/null 2>>err 3>&- &
		pids+=" $!"
	done
	wait $pids
	[ ! -s err ]
	[ "$(cat .git/jared/format)" = 1 ]
}

@test "a state directory on a file system whose locks lie is refused by those who write" {
	new_repo
	task a
	cat >nfs.c <<-'END'
	#include <sys/vfs.h>
	int fstatfs(int fd, struct statfs *s) { (void)fd; s->f_type = 0x6969; return 0; }
	int fstatfs64(int fd, struct statfs64 *s) { (void)fd; s->f_type = 0x6969; return 0; }
	END
	"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -o nfs.so nfs.c
	# What is linked statically cannot be lied to.
	PATH=$BUILD/fault/bin:$PATH
	export LD_PRELOAD=$PWD/nfs.so ASAN_OPTIONS=verify_asan_link_order=0
	run -3 --separate-stderr settle
	[[ $stderr == "jared-dispatch: state directory '"*"' is on nfs, where locks cannot be trusted: set JARED_STATE to a local directory" ]]
	[ "$(jared-queue -o id)" = a ]
}
