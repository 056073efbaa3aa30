load lib.bash
load journal.bash

# jared-clean: what goes, what stays and why, and that nothing is lost.

setup() {
	setup_world
	export JARED_NOW=2026-11-22T10:00:00Z
	# Of every file that these tests make the disk is no concern.
	git config --file "$HOME/.gitconfig" core.fsync none
}

teardown() {
	[ -z "${child-}" ] || kill "$child" 2>/dev/null || :
	end_tmux
}

# unit [ID]: an attempt that is over, with a worktree and one commit
unit() {
	local id=${1-t}
	task "$id"
	git worktree add -q --lock --reason "jared:$id:1" -b "jared/$id/1" ".worktrees/$id"
	exited "$id" 1 code=0
	wt=$PWD/.worktrees/$id admin=$PWD/.git/worktrees/$id
	sed -i "3s/.*/$id/" "$wt/lines"
	git -C "$wt" commit -qam "Work of $id"
}

# landed_unit [ID]: the same, squashed into main
landed_unit() {
	unit "$@"
	git merge -q --squash "jared/${1-t}/1" >/dev/null && git commit -qm "Squash"
}

world() {
	new_repo
	seq 40 >lines
	printf '%s\n' /.worktrees/ node_modules .env '*.pyc' tasks >.gitignore
	git add -A && git commit -qm Lines
}

