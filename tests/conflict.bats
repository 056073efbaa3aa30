load lib.bash
load journal.bash

# Which branches conflict with their base branch: asked once, bound to commits.

setup() {
	setup_world
	new_repo
	export JARED_NOW=2026-11-22T10:00:00Z
	seq 40 >lines && seq 9 >more && git add lines more && git commit -qm Lines
	facts=$PWD/.git/jared/fact/conflict
}

# branch [ID]: an attempt that is over, and its branch, which is checked out
branch() {
	task "${1-t}"
	exited "${1-t}" 1 code=0
	git switch -qc "jared/${1-t}/1"
}

# change LINE TEXT [FILE]: one commit
change() { sed -i "$1s/.*/$2/" "${3-lines}" && git add "${3-lines}" && git commit -qm "$2"; }

beat() { jared-reconcile --fix -q >/dev/null || [ $? = 1 ]; }
conflicts() { jared-snap -q; jared-snap --signals -o id,code,tier,since,evidence,attempt,fact 2>/dev/null | grep branch_conflict; }
# asked: how many processes of git that merge a beat starts
asked() {
	strace -f -qq -s 400 -e trace=execve -o ../trace jared-reconcile --fix -q >/dev/null || [ $? = 1 ]
	grep 'execve("[^"]*git", .*"merge-tree", .*"--stdin"' ../trace | cut -d' ' -f1 | sort -u | wc -l
}

@test "a branch that conflicts is a signal with the files, until main is merged into it" {
	branch && change 3 three && change 2 two more
	git switch -q main && change 3 drei && change 2 zwei more
	run ! conflicts
	beat
	[ "$(conflicts)" = "$(tsv t branch_conflict 2 2026-11-22T10:00:00Z git 1 "conflicts with main in lines, more")" ]
	[[ $(jared-status -o id,group,why) == $'t\tattention\t'*branch_conflict* ]]
	git switch -q jared/t/1 && run -1 git merge main
	git checkout -q --ours . && git commit -qam Merge && git switch -q main
	run ! conflicts
	beat
	run ! conflicts
	[ "$(cut -f1-5 "$facts")" = "$(tsv jared/t/1 "$(git rev-parse jared/t/1)" "$(git rev-parse main)" clean 2026-11-22T10:00:00Z)" ]
}

@test "a fact says nothing of other commits, and a conflict that lasts keeps its time" {
	branch && change 3 three
	git switch -q main && change 3 drei
	beat
	before=$(conflicts)
	[ -n "$before" ]
	change 15 fifteen
	run ! conflicts
	JARED_NOW=2026-11-22T11:00:00Z beat
	[ "$(conflicts)" = "$before" ]
	git switch -q jared/t/1 && change 30 thirty && git switch -q main
	run ! conflicts
	JARED_NOW=2026-11-22T12:00:00Z beat
	[ "$(conflicts)" = "$before" ]
	git switch -q jared/t/1 && change 3 drei && git switch -q main
	JARED_NOW=2026-11-22T13:00:00Z beat
	run ! conflicts
	git switch -q jared/t/1 && change 3 trois && git switch -q main
	JARED_NOW=2026-11-22T14:00:00Z beat
	[[ $(conflicts) == *2026-11-22T14:00:00Z* ]]
}

