load lib.bash

# The git module by its unit program: git ref|head|branches|ahead|dirty.

setup() { setup_world; new_repo; }

g() { "$BUILD/tests/git" "$@"; }
commit() { git commit -q --allow-empty -m "${1-more}" && git rev-parse HEAD; }

@test "a loose reference is read from its file" {
	git branch jared/a/1
	[ "$(g ref .git refs/heads/jared/a/1)" = "$(git rev-parse HEAD)" ]
}

@test "a packed reference is found, and not its neighbours" {
	one=$(commit one); git branch jared/a/1
	two=$(commit two); git branch jared/a/10; git branch xrefs/heads/jared/a/1
	git tag -a -m t v1
	git pack-refs --all
	[ ! -e .git/refs/heads/jared/a/1 ]
	[ "$(g ref .git refs/heads/jared/a/1)" = "$one" ]
	[ "$(g ref .git refs/heads/jared/a/10)" = "$two" ]
	run -1 g ref .git heads/jared/a/1
	run -1 g ref .git refs/heads/jared/a
}

@test "a reference packed under a directory that is left over is found" {
	git branch jared/a/1
	git pack-refs --all
	mkdir -p .git/refs/heads/jared/a/1
	[ "$(g ref .git refs/heads/jared/a/1)" = "$(git rev-parse HEAD)" ]
}

@test "a loose reference beats the packed one" {
	git branch jared/a/1
	git pack-refs --all
	new=$(commit)
	git branch -f jared/a/1
	[ "$(g ref .git refs/heads/jared/a/1)" = "$new" ]
}

@test "symbolic references are followed, in circles not for ever" {
	[ "$(g ref .git HEAD)" = "$(git rev-parse HEAD)" ]
	[ "$(g head .git)" = main ]
	git symbolic-ref refs/heads/x refs/heads/y
	git symbolic-ref refs/heads/y refs/heads/x
	run -1 g ref .git refs/heads/x
	[[ $output == *"Invalid argument" ]]
	git checkout -q --detach
	[ "$(g head .git)" = detached ]
	[ "$(g ref .git HEAD)" = "$(git rev-parse HEAD)" ]
}

@test "a reference that is not there, not a name, or garbage is an error" {
	run -1 g ref .git refs/heads/none
	[[ $output == *"No such file or directory" ]]
	for name in ../config refs/heads/../../config /etc/passwd refs//heads ''; do
		run -1 g ref .git "$name"
		[[ $output == *"Invalid argument" ]]
	done
	echo garbage >.git/refs/heads/bad
	run -1 g ref .git refs/heads/bad
	mkfifo .git/refs/heads/fifo
	run -1 timeout 5 "$BUILD/tests/git" ref .git refs/heads/fifo
}

@test "a reftable repository is said to be unreadable, not empty" {
	mkdir .git/reftable
	run -1 g ref .git refs/heads/none
	[[ $output == *"Invalid argument" ]]
}