# picture: all that there is of the worktree
picture() {
	(cd "$wt" && find . -printf '%P %y %m %l %T@\n' | grep -v '^ d' | sort
		find . -type f -print0 | sort -z | xargs -0 sha256sum)
	(cd "$admin" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
	git rev-parse -q --verify "jared/t/1" || :
	cat ".git/logs/refs/heads/jared/t/1"
}

# kept CODE [FACT]: it is kept for that reason, and nothing was changed
kept() {
	picture >../before
	run -1 --separate-stderr jared-clean -y t
	[ "$stderr" = "jared-clean: t.1: $1${2+: $2}" ] || { echo "$stderr"; return 1; }
	[ -z "$output" ]
	[ "$(jared-clean -a -o action,code)" = "$(tsv kept "$1")" ]
	picture >../after
	same ../before ../after
	[ -z "$(ls .git/jared/trash)" ]
}

@test "without --yes it says what it would take away, and changes nothing" {
	world && landed_unit
	picture >../before
	[ "$(jared-clean -o id,attempt,action,proof,branch)" = "$(tsv t 1 remove tree jared/t/1)" ]
	[ "$(jared-clean -j | jq -r '.action, .proof, .oid, .code')" = "remove
tree
$(git rev-parse jared/t/1)
null" ]
	picture >../after
	same ../before ../after
	[ -z "$(find .git/jared -newer ../before ! -type d)" ]
}

@test "with --yes worktree, branch and git's directory of it go, with a certificate" {
	world && landed_unit
	tip=$(git rev-parse jared/t/1)
	[ "$(jared-clean -y -o id,action,proof,trash,archive)" = "$(tsv t removed tree t.1 refs/jared/archive/t/1)" ]
	[ ! -e "$wt" ] && [ ! -e "$admin" ]
	! git rev-parse -q --verify jared/t/1
	[ "$(git rev-parse refs/jared/archive/t/1)" = "$tip" ]
	grep -q "cleaned.proof=tree.oid=$tip.branch=jared/t/1.worktree=.worktrees/t.archive=refs/jared/archive/t/1.trash=t.1" .git/jared/journal/*.tsv
	[ "$(jared-queue -o id,state)" = "$(tsv t landed)" ]
	awk -f "$BATS_TEST_DIRNAME/journal.awk" .git/jared/journal/*.tsv
	run -1 --separate-stderr jared-clean
	run -1 --separate-stderr jared-clean t
	[ "$stderr" = "jared-clean: t: nothing to clean" ]
}

@test "--restore brings all of it back, byte for byte, and it can go again" {
	world && landed_unit
	mkdir -p "$wt/node_modules/x" && echo built >"$wt/node_modules/x/y"
	ln -s y "$wt/node_modules/x/link" && chmod 600 "$wt/node_modules/x/y"
	git -C "$wt" commit -q --amend -m "Other words"
	picture >../before
	jared-clean -yq
	[ ! -e "$wt" ]
	git prune --expire=now
	[ "$(jared-clean -n --restore -o action t)" = restore ]
	[ ! -e "$wt" ]
	[ "$(jared-clean --restore -o id,action t)" = "$(tsv t restored)" ]
	picture >../after
	same ../before ../after
	[ -z "$(git -C "$wt" status --porcelain)" ]
	[ -z "$(ls .git/jared/trash)" ]
	run -1 --separate-stderr jared-clean --restore t
	[ "$stderr" = "jared-clean: t: nothing of it was taken away" ]
	[ "$(jared-clean -y -o action)" = removed ]
	[ "$(jared-clean -u -o action t.1)" = restored ]
	picture >../after
	same ../before ../after
}

@test "commits that only a log knew are kept by the archive" {
	world && unit
	old=$(git rev-parse jared/t/1)
	git -C "$wt" commit -q --amend -m "Other words"
	git merge -q --squash jared/t/1 >/dev/null && git commit -qm Squash
	jared-clean -yq
	git -c gc.reflogExpireUnreachable=now -c gc.reflogExpire=now repack -adq
	git prune --expire=now
	git merge-base --is-ancestor "$old" refs/jared/archive/t/1
	git fsck
}

@test "kept: changed, staged, deleted, hidden and unknown files" {
	world && landed_unit
	echo x >>"$wt/lines" && kept dirty lines && git -C "$wt" checkout -q lines
	echo x >>"$wt/lines" && git -C "$wt" add lines && kept dirty lines && git -C "$wt" reset -q --hard
	rm "$wt/README" && kept dirty README && git -C "$wt" checkout -q README
	chmod +x "$wt/README" && git config core.fileMode false && kept dirty README && chmod -x "$wt/README"
	git -C "$wt" update-index --assume-unchanged README && echo y >>"$wt/README"
	kept hidden README
	git -C "$wt" update-index --no-assume-unchanged README && git -C "$wt" checkout -q README
	git config status.showUntrackedFiles no
	mkdir "$wt/new" && echo z >"$wt/new/file" && kept untracked new/file
}

@test "kept: ignored files, unless they can be made again" {
	world && landed_unit
	echo secret >"$wt/.env" && kept ignored .env
	echo secret >.env
	mkdir "$wt/node_modules" "$wt/sub" && echo x >"$wt/node_modules/x" && echo y >"$wt/sub/z.pyc"
	[ "$(jared-clean -o action)" = remove ]
	mkdir -p .jared/clean && echo '.env' >.jared/clean/ignored
	git add .jared && git commit -qm 'Other names'
	kept ignored node_modules/
}

@test "files that Jared and agents put there do not count" {
	world && landed_unit
	echo '{}' >"$wt/.worktree-ports.json"
	mkdir "$wt/.claude" && echo '{}' >"$wt/.claude/settings.local.json"
	[ "$(jared-clean -o action)" = remove ]
	echo mine >"$wt/.claude/notes"
	kept untracked .claude/notes
}

@test "kept: work that has not landed, and none at all" {
	world && unit
	kept not-landed ahead=1
	git -C "$wt" reset -q --hard main
	kept no-commits "the branch has none of its own"
}

@test "kept: HEAD elsewhere, commits on no branch, a branch that is used twice" {
	world && landed_unit
	git -C "$wt" switch -qc side && kept other-branch refs/heads/side && git -C "$wt" switch -q jared/t/1
	git branch -qD side
	git -C "$wt" switch -q --detach
	[ "$(jared-clean -o action)" = remove ]
	git -C "$wt" commit -q --allow-empty -m "on no branch"
	kept detached "$(git -C "$wt" rev-parse HEAD)"
	lost=$(git -C "$wt" rev-parse HEAD)
	git -C "$wt" switch -q jared/t/1 2>/dev/null
	kept detached "$lost"
	git branch -q found "$lost"
	[ "$(jared-clean -o action)" = remove ]
	git worktree add -q -f ../twice jared/t/1
	kept checked-out "in worktree twice"
}

@test "kept: a merge, a rebase, a bisection, references of its own" {
	world && landed_unit
	git rev-parse main >"$admin/MERGE_HEAD" && kept operation MERGE_HEAD && rm "$admin/MERGE_HEAD"
	mkdir "$admin/rebase-merge" && kept operation rebase-merge && rmdir "$admin/rebase-merge"
	: >"$admin/index.lock" && kept operation index.lock && rm "$admin/index.lock"
	git -C "$wt" update-ref refs/worktree/mine main && kept worktree-ref "it has references of its own"
}

@test "kept: another repository in it, also where git does not look" {
	world && landed_unit
	git init -q "$wt/node_modules/inner"
	kept nested node_modules/inner/.git
}

@test "kept: somebody is in it, also we ourselves" {
	world && landed_unit
	(cd "$wt" && exec sleep 100 3>&-) & child=$!
	wait_for 5 eval '[ "$(readlink -f /proc/$child/cwd)" = "$wt" ]'
	kept process "pid=$child"
	kill $child
	wait $child || :
	sleep 100 <"$wt/lines" 3>&- & child=$!
	kept process "pid=$child"
	kill $child
	wait $child || :
	cd "$wt"
	run -1 --separate-stderr bash -c 'exec jared-clean t'
	[ "$stderr" = "jared-clean: t.1: caller: we are in it ourselves" ]
}

@test "kept: what is not ours, or was tampered with" {
	world && landed_unit
	git worktree unlock "$wt" && kept not-ours "it is not locked by us"
	git worktree lock --reason "jared:other:1" "$wt" && kept not-ours jared:other:1
	git worktree unlock "$wt" && git worktree lock --reason "jared:t:1" "$wt"
	echo "gitdir: $PWD/.git" >"$wt/.git"
	run -1 --separate-stderr jared-clean -y t
	[[ $stderr == *"t.1: tampered: "* ]]
	echo "gitdir: $admin" >"$wt/.git"
	git worktree add -q ../mine -b mine
	[ "$(jared-clean -y -o id)" = t ]
	[ -e ../mine/lines ]
}

@test "kept: an attempt that is under way, and one whose task still lives" {
	world && landed_unit
	record t 2 claim "base=$(git rev-parse main)" onto=main branch=jared/t/1 worktree=.worktrees/t
	record t 2 running pid=1 start=1
	run -1 --separate-stderr jared-clean t
	[ "$stderr" = "jared-clean: t.2: open: running" ]
	run -1 --separate-stderr jared-clean
	[ -z "$stderr" ]
}

@test "kept: a configuration that would run programs, and none is run" {
	world && landed_unit
	for what in filter.x.clean core.fsmonitor diff.external; do
		git config $what "touch $PWD/../ran-$what"
	done
	echo '* filter=x' >.git/info/attributes
	touch "$wt/lines"
	kept unseen "the configuration names a filter, an include or a promisor"
	git config --remove-section filter.x
	[ "$(jared-clean -y -o action)" = removed ]
	[ -z "$(ls .. | grep ran-)" ]
}

@test "a superseded attempt without work goes as empty, one with work stays" {
	world
	for n in 1 2; do
		git worktree add -q --lock --reason "jared:t:$n" -b "jared/t/$n" ".worktrees/t$n"
		record t $n claim "base=$(git rev-parse HEAD)" onto=main "branch=jared/t/$n" "worktree=.worktrees/t$n"
		record t $n running pid=1 start=1
		record t $n exited code=1
	done
	[ "$(jared-clean -a -o attempt,action,proof,code)" = "$(tsv 2 kept - no-commits; tsv 1 remove empty -)" ]
	git -C .worktrees/t1 commit -q --allow-empty -m work
	[ "$(jared-clean -a -o attempt,code)" = "$(tsv 2 no-commits; tsv 1 not-landed)" ]
}

@test "--restore does not overwrite what has come in between" {
	world && landed_unit
	jared-clean -yq
	mkdir "$wt" && echo mine >"$wt/x"
	run -1 --separate-stderr jared-clean --restore t
	[ "$stderr" = "jared-clean: t.1: taken: $wt" ]
	[ "$(cat "$wt/x")" = mine ]
	rm -r "$wt"
	git branch jared/t/1 main
	run -1 --separate-stderr jared-clean --restore t
	[ "$stderr" = "jared-clean: t.1: taken: branch jared/t/1" ]
	git branch -qD jared/t/1
	[ "$(jared-clean --restore -o action t)" = restored ]
}

@test "the trash is deleted after trash_days, and not before" {
	world && echo 'trash_days: 3' >jared.yaml && git add -A && git commit -qm c && landed_unit
	mkdir -p "$wt/node_modules/ro" ../outside && echo x >"$wt/node_modules/ro/f" && chmod 500 "$wt/node_modules/ro"
	echo keep >../outside/f && ln -s "$PWD/../outside" "$wt/node_modules/out"
	jared-clean -yq
	JARED_NOW=2026-11-25T09:59:59Z run -1 jared-clean --purge -yq
	export JARED_NOW=2026-11-25T10:00:01Z
	[ "$(jared-clean --purge -o id,action,trash)" = "$(tsv t purge t.1)" ]
	[ -e .git/jared/trash/t.1/tree ]
	[ "$(jared-clean --purge -y -o id,action,archive)" = "$(tsv t purged refs/jared/archive/t/1)" ]
	[ -z "$(ls .git/jared/trash)" ]
	[ "$(cat ../outside/f)" = keep ]
	run -1 --separate-stderr jared-clean --restore t
	[ "$stderr" = "jared-clean: t.1: purged: refs/jared/archive/t/1" ]
	git cat-file -e refs/jared/archive/t/1
	awk -f "$BATS_TEST_DIRNAME/journal.awk" .git/jared/journal/*.tsv
}

@test "what was moved aside in git's directory is deleted then too, and nothing else" {
	world && echo 'trash_days: 3' >jared.yaml && git add -A && git commit -qm c
	landed_unit
	trash=.git/jared/trash beside=.git/jared-trash
	JARED_NOW='' jared-dispatch -q --reap || :
	mkdir -p $beside $trash/git-worktrees-t.17/logs $beside/git-worktrees-x.1.99 ../outside/git-worktrees-z.1
	echo keep | tee ../outside/f >../outside/git-worktrees-z.1/f
	echo index >$trash/git-worktrees-t.17/index && chmod 500 $trash/git-worktrees-t.17/logs
	ln -s "$PWD/../outside" $trash/git-worktrees-t.17/out
	# What is not ours, or no directory.
	mkdir $trash/git-worktrees-.5 $trash/git-worktrees-t $trash/git-worktrees-t.x $trash/other.1 $beside/other
	for d in -.5 -t -t.x; do echo >$trash/git-worktrees$d/f; done; echo >$trash/other.1/f
	ln -s "$PWD/../outside" $trash/git-worktrees-y.1
	ln -s "$PWD/../outside" $beside/git-worktrees-y.1
	echo >$trash/git-worktrees-f.1
	ls $trash $beside | grep -v 't.17\|x.1.99' >../kept
	now=$(date +%s)
	at() { date -u -d "@$((now + $1))" +%FT%TZ; }
	JARED_NOW=$(at 259100) run -1 jared-clean --purge -yq
	export JARED_NOW=$(at 259300)
	run -1 --separate-stderr jared-clean --purge no-such
	run -0 --separate-stderr jared-clean --purge
	[ "$stderr" = "jared-clean: would delete 2 of git's entries that were moved aside" ]
	[ -e $trash/git-worktrees-t.17/index ] && [ -e $beside/git-worktrees-x.1.99 ]
	run -0 --separate-stderr jared-clean --purge -y
	[ -z "$output" ]
	[ "$stderr" = "jared-clean: deleted 2 of git's entries that were moved aside" ]
	ls $trash $beside | same ../kept -
	[ "$(cat ../outside/f ../outside/git-worktrees-z.1/f | xargs)" = "keep keep" ]
	run -1 --separate-stderr jared-clean --purge -y
	# A directory that is a link is none of ours.
	rm -r $beside && ln -s "$PWD/../outside" $beside
	run -1 jared-clean --purge -yq
	[ -e ../outside/git-worktrees-z.1/f ]
}

@test "what was taken away is not looked at again until it is brought back, and told of all the same" {
	world && landed_unit
	record t 1 landed proof=tree "oid=$(git rev-parse jared/t/1)"
	told() { jared-watch -a -o id,attempt,state,exit,branch,worktree; jared-why -o stage,code,fact t; }
	looked() {
		strace -f -qq -e trace=file -o ../trace "$@" >/dev/null
		grep -cE '"t\.(1|alive)"|jared/t/1"|\.worktrees/t[/"]' ../trace || :
	}
	told >../before
	[ "$(looked jared-snap -q)" -gt 1 ]
	jared-clean -yq
	told | same ../before -
	for tool in 'jared-snap -q' jared-status 'jared-watch -j' jared-queue; do
		[ "$(looked $tool)" = 0 ] || { cat ../trace; return 1; }
	done
	jared-snap -q && jared-status -o id,state,group >../cleaned
	jared-clean -u t
	[ "$(looked jared-snap -q)" -gt 1 ]
	jared-status -o id,state,group | same ../cleaned -
	grep -q "$(tsv t landed finished)" ../cleaned
}

@test "a worker may look, and change nothing unless forced" {
	world && landed_unit
	export JARED_ATTEMPT=x.1
	[ "$(jared-clean -o action)" = remove ]
	run -1 --separate-stderr jared-clean -y
	[[ $stderr == *"refused inside a worker"* ]]
	[ "$(jared-clean -yF -o action)" = removed ]
	run -1 jared-clean --restore t
	[ "$(jared-clean -uF -o action t)" = restored ]
	run -2 jared-clean -n -y
	run -2 jared-clean --restore
}

@test "a repository with a state directory elsewhere is cleaned too" {
	world && landed_unit
	mkdir -m 700 ../state && mv .git/jared ../state/jared && chmod 700 ../state/jared
	export JARED_STATE=$PWD/../state/jared
	[ "$(jared-clean -y -o action)" = removed ]
	[ "$(jared-clean -u -o action t)" = restored ]
	[ -e "$wt/lines" ]
}

# --- killed anywhere ---

# cut_off N COMMAND...: in a copy of the world, killed at its Nth system call;
# afterwards it is done, or undone, and can be done again
cut_off() {
	local n=$1
	shift
	rm -rf ../w && cp -a ../first ../w && cd ../w || return
	wt=$PWD/.worktrees/t admin=$PWD/.git/worktrees/t
	KILLAT_COUNT=../count "$BUILD/tests/tools/killat" "$n" "$@" >../out 2>../err || :
	# Of what git itself leaves when it is killed, this is not ours to judge.
	rm -f .git/packed-refs.lock
	jared-clean -yq >../again 2>&1 || [ $? = 1 ] || { echo "at $n: $(cat ../again)"; return 1; }
	[ ! -e "$wt" ] && [ ! -e "$admin" ] || { echo "at $n: not taken away: $(cat ../again; jared-clean -a)"; return 1; }
	[ "$(ls .git/jared/trash)" = t.1 ] || { echo "at $n: $(ls -R .git/jared/trash | head -20)"; return 1; }
	awk -f "$BATS_TEST_DIRNAME/journal.awk" .git/jared/journal/*.tsv || return
	jared-clean -u t >../again 2>&1 || { echo "at $n: $(cat ../again)"; return 1; }
	picture >../after
	same ../before ../after && [ -z "$(ls .git/jared/trash)" ] || { echo "at $n"; return 1; }
	git fsck --no-dangling 2>&1 | grep -v '^notice' | grep . && { echo "at $n: fsck"; return 1; }
	return 0
}

# The paths of a copy are its own: all happens in ../w.
crash_first() {
	cd .. && git init -q -b main w && cd w
	seq 40 >lines
	printf '%s\n' /.worktrees/ node_modules .env '*.pyc' tasks >.gitignore
	git add -A && git commit -qm Lines
	landed_unit
	mkdir "$wt/node_modules" && echo x >"$wt/node_modules/x"
	git -C "$wt" commit -q --amend -m "Other words"
	cd .. && cp -a w first && cd w
}

# points K COMMAND...: K points evenly spread over all of it
points() {
	local k=$1 total i
	shift
	KILLAT_COUNT=../count "$BUILD/tests/tools/killat" 0 "$@" >/dev/null
	total=$(cat ../count)
	for ((i = 0; i < k; i++)); do
		cut_off $((1 + (2 * i + 1) * total / (2 * k))) "$@" || return
	done
}

@test "killed anywhere while it takes something away, sampled" {
	mkdir here && cd here && crash_first && picture >../before
	points "${POINTS:-6}" jared-clean -yq
}

@test "killed anywhere while it brings something back, sampled" {
	mkdir here && cd here && crash_first && picture >../before
	jared-clean -yq && cd .. && rm -rf first && cp -a w first && cd w
	points "${POINTS:-3}" jared-clean -u t
}

@test "40 generated cases: nothing is lost, and what is finished goes" {
	python3 "$BATS_TEST_DIRNAME/cleancases.py" . 34 21
	PATH=$BUILD/fault/bin:$PATH python3 "$BATS_TEST_DIRNAME/cleancases.py" "$PWD/races" 6 3 --race
}

@test "the cases catch a jared-clean that does not look again" {
	mkdir -p races/r0/.git/jared/fault && chmod 700 races/r0/.git/jared
	: >races/r0/.git/jared/fault/no-recheck
	PATH=$BUILD/fault/bin:$PATH run -1 python3 "$BATS_TEST_DIRNAME/cleancases.py" "$PWD/races" 5 3 --race
	echo "$output"
	[ "$(grep -c UNFINISHED <<<"$output")" -ge 3 ]
}

@test "an attempt without work goes as empty once its task is cancelled, the sessions of all attempts with it" {
	local server=(tmux -S "$JARED_TMUX_SOCKET" -f "$BUILD/share/jared/tmux.conf")
	world && task t
	cat >jared.yaml <<-'END'
	agent: sh
	command: [sh, -c, exit 4]
	END
	git add -A && git commit -qm Settings
	unset JARED_NOW
	over() { jared-dispatch --reap; [ "$(jared-watch -o state,attempt)" = "$(tsv exited "$1")" ]; }
	for n in 1 2 3; do
		jared-dispatch -q t >/dev/null 3>&-
		wait_for 60 over $n
		jared-mark -q unpark t >/dev/null
	done
	[ "$("${server[@]}" list-sessions | wc -l)" = 3 ]
	run -1 jared-clean -qy
	jared-task set t status=cancelled
	[ "$(jared-clean -y -o action,proof)" = "$(tsv removed empty)" ]
	[ -z "$("${server[@]}" list-sessions)" ]
	[ -z "$(ls .worktrees)" ]
	# Should it be wanted after all, it begins anew.
	jared-task ready t
	jared-dispatch -o attempt,worktree t 3>&- | grep -qx "$(tsv 4 .worktrees/t.4)"
}