@test "all pairs are asked about by one process, and a quiet beat starts none" {
	for i in 1 2 3; do
		branch "t$i" && change "$((3 * i))" "line $i" && git switch -q main
	done
	change 3 drei
	[ "$(asked)" = 1 ]
	[ "$(cut -f1,4 "$facts")" = "$(tsv jared/t1/1 conflict; tsv jared/t2/1 clean; tsv jared/t3/1 clean)" ]
	sum=$(stat -c '%i %y' "$facts")
	strace -f -qq -e trace=execve -o ../trace jared-reconcile --fix -q >/dev/null || [ $? = 1 ]
	[ "$(grep -c 'execve("[^"]*git".* = 0' ../trace)" -le 1 ] || { grep git ../trace; return 1; }
	[ "$(asked)" = 0 ]
	[ "$(stat -c '%i %y' "$facts")" = "$sum" ]
	git switch -q jared/t2/1 && change 20 twenty && git switch -q main
	[ "$(asked)" = 1 ]
	[ "$(asked)" = 0 ]
	[ -z "$(ls .git/jared | grep look)" ]
}

@test "nobody who only reads asks git to merge" {
	branch && change 3 three
	git switch -q main && change 3 drei
	beat
	change 15 fifteen
	for tool in "jared-queue" "jared-why t" "jared-watch" "jared-snap" "jared-status" "jared-reconcile"; do
		strace -f -qq -s 400 -e trace=execve -o ../trace $tool >/dev/null 2>&1 || :
		run ! grep merge-tree ../trace
	done
}

@test "what is told of a branch ends with it, and with its task" {
	for i in a b c e; do
		branch $i && change 3 "three $i" && git switch -q main
	done
	change 3 drei
	beat
	[ "$(conflicts | wc -l)" = 4 ]
	git branch -qD jared/a/1
	sed -i s/ready/done/ tasks/workstreams/main/tasks/b.md
	git merge -qs ours -m Merge jared/c/1
	beat
	[ "$(cut -f1 "$facts" | xargs)" = jared/e/1 ]
	[ "$(conflicts | cut -f1)" = e ]
	git update-ref refs/heads/jared/e/1 "$(git rev-parse main)"
	beat
	[ ! -s "$facts" ]
}

@test "a damaged file is as none" {
	branch && change 3 three
	git switch -q main && change 3 drei
	beat
	cp "$facts" ../good
	want=$(conflicts)
	for damage in ': >"$facts"' 'head -c 20 ../good >"$facts"' 'sed "s/conflict/what/" ../good >"$facts"' \
	    'printf "\0\0\0" >"$facts"' 'head -c 100000 /dev/urandom >"$facts"' 'rm "$facts"' \
	    'sed "s/\tlines$/\t-/" ../good >"$facts"' 'sed "s/lines/li\\\\xnes/" ../good >"$facts"' \
	    'sed "s/2026[^\t]*/once/" ../good >"$facts"' 'rm "$facts"; mkfifo "$facts"'; do
		eval "$damage"
		run ! conflicts
		beat
		[ "$(conflicts)" = "$want" ] || { echo "$damage"; return 1; }
		same ../good "$facts"
	done
	# One good line among others counts.
	{ echo what; cat ../good; printf 'cut off'; } >"$facts"
	[ "$(conflicts)" = "$want" ]
	[ "$(asked)" = 0 ]
	same ../good "$facts"
}

@test "neither the repository's merge driver nor its names have a say" {
	name=$'\e]0;evil\a\xff\nfoo'
	echo 1 >"$name"; git add .; git commit -qm evil
	branch && change 3 three && echo 2 >"$name" && git commit -qam evil
	git switch -q main && change 3 drei && echo 3 >"$name" && git commit -qam evil
	echo '* merge=evil' >.git/info/attributes
	git config merge.evil.driver "touch $PWD/../ran; true"
	beat
	[ ! -e ../ran ]
	[ "$(wc -l <"$facts")" = 1 ]
	[[ $(conflicts) == *$'conflicts with main in \\\\x1b]0;evil\\\\x07\\\\xff?foo, lines' ]] || { conflicts; false; }
	for n in $(seq 300); do echo $n >"f$n"; done; git add f*; git commit -qm many
	git switch -q jared/t/1; for n in $(seq 300); do echo x >"f$n"; done; git add f*; git commit -qm many; git switch -q main
	beat
	[[ $(conflicts) == *" and others" ]]
}

@test "a git that fails tells nothing, and is not asked for ever" {
	branch a && change 3 three && git switch -q main
	branch b && change 3 three && git switch -q main
	change 3 drei
	mkdir ../stub
	for with in 'exit 3' 'exit 0' 'exit 129' 'echo 0' 'kill -9 $$'; do
		rm -f "$facts"
		printf '#!/bin/sh\ncase "$*" in *merge-tree*stdin*) echo >>%s; %s ;; *) exec %s "$@" ;; esac\n' \
			"$PWD/../asked" "$with" "$(command -v git)" >../stub/git
		chmod +x ../stub/git
		: >../asked
		for beats in 1 2 3 4; do PATH=$PWD/../stub:$PATH beat; done
		[ "$(wc -l <../asked)" -le 2 ] || { echo "$with"; return 1; }
		[ "$(cut -f1,4 "$facts")" = "$(tsv jared/a/1 unknown; tsv jared/b/1 unknown)" ] || { echo "$with"; cat "$facts"; return 1; }
		run ! conflicts
	done
}

@test "one branch that cannot be merged at all does not hide the others" {
	branch a && change 3 three && git switch -q main
	branch b && git switch -q --orphan other && echo x >x && git add x && git commit -qm other
	git branch -qf jared/b/1 && git switch -q main && git branch -qD other
	git checkout -q main .
	branch c && change 3 three && git switch -q main
	change 3 drei
	beat 2>/dev/null; beat
	[ "$(cut -f1,4 "$facts")" = "$(tsv jared/a/1 conflict; tsv jared/b/1 unknown; tsv jared/c/1 conflict)" ]
	[ "$(asked)" = 0 ]
}
