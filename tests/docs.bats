load lib.bash

# What README, the manual and the demo say is what the tools do.

setup() {
	setup_world
	top=$BATS_TEST_DIRNAME/..
}

teardown() { end_tmux; }

texts() { cat "$top"/README.md "$top"/man/* "$top"/share/jared/demo/run.sh $(find "$top/skills" -type f 2>/dev/null); }

# Command lines of ours that a text shows, each "tool options and operands";
# jared-queue and jared queue are the same.
commands() {
	texts | sed 's/\\(dq/"/g; s/\\&//g' |
		grep -oE 'jared[- ][a-z]+( +[^|;&()`#"'\'']*)?' | sed 's/^jared[- ]//'
}

# flags TOOL: "x long argument" for each option that its page tells
flags() {
	sed -nE 's/^\.It Fl (.)( .*)? , Fl -([a-z-]+)/\1 \3/p' "$top/man/$1".[18]
}

@test "every option that is shown is in the page of the tool" {
	commands | sort -u >shown
	[ "$(wc -l <shown)" -gt 30 ]
	for tool in "$BUILD"/bin/jared-*; do
		flags "${tool##*/}" | sed "s/^/${tool##*-} /"
	done >flags
	awk 'NR == FNR { short[$1, $2]; long[$1, $3]; tool[$1]; next }
		!($1 in tool) { next }
		{
			for (i = 2; i <= NF && $i != "--"; i++) {
				bad = 0
				if ($i ~ /^--/) {
					word = substr($i, 3)
					sub(/=.*/, "", word)
					bad = !(($1, word) in long)
				} else if ($i ~ /^-[a-zA-Z]/) {
					for (j = 2; j <= length($i); j++)
						if (!(($1, substr($i, j, 1)) in short)) bad = 1
				}
				if (bad) { print "jared-" $1 " has no " $i ": " $0; any = 1 }
			}
		}
		END { exit any }' flags shown
}

@test "every command line in README names a command that is there" {
	sed -nE 's/^    (.*\| )?jared[- ]([a-z]+).*/\2/p' "$top/README.md" | sort -u >names
	[ "$(wc -l <names)" -ge 9 ]
	while read -r name; do
		[ "$name" = help ] || [ -x "$BUILD/bin/jared-$name" ] ||
			{ echo "no jared-$name"; return 1; }
	done <names
}

@test "each page tells the letters that --help tells, and no others" {
	PATH=$BUILD/libexec/jared:$PATH
	for tool in "$BUILD"/bin/jared-* "$BUILD"/libexec/jared/*; do
		tool=${tool##*/}
		diff <(flags "$tool" | cut -c1 | sort) \
			<("$tool" --help | grep -oE '(^|[][ ])-[a-zA-Z]+' | tr -d '][ -' | fold -w1 | sort -u) ||
			{ echo "$tool: page (<) and --help (>) differ"; return 1; }
	done
}

@test "each tool takes the long options that its page tells" {
	mkdir 1
	for tool in "$BUILD"/bin/jared-*; do
		tool=${tool##*/} script=''
		[ "$(head -c2 "$BUILD/bin/$tool")" != '#!' ] || script=1
		while read -r _ long argument; do
			status=0
			output=$("$tool" "--$long${argument:+=1}" --help </dev/null 2>&1) || status=$?
			case $output in
			*unrecognized*|*"doesn't allow"*|*requires*)
				echo "$tool --$long: $output"
				return 1 ;;
			esac
			[ -z "$script" ] || [ "$status" -eq 0 ]
		done < <(flags "$tool")
	done
}

@test "a letter means the same in every tool" {
	for tool in "$BUILD"/bin/jared-*; do
		flags "${tool##*/}"
	done | cut -d' ' -f1,2 | grep '^[hVjoLnqvCcsfF] ' | sort -u >flags
	cat flags
	[ "$(cut -d' ' -f1 flags | uniq -d)" = "" ]
}

@test "help and version are the same everywhere" {
	for tool in "$BUILD"/bin/jared-*; do
		name=${tool##*/}
		run -0 --separate-stderr "$tool" --help
		[[ $output == "usage: $name"* && -z $stderr ]] || { echo "$name --help: $output$stderr"; return 1; }
		run -0 --separate-stderr "$tool" --version
		[ "$output" = "$name $(jared --version | cut -d' ' -f2)" ]
		run -2 --separate-stderr "$tool" --no-such-option
		[[ $stderr == *"usage: $name"* && -z $output ]]
	done
}

@test "pages of commands have their sections in order" {
	want='NAME SYNOPSIS DESCRIPTION RECORDS ENVIRONMENT FILES EXIT STATUS EXAMPLES DIAGNOSTICS SEE ALSO'
	for page in "$top"/man/*.[18]; do
		last=0
		while read -r section; do
			rest=${want%%"$section"*}
			[ "$rest" != "$want" ] && [ ${#rest} -ge $last ] ||
				{ echo "$page: '$section' is out of place"; return 1; }
			last=${#rest}
		done < <(sed -n 's/^\.Sh //p' "$page")
		for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' 'SEE ALSO'; do
			grep -qx "\.Sh $section" "$page" || { echo "$page: no $section"; return 1; }
		done
		sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p' "$page" | grep -q '^\.Bl -tag .*-compact' ||
			{ echo "$page: exit statuses are not a list"; return 1; }
	done
}

@test "every page is named where it should be" {
	for page in "$top"/man/*; do
		name=${page##*/}
		name="${name%.*}($(sed 's/.*\.//' <<<"$name"))"
		grep -qF "$name" "$top/README.md" || [ "$name" = 'jared(1)' ] ||
			{ echo "$name is not in README"; return 1; }
	done
}

