load lib.bash
load journal.bash

# What counts as landed, by which proof, and what never does.

setup() {
	setup_world
	new_repo
	export JARED_NOW=2026-11-22T10:00:00Z
	seq 40 >lines && git add lines && git commit -qm Lines
}

# branch [ID]: an attempt that is over, and its branch, which is checked out
branch() {
	task "${1-t}"
	exited "${1-t}" 1 code=0
	git switch -qc "jared/${1-t}/1"
}

# change LINE TEXT [FILE]: one commit
change() { sed -i "$1s/.*/$2/" "${3-lines}" && git add "${3-lines}" && git commit -qm "$2"; }

# proof [ID]: what the journal says after one more beat
proof() {
	jared-dispatch --reap >/dev/null
	awk -F'\t' -v id="${1-t}" '$4 == id && $6 == "landed"' .git/jared/journal/*.tsv |
		grep -o 'proof=[a-z-]*' | cut -d= -f2
}

# squash [ID]: as a forge does it
squash() { git switch -q main && git merge -q --squash "jared/${1-t}/1" >/dev/null && git commit -qm "Squash"; }

@test "ancestor: the branch was merged" {
	branch && change 3 three
	git switch -q main && git merge -q --no-ff -m Merge jared/t/1
	[ "$(proof)" = ancestor ]
}

@test "tree: the branch was squashed, and nothing came after it" {
	branch && change 3 three && change 30 thirty
	squash
	[ "$(proof)" = tree ]
	[ "$(jared-queue -o id,state)" = "$(tsv t landed)" ]
}

@test "merge: the branch was squashed, and the base branch went on elsewhere" {
	branch && change 3 three && change 30 thirty
	squash
	change 15 fifteen
	[ "$(proof)" = merge ]
	[[ $(jared-why t) == *"landed by merge"* ]]
}

@test "patch-id: the branch was squashed, and the base branch changed the same lines" {
	branch && change 3 three && change 30 thirty
	squash
	change 3 other
	[ "$(proof)" = patch-id ]
}

@test "patch-id: the branch was rebased, and the base branch changed the same lines" {
	branch && change 3 three && change 30 thirty
	git switch -q main && change 15 fifteen
	git cherry-pick jared/t/1~ jared/t/1 >/dev/null
	change 3 other
	[ "$(proof)" = patch-id ]
}

@test "a landed record names the commit of the base branch that had the work" {
	branch && change 3 three
	squash
	[ "$(proof)" = tree ]
	grep -q "in=$(git rev-parse main)" .git/jared/journal/*.tsv
	grep -q "oid=$(git rev-parse jared/t/1)" .git/jared/journal/*.tsv
}

@test "what was committed after the squash has not landed" {
	branch && change 3 three
	squash
	git switch -q jared/t/1 && change 4 four && git switch -q main
	[ -z "$(proof)" ]
	change 15 fifteen
	[ -z "$(proof)" ]
}

@test "commits that change nothing have not landed, though a merge would add nothing" {
	branch && change 3 three && git revert --no-edit HEAD >/dev/null
	git switch -q main
	[ -z "$(proof)" ]
	change 15 fifteen
	[ -z "$(proof)" ]
}

@test "a branch that only took over the base branch has not landed" {
	git switch -qc other && change 20 twenty && git switch -q main
	branch
	git merge -q --ff-only other
	git switch -q main && git merge -q --squash other >/dev/null && git commit -qm Squash
	[ -z "$(proof)" ]
}

@test "half of a rebase has not landed" {
	branch && change 3 three && change 30 thirty
	git switch -q main && change 15 fifteen
	git cherry-pick jared/t/1~ >/dev/null
	[ -z "$(proof)" ]
}

# fact BRANCH HEAD STATE [ONTO]
fact() {
	mkdir -p .git/jared/fact
	tsv "$1" "$2" "$3" "${4-main}" 2026-11-22T09:00:00Z 7 >>.git/jared/fact/pr
}

@test "pr: a fact says that this very commit was merged" {
	branch && change 3 three
	git switch -q main
	fact jared/t/1 "$(git rev-parse jared/t/1)" merged
	[ "$(proof)" = pr ]
	! grep landed .git/jared/journal/*.tsv | grep -q 'in='
}

@test "a fact about another commit, branch or state proves nothing" {
	branch && change 3 three
	git switch -q main
	tip=$(git rev-parse jared/t/1)
	fact jared/t/1 "$(git rev-parse main)" merged
	fact jared/t/11 "$tip" merged
	fact jared/t "$tip" merged
	fact jared/t/1 "$tip" closed
	fact jared/t/1 "$tip" open
	fact jared/t/1 "$tip" merged release
	{ echo "jared/t/1 $tip merged"; tsv jared/t/1 "$tip" merged main yesterday 7
		printf 'jared/t/1\t%s\tmerged\tmain\t2026-11-22T09:00:00Z\t7' "$tip"; } >>.git/jared/fact/pr
	[ -z "$(proof)" ]
}

# What an agent may write into the repository's configuration, attributes and
# references must neither run nor make something look landed.
@test "a hostile repository neither runs a program nor forges a proof" {
	branch && change 3 three
	git switch -q main && change 3 other
	for what in filter.x.clean filter.x.smudge merge.x.driver diff.x.textconv diff.x.command \
	    core.fsmonitor diff.external core.sshCommand remote.origin.uploadpack; do
		git config "$what" "touch $PWD/../ran-$what; cat"
	done
	git config remote.origin.url "$PWD/.."
	git config remote.origin.promisor true
	git config core.hooksPath "$PWD/../hooks" && mkdir ../hooks
	for hook in post-index-change reference-transaction post-checkout; do
		printf '#!/bin/sh\ntouch %s/../ran-%s\n' "$PWD" $hook >../hooks/$hook
		chmod +x ../hooks/$hook
	done
	printf '* merge=x filter=x diff=x\n' >.gitattributes
	mkdir -p .git/info && cp .gitattributes .git/info/attributes
	[ -z "$(proof)" ]
	printf '* merge=union\n' >.git/info/attributes
	git replace "$(git rev-parse main^{commit})" "$(git commit-tree -p main~ -m forged "jared/t/1^{tree}")"
	git switch -q jared/t/1 2>/dev/null || :
	rm -f ../ran-*
	[ -z "$(proof)" ]
	[ -z "$(ls .. | grep ran-)" ] || { ls ..; return 1; }
}

# asked: how many processes of git a beat starts besides those that count
asked() {
	strace -f -qq -s 400 -e trace=execve -o ../trace jared-dispatch --reap >/dev/null
	grep 'execve("[^"]*git", .*look\.' ../trace | cut -d' ' -f1 | sort -u | wc -l
}

@test "what was asked once is not asked again, until one of the two commits moves" {
	branch && change 3 three
	git switch -q main && change 15 fifteen
	n=$(asked)
	[ "$n" -gt 0 ] && [ "$n" -le 6 ] || { echo "$n"; return 1; }
	[ "$(asked)" = 0 ]
	change 16 sixteen
	[ "$(asked)" -gt 0 ]
	[ "$(asked)" = 0 ]
	git switch -q jared/t/1 && change 4 four && git switch -q main
	[ "$(asked)" -gt 0 ]
	[ "$(asked)" = 0 ]
	[ -z "$(ls .git/jared | grep look)" ]
	squash
	[ "$(proof)" = merge ]
	[ ! -s .git/jared/fact/unlanded ]
}

@test "a beat asks about some branches, and comes to all of them" {
	for i in $(seq 10); do
		branch "t$i" && change 3 "three $i" && git switch -q main
	done
	change 15 fifteen
	for beats in 1 2; do
		[ "$(asked)" -le 41 ]
	done
	[ "$(wc -l <.git/jared/fact/unlanded)" = 10 ]
	[ "$(asked)" = 0 ]
	squash t7
	for beats in 1 2; do
		jared-dispatch --reap >/dev/null
	done
	[ "$(jared-queue -o id,state | grep landed)" = "$(tsv t7 landed)" ]
}

@test "a git that fails proves nothing, and the beat goes on" {
	branch && change 3 three
	squash && change 15 fifteen
	mkdir ../stub
	for with in 'exit 3' 'exit 1' 'echo 0' 'kill -9 $$'; do
		printf '#!/bin/sh\ncase "$*" in *git-dir=*look.*) %s ;; *) exec %s "$@" ;; esac\n' \
			"$with" "$(command -v git)" >../stub/git
		chmod +x ../stub/git
		PATH=$PWD/../stub:$PATH jared-dispatch --reap >/dev/null
		! grep -q landed .git/jared/journal/*.tsv || { echo "$with"; return 1; }
		rm -f .git/jared/fact/unlanded
	done
	[ "$(proof)" = merge ]
}
