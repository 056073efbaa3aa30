load lib.bash

# What is said of agents by what they show and by what their hooks tell, against
# recordings of the real ones (fixtures/agents).

setup() {
	setup_world
	fixtures=$BATS_TEST_DIRNAME/fixtures/agents
	export JARED_SHARE=$BUILD/share/jared
}

teardown() { end_tmux; }

# screens: a record for judge for each recorded screen
screens() {
	mkdir -p none titles
	local tab=$'\t'
	while IFS=$tab read -r file agent _; do
		[[ $file != \#* ]] || continue
		sed -n 's/^title=//p' "$fixtures/screens/$file.meta" >"titles/$file"
		tsv "$file" "$agent" interactive "titles/$file" "$fixtures/screens/$file.txt" none - - -
	done <"$fixtures/fixtures.tsv"
}

# score <SAID: how many are right, for each agent; fails if fewer than 97 % are
# of any, or one says working for waiting or the reverse
score() {
	awk -F'\t' '
		NR == FNR { said[$1] = $2; why[$1] = $3; next }
		/^#/ || $4 == "exited" { next }
		{
			n[$2]++
			want = $4 == "error" ? "idle" : $4
			good = said[$1] == want && (want == $4 || why[$1] == "error")
			right[$2] += good
			if (!good)
				print $1 ": " said[$1] " " why[$1] ", and is " $4 " " $5
			if (said[$1] ~ /^(working|waiting)$/ && want ~ /^(working|waiting)$/ && said[$1] != want)
				confused++
		}
		END {
			for (a in n) {
				printf "%s: %d of %d (%.1f %%)\n", a, right[a], n[a], 100 * right[a] / n[a]
				if (right[a] < 0.97 * n[a]) bad = 1
				all += n[a]
			}
			printf "%d screens, %d take working for waiting or the reverse\n", all, confused
			exit bad || confused > 0 || all < 138
		}' - "$fixtures/fixtures.tsv"
}

judge() { "$BUILD/tests/helper/judge"; }

@test "of every agent's recorded screens at least 97 % are read right, and none takes working for waiting" {
	[ "$(grep -vc '^#' "$fixtures/fixtures.tsv")" -eq 144 ]
	screens >list
	judge <list >said
	run -0 score <said
	echo "$output" | sed 's/^/# /' >&3
}

@test "a score of damaged rules is a failure" {
	screens >list
	cp -r "$BUILD/share/jared" share
	export JARED_SHARE=$PWD/share
	# damage AGENT SED-SCRIPT
	damage() {
		sed -i "$2" "share/agents/$1.yaml"
		! cmp -s "share/agents/$1.yaml" "$BUILD/share/jared/agents/$1.yaml" || return 1
		judge <list >said
		run -1 score <said
		cp "$BUILD/share/jared/agents/$1.yaml" "share/agents/$1.yaml"
	}
	damage claude '/reason: permission/s/state: waiting/state: working/'
	damage claude '/esc to interrupt/d'
	damage codex '/reason: turn, where: title/s/state: working/state: waiting/'
	damage gemini '/reason: prompt/d'
	damage opencode '/reason: permission/d'
	damage copilot '/reason: api/d'
	damage qwen '/Waiting for user/d; /where: title/d'
	judge <list >said
	run -0 score <said
}

@test "a screen that no rule knows is unknown, and an empty one is starting" {
	mkdir none
	echo 'Segmentation fault (core dumped)' >odd
	printf '\n  \n\n' >empty
	for agent in claude codex gemini opencode copilot qwen amp aider; do
		tsv "$agent-odd" $agent interactive - odd none - - -
		tsv "$agent-empty" $agent interactive - empty none - - -
		tsv "$agent-headless" $agent headless - - none - - -
	done >list
	judge <list >said
	run -0 cut -f1-4 said
	for agent in claude codex gemini opencode copilot qwen amp aider; do
		[[ $output == *"$(tsv $agent-odd unknown - screen)"* ]]
		[[ $output == *"$(tsv $agent-empty starting - screen)"* ]]
		[[ $output == *"$(tsv $agent-headless working - process)"* ]]
	done
}

@test "a dialog outranks what the hooks and the title say, working on screen what a dialog left" {
	mkdir d
	tsv 2026-11-22T10:00:00Z Stop idle 'done' - - - >d/hooks
	touch -d '1 minute ago' d/hooks
	printf '✳ Claude Code' >title
	tsv trust claude interactive title "$fixtures/screens/claude-trust-folder.txt" d - - - >list
	printf '%s\n' '❯ go' '  ⎿  Not logged in · Please run /login' '✻ Working…' '────' '❯' '────' '  esc to interrupt' >again
	tsv again claude interactive title again d - - - >>list
	# To the agent its own dialog is a permission; idle is not to be believed there.
	mkdir osc osc2
	tsv waiting permission 2026-11-22T10:00:00Z osc7501 'trust this folder' >osc/status
	tsv asked claude interactive title "$fixtures/screens/claude-trust-folder.txt" osc - - - >>list
	tsv idle - 2026-11-22T10:00:00Z osc7501 - >osc2/status
	tsv idle codex interactive title "$fixtures/screens/codex-waiting-trust-folder.txt" osc2 - - - >>list
	tsv waiting auth 2026-11-22T10:00:00Z osc7501 - >d/status
	tsv auth claude headless - - d - - - >>list
	run -0 judge <list
	[ "${lines[2]}" = "$(tsv asked waiting trust osc7501 'trust this folder')" ]
	[ "${lines[3]}" = "$(tsv idle waiting trust screen -)" ]
	[ "${lines[4]}" = "$(tsv auth waiting login osc7501 -)" ]
	rm d/status
	run -0 judge <list
	[ "${lines[0]}" = "$(tsv trust waiting trust screen -)" ]
	[ "$(cut -f2 <<<"${lines[1]}")" != waiting ]
}

@test "replayed through jared-hook, recorded hooks with title, screen and status file are right at every mark" {
	for trace in claude claude-inline claude-v197 codex codex-inline gemini qwen copilot opencode; do
		python3 "$BATS_TEST_DIRNAME/traces.py" "$fixtures" "$BUILD" "$PWD" "${trace%%-*}" "$trace" >"$trace.out"
		[ -s "$trace.out" ]
		awk -F'\t' -v t="$trace" '{ print t "\t" $0 }' "$trace.out"
	done >all
	run -0 awk -F'\t' '
		$4 != $5 { print "wrong: " $0; bad = 1 }
		{ n++; by[$7]++ }
		END {
			printf "%d verdicts", n
			for (s in by) printf ", %d by %s", by[s], s
			print ""
			exit bad || n < 172
		}' all
	echo "# $output" >&3

	# The states in which hooks alone are wrong.
	row() { # ROW MARK STATE AGENT...
		local what=$1 mark=$2 state=$3
		shift 3
		for agent; do
			grep -q "^$agent	$mark	[a-z]*	$state	$state	" all ||
				{ echo "$what: $agent"; grep "^$agent	$mark" all; return 1; }
		done
	}
	row 'long tool call after approval' working-tool-running working claude-inline claude-v197 copilot
	row 'denied with Esc' idle-permission-denied idle claude-inline claude-v197 copilot codex
	row 'interrupted' idle-interrupted idle claude claude-inline codex
	row 'failed turn' api-error-400 idle codex
	row 'retrying' api-error-429 working claude-inline copilot qwen
	row 'service hangs' stalled-hang-18s working claude-inline claude-v197 copilot qwen gemini
	row 'permission prompt' waiting-permission-write waiting claude-inline copilot gemini
	row 'question' waiting-question waiting claude claude-v197 qwen
	# And they are wrong by hooks alone: the log says otherwise.
	[ "$(tail -n1 claude-v197/working-tool-running/hooks | cut -f3)" = waiting ]
	[ "$(tail -n1 claude-v197/idle-permission-denied/hooks | cut -f3)" = waiting ]
	[ "$(tail -n1 claude/idle-interrupted/hooks | cut -f3)" = working ]
	[ "$(tail -n1 codex/api-error-400/hooks | cut -f3)" = working ]

	# Cut anywhere, the log says what its whole lines say.
	for trace in claude opencode; do
		run -0 "$BUILD/tests/hooklog" "$trace/hooks"
		[[ $output == *beginnings* ]]
	done
}

@test "a status file that its writer left behind says nothing" {
	mkdir d s
	sleep 300 3>&- &
	pid=$!
	start=$(sed 's/.*) //' /proc/$pid/stat | cut -d' ' -f20)
	file() { echo '{"pid":'"$1"',"sessionId":"s1","procStart":"'"$2"'","status":"waiting","waitingFor":"input needed","statusUpdatedAt":1795341228383,"deep":{"a":[{}]}}' >"s/$1.json"; }
	j() { tsv x claude interactive - - d s "${2-s1}" "$1" | judge | cut -f2-4; }
	file $pid "$start"
	[ "$(j $pid)" = "$(tsv waiting question status-file)" ]
	# its own pid is not known: it is found by its session
	[ "$(j $$)" = "$(tsv waiting question status-file)" ]
	[ "$(j $pid s2)" = "$(tsv unknown - process)" ]
	file $pid $((start + 1))
	[ "$(j $pid)" = "$(tsv unknown - process)" ]
	file $pid "$start"
	kill $pid
	wait $pid || :
	[ "$(j $pid)" = "$(tsv unknown - process)" ]
}

# A program of the agent's name shows the recorded screen that its task names,
# and ends as that one did.
fake() {
	mkdir -p fakes
	cat >fakes/agent <<-END
	#!/bin/sh
	s=$fixtures/screens/\$JARED_TASK
	stty -echo
	! grep -q '^alternate_on=1' "\$s.meta" || printf '\033[?1049h'
	printf '\033[H\033[2J\033]2;%s\007' "\$(sed -n 's/^title=//p' "\$s.meta" | sed 's/ *$//')"
	[ -e "\$s.ansi" ] || s=\$PWD/screen
	printf '%s' "\$(cat "\$s.ansi")"
	grep -q '^dead=1' "\$s.meta" && exit 0
	exec sleep 3600
	END
	chmod +x fakes/agent
	for agent in claude codex gemini opencode copilot qwen; do
		ln -sf agent "fakes/$agent"
	done
	PATH=$PWD/fakes:$PATH
}

@test "recorded screens in real panes: jared-watch says of each what it is" {
	unset JARED_SHARE
	fake
	new_repo
	printf 'max_workers: 40\nmode: interactive\nstart_timeout: 120s\n' >jared.yaml
	n=0
	while IFS=$'\t' read -r file agent _ state reason _; do
		[ -e "$fixtures/screens/$file.ansi" ] || continue
		[[ $file != *.* ]] || continue
		task "$file"
		tsv "$file" "$agent" "$state" "$reason" >>../want
		n=$((n + 1))
	done <"$fixtures/fixtures.tsv"
	[ $n -ge 14 ]
	git add -A && git commit -qm tasks
	for agent in $(cut -f2 ../want | sort -u); do
		JARED_AGENT=$agent jared-dispatch -q $(awk -F'\t' -v a="$agent" '$2 == a { print $1 }' ../want) >/dev/null
	done
	sort ../want | awk -F'\t' -v OFS='\t' '
		$3 == "error" { print $1, "idle", "error"; next }
		$3 == "exited" { print $1, "exited", "-"; next }
		{ print $1, $3, "." }' >../plan
	agrees() {
		jared-watch -o id,state,reason,evidence >../said
		awk -F'\t' 'NR == FNR { s[$1] = $2; r[$1] = $3; next }
			$2 != s[$1] || ($3 != "." && $3 != r[$1]) { bad = 1 }
			END { exit bad }' ../said ../plan
	}
	wait_for 60 agrees || { cat ../said ../plan; return 1; }
	run ! grep -E 'process$' <(grep -v exited ../said)
	grep -q "^claude-trust-folder	waiting	trust	screen" ../said
	# Nothing was typed into any dialog.
	[ "$(jared-watch -s waiting -o id | wc -l)" -ge 7 ]
	# All by one tmux and at most one git.
	strace -f -e trace=execve -e signal=none -o ../trace jared-watch >/dev/null
	[ "$(grep -c 'execve(.*= 0$' ../trace)" -le 3 ]
	[ "$(grep -c 'execve(.*/tmux".*= 0$' ../trace)" -eq 1 ]
}

@test "a pane that is gone leaves the others as they were" {
	unset JARED_SHARE
	fake
	new_repo
	printf 'agent: claude\nmode: interactive\nstart_timeout: 120s\n' >jared.yaml
	task claude-idle-done
	task claude-waiting-question
	git add -A && git commit -qm tasks
	jared-dispatch -q claude-idle-done claude-waiting-question >/dev/null
	wait_for 30 eval '[ "$(jared-watch -q -s waiting && jared-watch -s idle -o id)" = claude-idle-done ]'
	# A second pane in its session is somebody's, and not looked at.
	tmux -S "$JARED_TMUX_SOCKET" split-window -d -t =jared-claude-idle-done-1: 'echo "  esc to interrupt"; sleep 300'
	run -0 jared-watch -o id,state,evidence
	[ "${lines[0]}" = "$(tsv claude-idle-done idle screen)" ]
	[ "${lines[1]}" = "$(tsv claude-waiting-question waiting screen)" ]
	# Under a supervisor that is stopped, the pane of the first goes.
	stopped=$(tmux -S "$JARED_TMUX_SOCKET" list-panes -t =jared-claude-idle-done-1: -F '#{pane_pid}' | head -1)
	kill -STOP "$stopped"
	tmux -S "$JARED_TMUX_SOCKET" kill-session -t =jared-claude-idle-done-1
	run -0 --separate-stderr jared-watch -o id,state,evidence
	[[ ${lines[0]} == "claude-idle-done	"* ]]
	[ "${lines[1]}" = "$(tsv claude-waiting-question waiting screen)" ]
	kill -CONT "$stopped"
	[ -z "$stderr" ]
}