@test "the list of commands is the same in jared and in jared(7)" {
	diff <(jared | sed -n '/^$/,/^$/p' | tr -s ' ' | grep .) \
		<(sed -n '/^\.Ss Tools/,/^\.El/p' "$top/man/jared.7" |
			sed -nE '/^\.It/{N;s/^\.It (Xr jared-([a-z]*) 1|Ic jared (pause|resume))\n/\2\3 /p}')
}

@test "every configuration key is in jared(7), and no other" {
	new_repo
	echo 'no_such_key: 1' >jared.yaml
	task a
	run -3 jared-queue
	diff <(sed 's/.*valid keys: //; s/, /\n/g' <<<"$output" | sort) \
		<({ sed -n '/^\.Sh CONFIGURATION/,/^\.Ss/s/^\.It Cm //p' "$top/man/jared.7"
			sed -n '/^These keys are known/,/^\.Ss/s/^\.Cm //p' "$top/man/jared.7"
		} | tr -d '.,' | tr -s ' ' '\n' | sort)
}

# examples PAGE: run what stands in it as .Dl in a repository that has a bit
# of everything: ws-a is done and was merged, ws-b and ws-c failed too often
examples() {
	new_repo
	cat >jared.yaml <<-'END'
	agent: sh
	command: [sh, worker.sh]
	attempts: 1
	END
	echo 'case $JARED_TASK in
		ws-a) seq 9; git commit -q --allow-empty -m work ;;
		ws-d) sleep 1 ;;
		*) exit 1 ;;
	esac' >worker.sh
	task ws-a priority=p1
	task ws-b
	task ws-c
	task ws-d priority=p0
	task ws-e depends_on='[nowhere]'
	printf -- '---\ntitle: a: b\n---\n' >tasks/workstreams/main/tasks/bad.md
	git add -A
	git commit -qm tasks
	jared-dispatch -q ws-a ws-b ws-c >/dev/null
	wait_for 10 eval '! jared-watch -q -s claimed,starting,working'
	git merge -q --no-ff -m "Merge ws-a" jared/ws-a/1
	jared-snap >/dev/null

	sed -n '/^\.Sh EXAMPLES/,/^\.Sh /s/^\.Dl //p' "$top/man/$1" |
		sed 's/\\(dq/"/g; s/\\e/\\/g; s/\\&//g' >lines
	[ -s lines ]
	while IFS= read -r line; do
		status=0
		bash -c "$line" >out 2>err </dev/null 3>&- || status=$?
		# 1 is an answer.  All else, and what no tool of ours says, is a fault.
		if [ $status -gt 1 ] || grep -E 'usage:|not found|No such|jq: error|syntax' err; then
			printf '%s: status %s\n' "$line" $status
			cat out err
			return 1
		fi
	done <lines
}

@test "every page with examples has them run" {
	for page in $(cd "$top/man" && grep -l '^\.Dl' -- *); do
		grep -qxF "@test \"the examples of $page run\" { examples $page; }" "$BATS_TEST_FILENAME" ||
			grep -qF "man/$page" "$top"/tests/run.bats ||
			{ echo "not run: $page"; return 1; }
	done
}

@test "the examples of jared.1 run" { examples jared.1; }
@test "the examples of jared.7 run" { examples jared.7; }
@test "the examples of jared-clean.1 run" { examples jared-clean.1; }
@test "the examples of jared-dispatch.1 run" { examples jared-dispatch.1; }
@test "the examples of jared-doctor.1 run" { examples jared-doctor.1; }
@test "the examples of jared-heartbeat.1 run" { examples jared-heartbeat.1; }
@test "the examples of jared-escalate.1 run" { examples jared-escalate.1; }
@test "the examples of jared-reconcile.1 run" { examples jared-reconcile.1; }
@test "the examples of jared-skills.1 run" { examples jared-skills.1; }
@test "the examples of jared-init.1 run" { examples jared-init.1; }
@test "the examples of jared-kill.1 run" { examples jared-kill.1; }
@test "the examples of jared-log.1 run" { examples jared-log.1; }
@test "the examples of jared-mark.1 run" { examples jared-mark.1; }
@test "the examples of jared-pick.1 run" { examples jared-pick.1; }
@test "the examples of jared-queue.1 run" { examples jared-queue.1; }
@test "the examples of jared-records.5 run" { examples jared-records.5; }
@test "the examples of jared-send.1 run" { examples jared-send.1; }
@test "the examples of jared-snap.1 run" { examples jared-snap.1; }
@test "the examples of jared-status.1 run" { examples jared-status.1; }
@test "the examples of jared-task.1 run" { examples jared-task.1; }
@test "the examples of jared-tasks.5 run" { examples jared-tasks.5; }
@test "the examples of jared-why.1 run" { examples jared-why.1; }
@test "the examples of jared-watch.1 run" { examples jared-watch.1; }
@test "the examples of jared-worktree.1 run" { examples jared-worktree.1; }