@test "a SHA-256 repository's references are read" {
	git init -q -b main --object-format=sha256 ../long && cd ../long
	oid=$(commit)
	[ ${#oid} = 64 ]
	[ "$(g ref .git HEAD)" = "$oid" ]
	[ "$(g ahead . "$oid" "$(commit)")" = 1 ]
}

@test "the branches below a prefix are listed, and the prefix itself" {
	git branch jaredx; git branch jared/a/1; git branch jared/b/2
	[ "$(g branches . jared | cut -d' ' -f1)" = $'jared/a/1\njared/b/2' ]
	[ "$(g branches . jared/a | cut -d' ' -f2)" = "$(git rev-parse HEAD)" ]
	git branch other
	[ "$(g branches . other | cut -d' ' -f1)" = other ]
	[ -z "$(g branches . none)" ]
	run -1 g branches /nowhere jared
}

@test "ahead of base counts what each tip reaches, shared commits for both" {
	base=$(git rev-parse HEAD)
	git checkout -q -b a; one=$(commit 1); two=$(commit 2)
	git checkout -q -b b "$one"; other=$(commit 3)
	git merge -q --no-ff -m both a; both=$(git rev-parse HEAD)
	[ "$(g ahead . "$base" "$base" "$one" "$two" "$other" "$both" | paste -sd' ')" = "0 1 2 2 4" ]
	[ "$(g ahead . "$two" "$one" "$both" | paste -sd' ')" = "0 2" ]
}

@test "git is asked once about many tips" {
	base=$(git rev-parse HEAD)
	for i in 1 2 3 4 5; do tips+=("$(commit $i)"); done
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -o ../trace "$BUILD/tests/git" ahead . "$base" "${tips[@]}"
	[ "$(grep -c 'execve(.*"git".*= 0' ../trace)" = 1 ]
}

@test "a tip that is missing is unknown, the others are counted" {
	base=$(git rev-parse HEAD)
	one=$(commit)
	[ "$(g ahead . "$base" "$one" 1111111111111111111111111111111111111111 "$base" |
	    paste -sd' ')" = "1 -1 0" ]
	[ "$(g ahead . "$base" "$one" --all | paste -sd' ')" = "1 -1" ]
	[ "$(g ahead . 1111111111111111111111111111111111111111 "$one")" = -1 ]
}

@test "a worktree is dirty by a change or by an untracked file" {
	git worktree add -q ../wt
	[ "$(g dirty ../wt)" = 0 ]
	echo x >>../wt/README
	[ "$(g dirty ../wt)" = 1 ]
	git -C ../wt checkout -q .
	touch ../wt/new
	git config status.showUntrackedFiles no
	[ "$(g dirty ../wt)" = 1 ]
}

@test "what is not a linked worktree is not asked about" {
	touch new
	[ "$(g dirty .)" = -1 ]
	git worktree add -q wt
	rm wt/.git
	[ "$(g dirty wt)" = -1 ]
	[ "$(g dirty /nowhere)" = -1 ]
}

@test "a look takes no index lock and writes nothing" {
	git worktree add -q ../wt
	touch -d '1 hour ago' ../wt/README
	before=$(find .git ../wt -newer README -o -name '*.lock' | sort; sha1sum .git/worktrees/wt/index)
	g dirty ../wt
	[ "$before" = "$(find .git ../wt -newer README -o -name '*.lock' | sort; sha1sum .git/worktrees/wt/index)" ]
}

@test "a look runs no program that the configuration names" {
	git worktree add -q ../wt
	printf '#!/bin/sh\ntouch %s/../ran\ncat\n' "$PWD" >../canary && chmod +x ../canary
	mkdir ../hooks && ln -s ../canary ../hooks/post-index-change
	git config core.fsmonitor "$PWD/../canary"
	git config core.hooksPath "$PWD/../hooks"
	git config core.pager "$PWD/../canary"
	rm -f ../ran
	touch ../wt/README
	[ "$(g dirty ../wt)" = 0 ]
	g branches . main >/dev/null
	[ ! -e ../ran ]
	git config filter.x.clean "$PWD/../canary"
	echo '* filter=x' >../wt/.gitattributes
	touch ../wt/README
	[ "$(g dirty ../wt)" = -1 ]
	[ ! -e ../ran ]
}

@test "a filter in the worktree's own configuration or behind an include is not run" {
	git worktree add -q ../wt
	git config --file .git/worktrees/wt/config.worktree filter.x.clean true
	[ "$(g dirty ../wt)" = -1 ]
	rm .git/worktrees/wt/config.worktree
	[ "$(g dirty ../wt)" = 0 ]
	git config include.path /nowhere
	[ "$(g dirty ../wt)" = -1 ]
}

@test "GIT_DIR in the environment does not lead elsewhere" {
	git init -q ../other
	base=$(git rev-parse HEAD)
	git branch jared/a/1
	GIT_DIR=$PWD/../other/.git run -0 g branches . jared
	[ "${output%% *}" = jared/a/1 ]
	[ "$(GIT_DIR=$PWD/../other/.git g ahead . "$base" "$(commit)")" = 1 ]
}

@test "a filter of a repository that lies in the worktree is not run" {
	git worktree add -q ../wt
	printf '#!/bin/sh\ntouch %s/../ran\ncat\n' "$PWD" >../canary && chmod +x ../canary
	git init -q ../wt/sub
	(cd ../wt/sub && echo x >file && git add file && git commit -qm Sub)
	git -C ../wt add sub 2>/dev/null && git -C ../wt commit -qm "Take in sub"
	git -C ../wt/sub config filter.x.clean "$PWD/../canary"
	echo '* filter=x' >../wt/sub/.git/info/attributes
	touch -d '1 hour ago' ../wt/sub/file
	[ "$(g dirty ../wt)" = 0 ]
	[ ! -e ../ran ]
	git -C ../wt status >/dev/null
	[ -e ../ran ]
}

@test "a worktree that names a git directory of its own is not asked about" {
	git worktree add -q ../wt
	cp -r .git ../wt/own
	echo ../.. >../wt/own/commondir
	echo "gitdir: $(cd ../wt/own && pwd)" >../wt/.git
	[ "$(g dirty ../wt)" = -1 ]
	echo "gitdir: $PWD/.git/worktrees/wt" >../wt/.git
	[ "$(g dirty ../wt)" = 1 ]
	echo "$(cd ../wt/own && pwd)" >.git/worktrees/wt/commondir
	[ "$(g dirty ../wt)" = -1 ]
}
