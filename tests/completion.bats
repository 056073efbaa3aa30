load lib.bash

setup() {
	setup_world
	comp=$BUILD/share/completion
	new_repo
	task walls; task roof depends_on='[walls]'
}

# offers WORD...: what bash completes the last word to, one a line
offers() {
	bash --norc -c '
		source "$1/bash/jared"; shift
		COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		_jared 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' - "$comp" "$@"
}

# options TOOL: "x long" for each, from its own help
options() { "$BUILD/bin/$1" --help | sed -nE 's/^  -([A-Za-z]), --([a-z-]+).*/\1 \2/p'; }

@test "every option of every tool is offered, by bash, zsh and fish" {
	n=0
	for tool in "$BUILD"/bin/jared-*; do
		tool=${tool##*/}
		offers $tool - | sort >bash
		offers jared ${tool#jared-} - | sort | diff bash -
		options $tool >all
		[ -s all ]
		sed 's/^\(.\) \(.*\)/-\1\n--\2/' all | sort | diff - bash
		sed -n "/^	$tool) /,/;;/s/.*{-\(.\),--\([a-z-]*\).*/\1 \2/p" "$comp/zsh/_jared" | diff all -
		sed -n "s/^complete -c $tool -s \(.\) -l \([a-z-]*\) .*/\1 \2/p" "$comp/fish/$tool.fish" | diff all -
		n=$((n + $(wc -l <all)))
	done
	[ $n -gt 100 ]
}

@test "getopt's own table knows what is offered, and nothing else" {
	for tool in "$BUILD"/bin/jared-*; do
		[ "$(head -c2 "$tool")" != '#!' ] || continue
		tool=${tool##*/}
		diff <(sed -n '/^static const struct option/,/^};/s/.*{ *"\([a-z-]*\)".*/\1/p' "$BATS_TEST_DIRNAME/../bin/$tool.c" | sort) \
			<(options $tool | cut -d' ' -f2 | sort) || { echo "$tool"; return 1; }
	done
}

@test "commands, verbs, ids, states, columns and directories are completed" {
	[ "$(offers jared que)" = queue ]
	[ "$(offers jared help sta)" = status ]
	[ "$(offers jared st | xargs)" = status ]
	[ "$(offers jared pau; offers jared resu)" = $'pause\nresume' ]
	[ "$(offers jared help pau)" = pause ]
	[ -z "$(offers jared pause "")" ]
	for word in pause resume; do
		grep -q "'$word:" "$comp/zsh/_jared"
		grep -q "use_subcommand -a $word " "$comp/fish/jared.fish"
		run ! grep -rq "^complete .*jared-$word\|^#compdef.*jared-$word" "$comp"
	done
	[ "$(offers jared-mark un)" = unpark ]
	[ "$(offers jared mark hold ro)" = roof ]
	[ "$(offers jared-why "" | sort | xargs)" = "roof walls" ]
	[ "$(offers jared-queue -s rea)" = ready ]
	[ "$(offers jared-queue --status = wai)" = waiting ]
	[ "$(offers jared-queue --status ready,wai)" = ready,waiting ]
	[ "$(offers jared-queue -o tit)" = title ]
	[ "$(offers jared-snap -C ta)" = tasks ]
	[ "$(offers jared-pick -R RE)" = README ]
	[ -z "$(offers jared-pick -c 1)" ]
	cd /
	[ "$(offers jared-why -C "$BATS_TEST_TMPDIR/repo" ro)" = roof ]
}

@test "a shell at a terminal completes what is typed" {
	# bash finds the file by the name of the command, as bash-completion does.
	cat >rc <<-END
	PS1='> '; bind 'set bell-style none' 2>/dev/null
	. '$comp/bash/jared-queue'
	END
	printf 'jared-queue --stri\t; echo "[$?]"\nexit\n' >keys
	{ sleep 1; cat keys; sleep 2; } |
		TERM=dumb script -qec "bash --rcfile rc -i" /dev/null >out 2>&1 || :
	tr -d '\r' <out
	grep -q 'jared-queue --strict' out
}

@test "the shells that are here understand their files" {
	for file in "$comp"/bash/*; do bash -n "$file"; done
	if command -v zsh >/dev/null; then zsh -n "$comp/zsh/_jared"; fi
	if command -v fish >/dev/null; then
		for file in "$comp"/fish/*; do fish -n "$file"; done
		[ "$(fish -c "source $comp/fish/jared.fish; complete -C 'jared queue --stri'" | cut -f1)" = --strict ]
	fi
}
