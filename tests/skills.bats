load lib.bash

# What skills/ tells an agent is what the tools do.

setup() {
	setup_world
	skills=$BATS_TEST_DIRNAME/../skills
}

teardown() { end_tmux; }

# shown FILE...: the command lines in them
shown() { awk '/^ *```sh$/ { inside = 1; next } /^ *```$/ { inside = 0 } inside' "$@" | sed 's/^ *//'; }

@test "every command in every skill is a tool that takes it" {
	shown "$skills"/*/SKILL.md "$skills"/commands/*.md | tr '|' '\n' | sed 's/^ *//' | sort -u >lines
	[ "$(wc -l <lines)" -ge 25 ]
	while read -r tool words; do
		[ -x "$BUILD/bin/$tool" ] || { echo "no $tool: $words"; return 1; }
		# Options are looked at before all else.
		for word in $words; do
			case $word in -*) ;; *) continue ;; esac
			"$tool" --help | grep -qE -- "(^|[ ,])$word([ ,=]|\$)|\[-[a-zA-Z]*${word#-}" ||
				{ echo "$tool has no $word"; return 1; }
		done
	done <lines
	# The verbs, too.
	grep -ohE 'jared-(mark|task|heartbeat) [a-z]+' -r "$skills" | sort -u >verbs
	while read -r tool verb; do
		grep -qw "$verb" <("$tool" --help) || { echo "$tool has no $verb"; return 1; }
	done <verbs
}

@test "the commands of the umbrella skill list, start, check, answer, stop and clean up, in this order" {
	cp -R "$BUILD/share/jared/demo" repo && cd repo
	git init -q -b main . && git add -A && git commit -qm Plan
	touch .git/hold
	id=$(jared-queue -qs ready -o id | head -n1)
	shown "$skills/jared/SKILL.md" | sed "s/TASK/$id/g" >../lines
	[ "$(wc -l <../lines)" -ge 14 ]
	while IFS= read -r line <&9; do
		if [ "$line" = jared-clean ]; then
			# Meanwhile it worked on, and a person merged it.
			rm -f .git/hold
			jared-heartbeat -q
			wait_for 60 eval "jared-dispatch --reap >/dev/null; jared-queue -s review -o id | grep -qx $id"
			git merge -q --no-ff -m "Merge $id" "$(jared-watch -o branch "$id")"
			jared-dispatch --reap >/dev/null
		fi
		status=0
		bash -o pipefail -c "$line" >../out 2>../err 3>&- 9>&- </dev/null || status=$?
		case $line,$status in
		*,0)	;;
		# Nothing written yet, nothing more to start, nothing amiss: an answer.
		jared-log*,1|jared-queue\ \|*,1|*--signals,1) ;;
		*)	echo "$line: $status"; cat ../out ../err; return 1 ;;
		esac
		run ! grep -E 'usage:|unknown|no such' ../err
		case $line in
		'jared-queue -s ready'*)	grep -q "^$id" ../out ;;
		"jared-dispatch $id")	grep -q "^$id	1	" ../out; wait_for 20 jared-watch -q -s working "$id" ;;
		'jared-snap --signals')	run ! grep -q 'at work' ../out ;;
		"jared-status")	grep -q "$id" ../out ;;
		"jared-escalate --pack $id")	grep -q "jared-kill $id" ../out ;;
		"jared-kill $id")	wait_for 20 jared-watch -q -s killed "$id" ;;
		"jared-mark unpark $id")	jared-queue -s ready -o id | grep -qx "$id" ;;
		'jared-clean --yes')	[ ! -e ".worktrees/$id" ] ;;
		esac
	done 9<../lines
}

@test "install puts them where agents look, a second time changes nothing, check is clean" {
	new_repo
	echo '# Rules' >AGENTS.md
	jared-skills install >out
	[ "$(wc -l <out)" -ge 15 ]
	for file in .codex/skills/jared/SKILL.md .claude/skills/jared/SKILL.md .claude/commands/pr.md .codex/skills/pr/SKILL.md; do
		[ -s $file ]
	done
	same "$skills/jared/SKILL.md" .codex/skills/jared/SKILL.md
	[ "$(head -n1 AGENTS.md)" = '# Rules' ]
	[ "$(grep -c 'jared:begin' AGENTS.md)" = 1 ]
	git add -A; git commit -qm Skills
	[ "$(jared-skills install)" = "" ]
	[ -z "$(git status --porcelain)" ]
	run -0 --separate-stderr jared-skills check
	[ "$output$stderr" = "" ]
}

@test "check fails after an edit of either copy, of a command, of AGENTS.md, and when one is gone" {
	new_repo
	run -1 jared-skills check
	jared-skills -q install
	for file in .codex/skills/jared/SKILL.md .claude/skills/jared/SKILL.md .claude/commands/task-dispatch.md AGENTS.md; do
		sed -i 's/Jared/Karl/; s/Start a/End a/' $file
		run -1 --separate-stderr jared-skills check
		[[ $stderr == "jared-skills: $file was changed"* ]]
		jared-skills -q install
		jared-skills check
	done
	rm .claude/skills/task-manager/SKILL.md
	run -1 --separate-stderr jared-skills check
	[[ $stderr == "jared-skills: .claude/skills/task-manager/SKILL.md is missing"* ]]
	(mkdir -p sub && cd sub && jared-skills -q install)
	jared-skills check
}

@test "what the repository has of its own stays; its qa-explorer is pointed to" {
	new_repo
	mkdir -p .claude/commands .codex/skills/qa-explorer
	echo mine >.claude/commands/pr.md
	echo explore >.codex/skills/qa-explorer/SKILL.md
	printf '<!-- jared:begin -->\nold\n<!-- jared:end -->\nbehind\n' >AGENTS.md
	run -0 --separate-stderr jared-skills -q install
	[ "$stderr" = "jared-skills: .claude/commands/pr.md is yours and was left alone" ]
	[ "$(cat .claude/commands/pr.md)" = mine ]
	grep -q 'qa-explorer/SKILL.md' .codex/skills/jared/SKILL.md
	[ "$(tail -n1 AGENTS.md)" = behind ]
	run ! grep -x old AGENTS.md
	jared-skills check
}

@test "a dry run writes nothing, a wrong command line and no repository are told" {
	run -3 jared-skills check
	new_repo
	jared-skills -n install | grep -qx AGENTS.md
	[ -z "$(git status --porcelain)" ]
	run -2 jared-skills
	run -2 jared-skills remove
}
